/**
 * The page that HTML of a tool stands in.
 *
 * Two frames, one in the other. The inner one holds the HTML; the policy of the outer one, which it inherits, lets it
 * load nothing, run only what we put there, and go nowhere: without the outer one, a `<meta http-equiv="refresh">` could
 * carry data to another host. Both are of an origin that nobody shares (no `allow-same-origin`).
 */

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

/** What runs in the frames. They inherit the policy of the page around, which has to allow these two. */
export const SCRIPTS: readonly string[] = [MEASURE, RELAY];

/** Policies do not stop a browser from looking up, and calling, the hosts that these name. */
const AHEAD = /\b(?:dns-prefetch|preconnect)\b/i;

/** `html` without links that name a host ahead of time. It is read as a page that runs and fetches nothing. */
function withoutLinks(html: string): string {
  if (!/<link\b/i.test(html)) return html;
  const read = new DOMParser().parseFromString(html, "text/html");
  // Frames that can run scripts show nothing of `noscript`, but end it elsewhere.
  const all = read.querySelectorAll("link, noscript");
  for (const found of all)
    if (found.localName !== "link" || AHEAD.test(found.getAttribute("rel") ?? "")) found.remove();
  return read.documentElement.outerHTML;
}

/** The outer page. `theme` is CSS for both; the HTML's own scripts run only with `scripts`. */
export function framed(html: string, theme: string, scripts: boolean): string {
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
  const head =
    `<!doctype html><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${policy}">` +
    '<meta http-equiv="x-dns-prefetch-control" content="off">';
  const inner =
    `${head}<meta name="referrer" content="no-referrer"><style>${theme}${STYLE}</style>` +
    `<script nonce="${nonce}">${MEASURE}</script>${withoutLinks(html)}`;
  return (
    `${head}<style>${theme}html,body{margin:0;height:100%;overflow:hidden}iframe{display:block;width:100%;height:100%;border:0}</style>` +
    `<script nonce="${nonce}">${RELAY}</script><iframe sandbox="allow-scripts" srcdoc="${attribute(inner)}"></iframe>`
  );
}

function attribute(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll('"', "&quot;");
}
