/** An image on another machine: it is asked for only when the reader wants it. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { Icon } from "../view/icons.tsx";
import { useSay } from "../view/words.ts";

interface Props {
  readonly src: string;
  readonly host: string;
  readonly description: string;
}

export function RemoteImage({ src, host, description }: Props): JSX.Element {
  const say = useSay();
  // The address that was agreed to: a stream may still change it.
  const [agreed, agree] = useState<string | null>(null);
  if (agreed === src) return <img src={src} alt={description} referrerpolicy="no-referrer" />;
  return (
    <button
      type="button"
      class="remote-image"
      data-action="load-image"
      title={src}
      onClick={(event) => {
        event.preventDefault(); // it may stand in a link
        agree(src);
      }}
    >
      <Icon name="image" />
      {description !== "" && <span class="remote-image-text">{description}</span>}
      <span class="remote-image-host">{say("load_image", { host })}</span>
    </button>
  );
}
