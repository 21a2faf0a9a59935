/** A file or an image that the agent made. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { size } from "../format.ts";
import { RemoteImage } from "../markdown/image.tsx";
import { linkTarget, picture } from "../markdown/urls.ts";
import { rasterImage } from "../mime.ts";
import type { FilePart } from "../transcript.ts";
import { Icon } from "./icons.tsx";
import { useSay } from "./panelWords.ts";

export function FileStep({ part }: { readonly part: FilePart }): JSX.Element {
  return (
    <div class="file" data-part="file" data-type={part.media_type}>
      {part.data === null ? <FileElsewhere part={part} /> : <FileHere part={part} data={part.data} />}
    </div>
  );
}

function FileHere({ part, data }: { readonly part: FilePart; readonly data: string }): JSX.Element {
  const say = useSay();
  const [broken, setBroken] = useState(false);
  const src = rasterImage(part.media_type, data);
  const name = nameOf(part);
  return (
    <>
      {src !== null && <img class="picture" src={src} alt={name} />}
      <button
        type="button"
        class="chip"
        data-action="download"
        title={broken ? say("file_broken") : say("download", { name })}
        disabled={broken}
        onClick={(event) => setBroken(!download(name, data, event.currentTarget))}
      >
        <Icon name={src === null ? "file" : "download"} />
        <span class="chip-name">{name}</span>
        <span class="chip-more">
          {part.media_type}, {broken ? say("unreadable") : size((data.length * 3) / 4)}
        </span>
      </button>
    </>
  );
}

/** It is fetched only if the reader wants it. */
function FileElsewhere({ part }: { readonly part: FilePart }): JSX.Element {
  const name = nameOf(part);
  const target = linkTarget(part.url ?? "");
  const shown = part.media_type.startsWith("image/") ? picture(part.url ?? "") : null;
  if (shown?.kind === "inline") return <img class="picture" src={shown.src} alt={name} />;
  if (shown?.kind === "remote") return <RemoteImage src={shown.src} host={shown.host} description={name} />;
  const inside = (
    <>
      <Icon name="file" />
      <span class="chip-name">{name}</span>
      <span class="chip-more">{target === null ? part.media_type : new URL(target).host}</span>
    </>
  );
  if (target === null) return <span class="chip">{inside}</span>;
  return (
    <a class="chip" href={target} title={target} target="_blank" rel="noopener noreferrer nofollow">
      {inside}
    </a>
  );
}

function nameOf({ name, media_type }: FilePart): string {
  return name ?? `file.${/^[\w-]+\/(?:x-)?([\w-]+)/.exec(media_type)?.[1] ?? "bin"}`;
}

/** Saves the bytes under `name`. As bytes of no type, so that no browser opens them as a page. False if they are none. */
function download(name: string, data: string, near: Element): boolean {
  try {
    const bytes = Uint8Array.from(atob(data), (character) => character.charCodeAt(0));
    const url = URL.createObjectURL(new Blob([bytes], { type: "application/octet-stream" }));
    const link = document.createElement("a");
    link.href = url;
    link.download = name;
    near.after(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
    return true;
  } catch {
    return false;
  }
}
