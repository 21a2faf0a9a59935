/** What readers open now and then, as a module that a page asks for then. Built as a function of `view/shared.ts`. */

import { Editor } from "../view/Editor.tsx";
import editor from "../view/editor.css";
import type { Panels } from "../view/panels.tsx";
import { FieldTable, RowTable } from "../view/RowTable.tsx";
import { TimelinePanel } from "../view/Timeline.tsx";
import { Tree } from "../view/Tree.tsx";
import timeline from "../view/timeline.css";
import tree from "../view/tree.css";

const panels: Panels = { css: timeline + editor + tree, Editor, FieldTable, RowTable, TimelinePanel, Tree };

export default panels;
