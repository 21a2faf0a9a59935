/** Seconds since something began, while it goes on. Short waits show nothing. */

import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { wholeSeconds } from "../format.ts";
import { useView } from "./view.ts";

const SHOWN_AFTER = 2;

export function Elapsed({ since }: { readonly since: number }): JSX.Element | null {
  const { clock, link } = useView().store;
  const [seconds, setSeconds] = useState(() => clock.since(since));
  useEffect(() => {
    const timer = setInterval(() => setSeconds(clock.since(since)), 1000);
    return () => clearInterval(timer);
  }, [clock, since]);
  // Nobody knows how long it went on without us.
  if (seconds < SHOWN_AFTER || link.value === "gone") return null;
  return <span class="elapsed">{wholeSeconds(Math.floor(seconds))}</span>;
}
