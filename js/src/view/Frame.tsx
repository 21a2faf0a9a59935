/** HTML that a tool made, in a page of its own that can neither reach this one nor anything else. */

import type { JSX } from "preact";
import { useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { framed } from "./framed.ts";
import { useSay } from "./panelWords.ts";

const TALLEST = 640;
const LOWEST = 24;
/** Of a page that does not tell its own: it scrolls. */
const UNKNOWN = 320;
/** Milliseconds that it has for telling, once it is there. */
const PATIENCE = 1_000;

/** What `mount.tsx` says of the host's theme. */
const SCHEME = ["data-scheme", "data-contrast"];

interface Props {
  readonly html: string;
  readonly title: string;
}

export function Frame({ html, title }: Props): JSX.Element {
  const say = useSay();
  const place = useRef<HTMLDivElement>(null);
  const frame = useRef<HTMLIFrameElement>(null);
  /** `null` until it is drawn: an empty frame is white, whatever the theme. */
  const [height, setHeight] = useState<number | null>(null);
  const [scripts, allowScripts] = useState(false);
  const [theme, setTheme] = useState<string | null>(null);
  useLayoutEffect(() => {
    const listen = ({ source, data }: MessageEvent<unknown>) => {
      if (source === null || source !== frame.current?.contentWindow || typeof data !== "number") return;
      if (Number.isFinite(data)) setHeight(Math.min(TALLEST, Math.max(LOWEST, Math.ceil(data))));
    };
    addEventListener("message", listen);
    const { current } = place;
    const root = current?.getRootNode();
    const read = () => current && setTheme(themeOf(current));
    const observer = new MutationObserver(read);
    if (root instanceof ShadowRoot) observer.observe(root.host, { attributeFilter: SCHEME });
    read();
    return () => {
      removeEventListener("message", listen);
      observer.disconnect();
    };
  }, []);
  // Where the host's policy lets no script of ours run, nobody measures.
  const expect = () => setTimeout(() => setHeight((told) => told ?? UNKNOWN), PATIENCE);
  const page = useMemo(() => (theme === null ? null : framed(html, theme, scripts)), [html, theme, scripts]);
  return (
    <div ref={place} class="frame">
      {page !== null && (
        <iframe
          ref={frame}
          title={title}
          sandbox="allow-scripts"
          referrerpolicy="no-referrer"
          srcdoc={page}
          onLoad={expect}
          data-drawn={height !== null}
          style={{ height: `${height ?? LOWEST}px` }}
        />
      )}
      {!scripts && /<script\b/i.test(html) && (
        <button
          type="button"
          class="text-button"
          data-action="run-scripts"
          onClick={() => allowScripts(true)}
        >
          {say("run_scripts")}
        </button>
      )}
    </div>
  );
}

/** What makes the HTML look as if it belonged here. */
function themeOf(element: Element): string {
  const { color, fontFamily, fontSize, colorScheme } = getComputedStyle(element);
  const line = getComputedStyle(element).borderTopColor;
  return `:root{color-scheme:${colorScheme};color:${color};font:${fontSize}/1.5 ${fontFamily};--line:${line}}`;
}
