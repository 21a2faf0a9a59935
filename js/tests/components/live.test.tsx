/** What the host of the page draws in a step, and what is there where it cannot; the views of users' functions. */

import { afterEach, expect, test } from "vitest";
import type { Json, Op } from "../../src/protocol.ts";
import { Tool } from "../../src/view/Tool.tsx";
import { Value } from "../../src/view/Value.tsx";
import { openTurn } from "../ops.ts";
import { answer, type Mounted, mounted, until } from "./mounted.tsx";

const WIDGET: Json = {
  mimebundle: { "application/vnd.jupyter.widget-view+json": { model_id: "m1" }, "text/plain": "IntSlider()" },
};
const SPEC = { mark: "bar", data: { values: [{ a: 1 }] } };
const chart = (spec: Json): Json => ({ mimebundle: { "application/vnd.vegalite.v5+json": spec } });
const result = (value: Json) => <Value label="Result" kind="result" value={value} />;

/** A manager whose views say which model they are of; it finds `m1` when it is asked for the second time. */
class Manager {
  asked = 0;
  removed = 0;
  readonly rendermime = {
    preferredMimeType: (data: object) => Object.keys(data)[0],
    createModel: (model: { readonly data: object }) => model,
    createRenderer: () => {
      const node = document.createElement("div");
      return {
        node,
        renderModel: (model: { readonly data: object }) => {
          node.textContent = `drawn ${JSON.stringify(model.data)}`;
        },
        dispose: () => {
          this.removed += 1;
        },
      };
    },
  };

  get_model(id: string): Promise<string> {
    this.asked += 1;
    if (id !== "m1" || this.asked === 1) throw new Error("widget model not found");
    return Promise.resolve(id);
  }

  create_view(model: string) {
    const el = document.createElement("button");
    el.textContent = `view of ${model}`;
    const remove = () => {
      this.removed += 1;
    };
    return Promise.resolve({ el, remove });
  }
}

const host = () => document.body.firstElementChild;

afterEach(() => document.body.replaceChildren());

test("a widget is drawn by the host, outside of our styles, until its step is gone", async () => {
  const manager = new Manager();
  const { root, draw } = mounted(result(WIDGET), { widget_manager: manager });
  await until(() => host()?.querySelector("button")?.textContent === "view of m1");
  const slot = root.querySelector("slot");
  expect(slot?.assignedElements()[0]?.textContent).toBe("view of m1");
  draw(null);
  expect(manager.removed).toBe(1);
  expect(host()?.children.length).toBe(0);
});

test("where the host has no widgets, what else there is of one is shown, with a word why", async () => {
  const { root } = mounted(result(WIDGET));
  await until(() => root.querySelector('[data-part="not-live"]'));
  expect(root.textContent).toContain("IntSlider()");
  expect(root.textContent).toContain("it has no widgets");
});

test("anywidget's own way to draw a widget is used where there is no other", async () => {
  const asked: string[] = [];
  const children = {
    getWidget: async (ref: string) => {
      asked.push(ref);
      return { render: async ({ el }: { el: Element }) => el.append("by anywidget") };
    },
  };
  mounted(result(WIDGET), { children });
  await until(() => host()?.textContent?.includes("by anywidget"));
  expect(asked).toEqual(["anywidget:m1"]);
});

test("a widget that is not there any more says so", async () => {
  const gone = { get_model: () => Promise.reject(new Error("not found")), create_view: () => null };
  const { root } = mounted(result(WIDGET), { widget_manager: gone });
  await until(() => root.querySelector('[data-part="not-live"]')?.textContent?.includes("not found"));
  expect(root.textContent).toContain("IntSlider()");
});

test("a chart is drawn by the host, or shown as its specification", async () => {
  const drawn = mounted(result(chart(SPEC)), { widget_manager: new Manager() });
  await until(() => host()?.textContent?.includes('"mark":"bar"'));
  drawn.draw(null);
  const { root } = mounted(result(chart(SPEC)));
  await until(() => root.querySelector('[data-part="not-live"]'));
  expect(root.querySelector(".tree")).not.toBeNull();
});

test("a chart that would fetch something asks first", async () => {
  const spec = { mark: "bar", data: { url: "https://elsewhere/data.csv" } };
  const { root } = mounted(result(chart(spec)), { widget_manager: new Manager() });
  await until(() => root.querySelector('[data-action="load-chart"]'));
  expect(host()?.textContent).not.toContain("drawn");
  root.querySelector<HTMLElement>('[data-action="load-chart"]')?.click();
  await until(() => host()?.textContent?.includes("drawn"));
});

const OPS: readonly Op[] = [
  { op: "add_run", run: "r", number: 1, prompt: "go", client_id: null, time: 0 },
  { op: "start_run", run: "r", time: 0 },
  openTurn(),
  { op: "open_tool", turn: "t", part: "p", name: "weather", call_id: "1", time: 0 },
  { op: "set_arguments", part: "p", arguments: {}, invalid: null, time: 0 },
  {
    op: "set_result",
    part: "p",
    result: "18 degrees",
    outcome: "ok",
    preliminary: false,
    size: null,
    time: 1,
  },
];

function step(): Mounted {
  const mount = mounted(null);
  mount.tell({ kind: "frame", seq: 1, ops: OPS });
  const run = mount.store.transcript.value.runs.value[0];
  const part = mount.store.transcript.value.findPart("p");
  if (run === undefined || part?.kind !== "tool") throw new Error("no step");
  mount.draw(<Tool part={part} run={run} hidden={false} />);
  return mount;
}

const asked = ({ sent }: Mounted) => sent.filter((message) => JSON.stringify(message).includes('"view"'));

test("a step whose tool has a view opens with it, and the plain result is a button away", async () => {
  const mount = step();
  const { root, set } = mount;
  expect(root.querySelector('[data-action="toggle"]')?.getAttribute("aria-expanded")).toBe("false");
  set("views", { weather: 1 });
  await until(() => asked(mount).length === 1);
  expect(asked(mount)).toEqual([{ kind: "ask", part: "p", what: "view" }]);
  expect(root.textContent).toContain("18 degrees");
  answer(mount, "view", { value: { mimebundle: { "text/markdown": "**drawn**" } } });
  await until(() => root.querySelector('[data-part="view"] strong'));
  expect(root.querySelector('[data-kind="result"]')).toBeNull();
  root.querySelector<HTMLElement>('[data-action="plain"]')?.click();
  await until(() => root.querySelector('[data-kind="result"]')?.textContent?.includes("18 degrees"));

  set("views", { weather: 2 });
  await until(() => asked(mount).length === 2);
  answer(mount, "view", { error: { kind: "KeyError", message: "'temp'", detail: "Traceback" } });
  await until(() =>
    root.querySelector('[data-part="view-error"]')?.textContent?.includes("KeyError: 'temp'"),
  );
  expect(root.textContent).toContain("18 degrees");
  set("views", { weather: 3 });
  await until(() => asked(mount).length === 3);
  answer(mount, "view", {});
  await until(() => root.querySelector('[data-part="view-error"]') === null);
  expect(root.textContent).toContain("18 degrees");
});
