/** A part's text as Markdown. Only what has changed since the last frame is read and drawn again. */

import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import { type Block, Blocks, type Source } from "./blocks.ts";
import { BlockView } from "./render.tsx";

/** Blocks that are laid out together, or not at all while they are out of sight. */
const CHUNK = 24;

export function Markdown({ source }: { readonly source: Source }): JSX.Element {
  const blocks = useRef<Blocks | null>(null);
  blocks.current ??= new Blocks();
  const all = blocks.current.update(source);
  const chunks: (readonly Block[])[] = [];
  for (let at = 0; at < all.length; at += CHUNK) chunks.push(all.slice(at, at + CHUNK));
  return (
    <div class="md">
      {chunks.map((chunk, number) => (
        <div key={number} class="chunk">
          {chunk.map((block, at) => (
            // A block stays at its place; only its end moves.
            <BlockView key={at} block={block} />
          ))}
        </div>
      ))}
    </div>
  );
}
