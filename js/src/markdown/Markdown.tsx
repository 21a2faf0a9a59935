/** A part's text as Markdown. Only what has changed since the last frame is read and drawn again. */

import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import { Blocks, type Source } from "./blocks.ts";
import { BlockView } from "./render.tsx";

/** Blocks that are laid out together, or not at all while they are out of sight. */
const CHUNK = 24;

export function Markdown({ source }: { readonly source: Source }): JSX.Element {
  const drawing = useRef<Drawing | null>(null);
  drawing.current ??= new Drawing();
  return <div class="md">{drawing.current.update(source)}</div>;
}

/** A long answer has hundreds of chunks, of which the last one changes: the others are the very same elements. */
class Drawing {
  readonly #blocks = new Blocks();
  #resets = 0;
  #settled: JSX.Element[] = [];

  update(source: Source): readonly JSX.Element[] {
    const all = this.#blocks.update(source);
    const { settled, resets } = this.#blocks;
    if (resets !== this.#resets) this.#settled = [];
    this.#resets = resets;
    const chunks = [...this.#settled];
    for (let at = chunks.length * CHUNK; at < all.length; at += CHUNK) {
      const chunk = (
        <div key={at} class="chunk">
          {all.slice(at, at + CHUNK).map((block, n) => (
            // A block stays at its place; only its end moves.
            <BlockView key={n} block={block} />
          ))}
        </div>
      );
      chunks.push(chunk);
      if (at + CHUNK <= settled) this.#settled.push(chunk);
    }
    return chunks;
  }
}
