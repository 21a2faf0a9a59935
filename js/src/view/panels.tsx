/** Parts of the view that are fetched when they are first shown (`addons/panels.ts`), and what is there until then. */

import { type ComponentChild, createContext, type JSX } from "preact";
import { useContext, useEffect } from "preact/hooks";
import type { Lent } from "../markdown/lent.ts";
import type { Json } from "../protocol.ts";
import type { Ask } from "./Approval.tsx";
import type { Detail } from "./Detail.tsx";
import type { FileStep } from "./FileStep.tsx";
import type { Frame } from "./Frame.tsx";
import type { Help } from "./Help.tsx";
import type { Live } from "./Live.tsx";
import { LongJson } from "./LongText.tsx";
import type { Outputs } from "./Outputs.tsx";
import type { Player } from "./Player.tsx";
import type { FieldTable, RowTable } from "./RowTable.tsx";
import type { Sources } from "./Sources.tsx";
import type { Saw } from "./saw/Saw.tsx";
import type { TimelinePanel } from "./Timeline.tsx";
import type { Tree } from "./Tree.tsx";
import type { Viewed } from "./Viewed.tsx";
import { useSay } from "./words.ts";

export interface Panels {
  readonly css: string;
  readonly Ask: typeof Ask;
  readonly Detail: typeof Detail;
  readonly FieldTable: typeof FieldTable;
  readonly FileStep: typeof FileStep;
  readonly Frame: typeof Frame;
  readonly Help: typeof Help;
  readonly Live: typeof Live;
  readonly Outputs: typeof Outputs;
  readonly Player: typeof Player;
  readonly RowTable: typeof RowTable;
  readonly Saw: typeof Saw;
  readonly Sources: typeof Sources;
  readonly TimelinePanel: typeof TimelinePanel;
  readonly Tree: typeof Tree;
  readonly Viewed: typeof Viewed;
}

/** As they are fetched: still without what they share with the page. */
export type MakePanels = (shared: typeof import("./shared.ts")) => Panels;

export const PanelsContext = createContext<Lent<Panels> | null>(null);

interface Props {
  /** What is there until the panels are, and if they never come. */
  readonly instead: ComponentChild;
  readonly children: (panels: Panels) => JSX.Element;
}

export function WithPanels({ instead, children }: Props): JSX.Element {
  const lent = useContext(PanelsContext);
  useEffect(() => lent?.want());
  const panels = lent?.value.value ?? null;
  return <>{panels === null ? instead : children(panels)}</>;
}

export function TreeView({ value }: { readonly value: Json }): JSX.Element {
  return <WithPanels instead={<LongJson value={value} />}>{({ Tree }) => <Tree value={value} />}</WithPanels>;
}

/** Says that something is on its way. */
export function Fetching({ id }: { readonly id?: string }): JSX.Element {
  return (
    <p class="nothing" data-part="fetching" id={id}>
      {useSay()("fetching")}
    </p>
  );
}
