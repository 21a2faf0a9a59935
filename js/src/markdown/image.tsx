/** An image on another machine: it is asked for only when the reader wants it. */

import { createContext, type JSX } from "preact";
import { useContext, useState } from "preact/hooks";
import { Icon } from "../view/icons.tsx";
import { useSay } from "../view/words.ts";

/** Whether the page may ask other machines for nothing, as that of `to_html`. */
export const SealedContext = createContext(false);

interface Props {
  readonly src: string;
  readonly host: string;
  readonly description: string;
}

export function RemoteImage({ src, host, description }: Props): JSX.Element {
  const say = useSay();
  const sealed = useContext(SealedContext);
  // The address that was agreed to, and that which led to no image: a stream may still change it.
  const [agreed, agree] = useState<string | null>(null);
  const [failed, fail] = useState<string | null>(null);
  const linked = sealed || failed === src;
  if (agreed === src && !linked)
    return <img src={src} alt={description} referrerpolicy="no-referrer" onError={() => fail(src)} />;
  const inside = (
    <>
      <Icon name="image" />
      {description !== "" && <span class="remote-image-text">{description}</span>}
      <span class="remote-image-host">{say(linked ? "image_at" : "load_image", { host })}</span>
    </>
  );
  return linked ? (
    <a class="remote-image" href={src} title={src} target="_blank" rel="noopener noreferrer nofollow">
      {inside}
    </a>
  ) : (
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
      {inside}
    </button>
  );
}
