/** What readers open now and then, as a module that a page asks for then. Built as a function of `view/shared.ts`. */

import { Detail } from "../view/Detail.tsx";
import detail from "../view/detail.css";
import { Editor } from "../view/Editor.tsx";
import editor from "../view/editor.css";
import { Frame } from "../view/Frame.tsx";
import frame from "../view/frame.css";
import { KeyList } from "../view/KeyList.tsx";
import keys from "../view/keys.css";
import { Player } from "../view/Player.tsx";
import type { Panels } from "../view/panels.tsx";
import player from "../view/player.css";
import { FieldTable, RowTable } from "../view/RowTable.tsx";
import { TimelinePanel } from "../view/Timeline.tsx";
import { Tree } from "../view/Tree.tsx";
import timeline from "../view/timeline.css";
import tree from "../view/tree.css";

const panels: Panels = {
  css: detail + editor + frame + keys + player + timeline + tree,
  Detail,
  Editor,
  FieldTable,
  Frame,
  KeyList,
  Player,
  RowTable,
  TimelinePanel,
  Tree,
};

export default panels;
