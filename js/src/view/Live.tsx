/**
 * A place where the host of the page draws. It is outside of our shadow root, where the host's styles are, and shown in
 * it through a slot.
 */

import type { ComponentChild, JSX } from "preact";
import { useEffect, useId, useMemo, useRef, useState } from "preact/hooks";
import type { Label } from "../labels.ts";
import type { Chart, LiveWidget } from "../mime.ts";
import { isSelfContained } from "./chart.ts";
import { type Draw, rendered, widget } from "./live.ts";
import { useSay } from "./panelWords.ts";
import { useView } from "./view.ts";

interface Props {
  readonly shown: LiveWidget | Chart;
  readonly label: string;
  /** What is there if the host cannot draw it. */
  readonly children: ComponentChild;
}

export function Live({ shown, label, children }: Props): JSX.Element {
  const say = useSay();
  const { host } = useView();
  const [agreed, agree] = useState(false);
  const safe = useMemo(() => shown.kind === "widget" || isSelfContained(shown.type, shown.spec), [shown]);
  const asks = !agreed && !safe;
  const draw = useMemo(
    () => (shown.kind === "widget" ? widget(host, shown.model) : rendered(host, shown.type, shown.spec)),
    [host, shown],
  );
  if (draw === null) {
    const why: Label = shown.kind === "widget" ? "no_manager" : "no_charts";
    return <Instead why={say(why)}>{children}</Instead>;
  }
  if (!asks)
    return (
      <Place draw={draw} label={label}>
        {children}
      </Place>
    );
  return (
    <>
      {children}
      <button type="button" class="text-button" data-action="load-chart" onClick={() => agree(true)}>
        {say("load_chart")}
      </button>
    </>
  );
}

/** Chats within a chat within a chat: one that shows itself would never end. */
const DEEPEST = 3;

interface PlaceProps extends Pick<Props, "label" | "children"> {
  readonly draw: Draw;
}

function Place({ draw, label, children }: PlaceProps): JSX.Element {
  const slot = useId();
  const place = useRef<HTMLDivElement>(null);
  const [failed, fail] = useState<string | null>(null);
  useEffect(() => {
    const root = place.current?.getRootNode();
    if (!(root instanceof ShadowRoot)) return;
    const end = new AbortController();
    const box = document.createElement("div");
    box.slot = slot;
    root.host.append(box);
    const drawn =
      depth(root.host) > DEEPEST ? Promise.reject(new Error("it holds itself")) : draw(box, end.signal);
    drawn.catch((error: unknown) => {
      if (!end.signal.aborted) fail(error instanceof Error ? error.message : String(error));
    });
    return () => {
      end.abort();
      box.remove();
    };
  }, [draw, slot]);
  if (failed !== null) return <Instead why={failed}>{children}</Instead>;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset has a border and a legend of its own.
    <div ref={place} class="live" data-part="live" role="group" aria-label={label}>
      <slot name={slot} />
    </div>
  );
}

function depth(host: Element): number {
  const outer = host.parentElement?.closest(".turnwise");
  return outer ? 1 + depth(outer) : 1;
}

function Instead({
  why,
  children,
}: {
  readonly why: string;
  readonly children: ComponentChild;
}): JSX.Element {
  return (
    <>
      {children}
      <p class="nothing" data-part="not-live">
        {useSay()("no_live", { why })}
      </p>
    </>
  );
}
