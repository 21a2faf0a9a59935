/** What every view of a chat needs; panels bring more. */

import chat from "../chat.css";
import markdown from "../markdown/markdown.css";
import steps from "../steps.css";
import theme from "../theme.css";
import values from "./values.css";

export const STYLES = theme + chat + steps + markdown + values;
