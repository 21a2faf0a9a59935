/**
 * A text node that grows in place.
 *
 * Writing a text node's whole content again, as a virtual DOM does, takes the reader's selection away; appending to it
 * keeps it. So after the first render this component edits its node itself: it keeps the beginning that is the same.
 */

import { Component } from "preact";

interface Props {
  readonly text: string;
}

export class Prose extends Component<Props> {
  override shouldComponentUpdate({ text }: Props): boolean {
    const before = this.props.text;
    const node = this.base;
    if (text === before || !(node instanceof Text)) return text !== before;
    if (text.startsWith(before)) node.appendData(text.slice(before.length));
    else {
      const same = commonLength(before, text);
      node.replaceData(same, before.length - same, text.slice(same));
    }
    return false;
  }

  override render({ text }: Props): string {
    return text;
  }
}

function commonLength(a: string, b: string): number {
  const most = Math.min(a.length, b.length);
  let length = 0;
  while (length < most && a.charCodeAt(length) === b.charCodeAt(length)) length += 1;
  return length;
}
