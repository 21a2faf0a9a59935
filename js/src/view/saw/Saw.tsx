/** What the model saw in a turn: all that it was sent, what of it is new, and what happened, each event with its time. */

import type { JSX } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import type { Turn } from "../../transcript.ts";
import { useSay } from "../panelWords.ts";
import { useRevealed } from "../revealed.ts";
import { sawOf, useView } from "../view.ts";
import { Changes, count } from "./Changes.tsx";
import { Events } from "./Events.tsx";
import { Sent } from "./Sent.tsx";
import { isTold, type Told } from "./told.ts";

type Tab = "request" | "changes" | "events";

export function Saw({ turn }: { readonly turn: Turn }): JSX.Element {
  const say = useSay();
  const [told, lost, ask] = useTold(turn);
  const place = useRevealed();
  return (
    <section
      ref={place}
      class="saw"
      data-part="saw"
      id={sawOf(turn)}
      aria-label={say("saw")}
      aria-busy={told === null && !lost}
    >
      {told !== null ? (
        <Tabs told={told} />
      ) : lost ? (
        <p class="nothing">
          {say("saw_lost")}{" "}
          <button type="button" class="text-button" data-action="saw-again" onClick={ask}>
            {say("saw_again")}
          </button>
        </p>
      ) : (
        <p class="nothing">{say("fetching")}</p>
      )}
    </section>
  );
}

/** What is known of it; asked for again when more of the turn is there. Until that comes, what was known stays. */
function useTold(turn: Turn): readonly [Told | null, boolean, () => void] {
  const { details } = useView().store;
  const last = useRef<Told | null>(null);
  const answer = details.of(turn.id, "saw").value;
  const { request, replied, ended } = turn.facts.value;
  const ask = () => details.ask(turn.id, "saw");
  useEffect(ask, [request, replied, ended]);
  if (answer?.state === "here" && isTold(answer.value)) last.current = answer.value;
  return [last.current, answer !== null && answer.state !== "asked", ask];
}

function Tabs({ told }: { readonly told: Told }): JSX.Element {
  const say = useSay();
  const name = useId();
  const [tab, choose] = useState<Tab>("request");
  const { request, events } = told;
  const tabs: readonly (readonly [Tab, string, number | null])[] = [
    ["request", say("saw_request"), null],
    ["changes", say("saw_changes"), request === null ? null : count(request)],
    ["events", say("saw_events"), events.length + told.left_out],
  ];
  return (
    <>
      <fieldset class="choices" aria-label={say("saw")}>
        {tabs.map(([value, label, n]) => (
          <label key={value} data-tab={value}>
            <input
              type="radio"
              name={name}
              value={value}
              checked={tab === value}
              onChange={() => choose(value)}
            />
            <span>
              {label}
              {n !== null && <b>{n}</b>}
            </span>
          </label>
        ))}
      </fieldset>
      {tab === "events" ? (
        <Events told={told} />
      ) : request === null ? (
        <p class="nothing">{say("saw_nothing")}</p>
      ) : tab === "request" ? (
        <Sent request={request} />
      ) : (
        <Changes request={request} />
      )}
    </>
  );
}
