/** A part's text as Markdown. Only what has changed since the last frame is read and drawn again. */

import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import { Blocks, type Source } from "./blocks.ts";
import { BlockView } from "./render.tsx";

export function Markdown({ source }: { readonly source: Source }): JSX.Element {
  const blocks = useRef<Blocks | null>(null);
  blocks.current ??= new Blocks();
  return (
    <div class="md">
      {blocks.current.update(source).map((block, at) => (
        // A block stays at its place; only its end moves.
        <BlockView key={at} block={block} />
      ))}
    </div>
  );
}
