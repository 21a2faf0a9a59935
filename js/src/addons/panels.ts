/** What readers open now and then, as a module that a page asks for then. Built as a function of `view/shared.ts`. */

import { Ask } from "../view/Approval.tsx";
import approval from "../view/approval.css";
import { Detail } from "../view/Detail.tsx";
import detail from "../view/detail.css";
import editor from "../view/editor.css";
import { FileStep } from "../view/FileStep.tsx";
import { Frame } from "../view/Frame.tsx";
import frame from "../view/frame.css";
import { Help } from "../view/Help.tsx";
import keys from "../view/keys.css";
import { Live } from "../view/Live.tsx";
import live from "../view/live.css";
import { Outputs } from "../view/Outputs.tsx";
import outputs from "../view/outputs.css";
import { Player } from "../view/Player.tsx";
import type { Panels } from "../view/panels.tsx";
import player from "../view/player.css";
import { FieldTable, RowTable } from "../view/RowTable.tsx";
import { Sources } from "../view/Sources.tsx";
import { Saw } from "../view/saw/Saw.tsx";
import saw from "../view/saw/saw.css";
import sources from "../view/sources.css";
import { TimelinePanel } from "../view/Timeline.tsx";
import { Tree } from "../view/Tree.tsx";
import timeline from "../view/timeline.css";
import tree from "../view/tree.css";
import { Viewed } from "../view/Viewed.tsx";

const panels: Panels = {
  css: approval + detail + editor + frame + keys + live + outputs + player + saw + sources + timeline + tree,
  Ask,
  Detail,
  FieldTable,
  FileStep,
  Frame,
  Help,
  Live,
  Outputs,
  Player,
  RowTable,
  Saw,
  Sources,
  TimelinePanel,
  Tree,
  Viewed,
};

export default panels;
