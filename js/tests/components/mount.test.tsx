/** A view of a chat in the page: how it and the saved output of the same chat give way to one another. */

import { afterEach, expect, test } from "vitest";
import { type Listener, Store } from "../../src/store.ts";
import { mount } from "../../src/view/mount.tsx";

let over = new AbortController();

afterEach(() => {
  over.abort();
  over = new AbortController();
  document.body.replaceChildren();
});

/** A chat whose saved output stands in the page too, over a kernel that answers only what the test says. */
function chat() {
  document.body.innerHTML = '<div class="tw-saved-x">saved</div><main></main>';
  const listeners: Listener[] = [];
  const timers: (() => void)[] = [];
  const model = {
    get: (name: string) => (name === "saved" ? "x" : null),
    set() {},
    save_changes() {},
    send() {},
    on: (event: string, listener: Listener) => {
      if (event === "msg:custom") listeners.push(listener);
    },
    off() {},
  };
  const after = (_: number, run: () => void) => {
    timers.push(run);
    return () => {};
  };
  const store = new Store(model, { now: () => 0, after, frame: (run) => run() });
  store.connect(over.signal);
  const place = document.querySelector("main");
  if (place === null) throw new Error("no place");
  mount(store, place, over.signal);
  const saved = document.querySelector<HTMLElement>(".tw-saved-x");
  return {
    store,
    isShown: () => place.querySelector<HTMLElement>(".turnwise")?.checkVisibility() === true,
    isSavedShown: () => saved?.checkVisibility() === true,
    tell: (content: object) => {
      for (const listener of listeners) listener(content, []);
    },
    /** As long as the kernel does not answer. */
    silence: () => {
      for (let round = 0; round < 8; round += 1) for (const run of timers.splice(0)) run();
    },
  };
}

test("the saved output is there until the kernel is heard", () => {
  const { isShown, isSavedShown, tell } = chat();
  expect([isShown(), isSavedShown()]).toEqual([false, true]);
  tell({ kind: "snapshot", seq: 0, ops: [] });
  expect([isShown(), isSavedShown()]).toEqual([true, false]);
});

test("a chat that nothing was said in stays when its kernel is busy", () => {
  const { store, isShown, isSavedShown, tell, silence } = chat();
  tell({ kind: "snapshot", seq: 0, ops: [] });
  store.send("hello");
  silence();
  expect(store.link.value).toBe("waiting");
  expect([isShown(), isSavedShown()]).toEqual([true, false]);
});
