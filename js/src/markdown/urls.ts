/**
 * Where a model may send the reader, and what it may show. A page that runs in a notebook can run the kernel's code, so
 * nothing is fetched unasked: an image's address alone can carry what the conversation holds to someone else.
 */

const LINKS = new Set(["http:", "https:", "mailto:"]);
const REMOTE = new Set(["http:", "https:"]);
const INLINE = /^data:image\/(?:png|jpeg|gif|webp);base64,[A-Za-z0-9+/=\s]+$/i;

/** A link's address in full, or `null` if it is none that may be followed. */
export function linkTarget(href: string): string | null {
  const url = parse(href);
  return url !== null && LINKS.has(url.protocol) ? url.href : null;
}

/** Anything in a link's text that reads like the name of a host. */
const HOST = /(?:^|[\s/@(])((?:[\p{L}\p{N}-]+\.)+\p{L}{2,})(?=$|[\s/:?#),.])/giu;

/** The host of `target`, if the link's text speaks of another one. */
export function disguised(text: string, target: string): string | null {
  const { host, hostname, protocol } = new URL(target);
  if (protocol === "mailto:") return null;
  const named = [...text.matchAll(HOST)].map((found) => found[1]?.toLowerCase() ?? "");
  const same = (name: string) =>
    hostname === name || hostname === `www.${name}` || `www.${hostname}` === name;
  return named.length === 0 || named.some(same) ? null : host;
}

export type Picture =
  | { readonly kind: "inline"; readonly src: string }
  | { readonly kind: "remote"; readonly src: string; readonly host: string };

/** How an image may be shown: at once, when the reader asks for it, or not at all (`null`). */
export function picture(href: string): Picture | null {
  if (INLINE.test(href)) return { kind: "inline", src: href };
  const url = parse(href);
  return url !== null && REMOTE.has(url.protocol) ? { kind: "remote", src: url.href, host: url.host } : null;
}

function parse(href: string): URL | null {
  try {
    return new URL(href);
  } catch {
    return null; // relative: it would lead somewhere in the notebook's own server
  }
}
