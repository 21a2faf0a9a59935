import { type MutableRef, useLayoutEffect, useRef } from "preact/hooks";
import { useView } from "./view.ts";

/** For a panel that the reader opened: brings it into sight when it is there, which the first time takes a moment. */
export function useRevealed(): MutableRef<HTMLElement | null> {
  const { scroller } = useView();
  const place = useRef<HTMLElement>(null);
  useLayoutEffect(() => {
    scroller.hold();
    if (place.current !== null) scroller.reveal(place.current);
  }, [scroller]);
  return place;
}
