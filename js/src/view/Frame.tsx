/**
 * HTML that a tool made, in a page of its own that can neither reach this one nor anything else.
 *
 * Two frames, one in the other. The inner one holds the HTML; the policy of the outer one, which it inherits, lets it
 * load nothing, run only what we put there, and go nowhere: without the outer one, a `<meta http-equiv="refresh">` could
 * carry data to another host. Both are of an origin that nobody shares (no `allow-same-origin`).
 */

import type { JSX } from "preact";
import { useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { useSay } from "./panelWords.ts";

const TALLEST = 640;
const LOWEST = 24;

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
    if (place.current !== null) setTheme(themeOf(place.current));
    return () => removeEventListener("message", listen);
  }, []);
  const page = useMemo(() => (theme === null ? null : outer(html, theme, scripts)), [html, theme, scripts]);
  return (
    <div ref={place} class="frame">
      {page !== null && (
        <iframe
          ref={frame}
          title={title}
          sandbox="allow-scripts"
          referrerpolicy="no-referrer"
          srcdoc={page}
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

const STYLE =
  "html,body{margin:0;background:transparent;overflow-wrap:anywhere}body{display:flow-root;width:fit-content;min-width:100%}" +
  "table{border-collapse:collapse;font-size:.95em;font-variant-numeric:tabular-nums}" +
  "th,td{padding:4px 10px;border-bottom:1px solid var(--line);text-align:start}img,svg,video{max-width:100%}pre{white-space:pre-wrap}";

/** Browsers give frames that are out of sight no frames to draw, so the size is also told when it is first known. */
const MEASURE =
  "const tell=()=>parent.postMessage(Math.ceil(document.documentElement.getBoundingClientRect().height)" +
  "+(document.documentElement.scrollWidth>innerWidth?16:0),'*');for(const when of['DOMContentLoaded','load'])addEventListener(when,tell);new ResizeObserver(tell).observe(document.documentElement)";

const RELAY =
  "addEventListener('message',e=>{if(e.source===frames[0])parent.postMessage(Number(e.data),'*')})";

function outer(html: string, theme: string, scripts: boolean): string {
  const nonce = Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16)).join("");
  const policy = [
    "default-src 'none'",
    "img-src data: blob:",
    "font-src data:",
    "media-src data: blob:",
    "style-src 'unsafe-inline'",
    `script-src ${scripts ? "'unsafe-inline' 'unsafe-eval'" : `'nonce-${nonce}'`}`,
    "frame-src 'none'",
    "form-action 'none'",
    "base-uri 'none'",
  ].join(";");
  const head = `<!doctype html><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${policy}">`;
  const inner =
    `${head}<meta name="referrer" content="no-referrer"><style>${theme}${STYLE}</style>` +
    `<script nonce="${nonce}">${MEASURE}</script>${html}`;
  return (
    `${head}<style>${theme}html,body{margin:0;height:100%;overflow:hidden}iframe{display:block;width:100%;height:100%;border:0}</style>` +
    `<script nonce="${nonce}">${RELAY}</script><iframe sandbox="allow-scripts" srcdoc="${attribute(inner)}"></iframe>`
  );
}

function attribute(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll('"', "&quot;");
}
