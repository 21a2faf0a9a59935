/** What happened in a turn, as the kernel has it: one line for each event, with its time. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { useSay } from "../panelWords.ts";
import type { Event, Told } from "./told.ts";

/** Events that are drawn at once. */
const PAGE = 200;

export function Events({ told }: { readonly told: Told }): JSX.Element {
  const say = useSay();
  const { events, left_out } = told;
  const [shown, show] = useState(PAGE);
  const more = events.length - shown;
  return (
    <section class="saw-events" tabIndex={0} aria-label={say("saw_events")}>
      <table>
        <tbody>
          {events.slice(0, shown).map((event, at) => (
            <>
              {left_out > 0 && at === events.length / 2 && (
                <tr>
                  <td />
                  <td colSpan={2}>{say("saw_events_left_out", { n: left_out })}</td>
                </tr>
              )}
              <EventRow key={at} event={event} />
            </>
          ))}
        </tbody>
      </table>
      {more > 0 && (
        <button type="button" class="text-button" data-action="more" onClick={() => show(shown + 10 * PAGE)}>
          {say("more", { n: more })}
        </button>
      )}
    </section>
  );
}

function EventRow({ event }: { readonly event: Event }): JSX.Element {
  const { at, op, ...fields } = event;
  // Whose it is, every line would say again.
  const rest = Object.entries(fields).filter(
    ([name, value]) => value !== null && !["turn", "run", "time"].includes(name),
  );
  return (
    <tr>
      <td class="saw-at">{at.toFixed(3)} s</td>
      <td class="saw-op">{op}</td>
      <td dir="auto">
        {rest.map(([name, value]) => (
          <span key={name}>
            <b>{name}</b> {JSON.stringify(value)}
          </span>
        ))}
      </td>
    </tr>
  );
}
