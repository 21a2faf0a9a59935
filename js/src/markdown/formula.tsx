/** A formula: its TeX, and MathML in its place once what makes it is there. */

import { Component, type ComponentChild, h } from "preact";
import { type Lending, LendingContext, type MathElement } from "./lent.ts";
import { isSelected } from "./look.ts";
import { Prose } from "./text.ts";

/** Above this many characters it stays TeX. */
const LIMIT = 5_000;

interface Props {
  readonly tex: string;
  readonly display: boolean;
  readonly complete: boolean;
}

/** Drawn once: MathML replaces the TeX by other nodes, so it waits while the reader has something selected in it. */
export class FormulaView extends Component<Props> {
  static override readonly contextType = LendingContext;
  #drawn: MathElement | null = null;
  #of = "";

  override shouldComponentUpdate({ tex, display, complete }: Props): boolean {
    return tex !== this.props.tex || display !== this.props.display || complete !== this.props.complete;
  }

  override componentDidMount(): void {
    if (this.#wants()) this.#lending()?.math.want();
  }

  override componentDidUpdate(): void {
    this.componentDidMount();
  }

  override render({ tex, display }: Props): ComponentChild {
    const kind = display ? "formula display" : "formula";
    const math = this.#math();
    if (math !== null)
      return (
        <span class={`${kind} math`} dir="ltr">
          {element(math)}
        </span>
      );
    return (
      <code class={kind} dir="ltr">
        <Prose text={tex} />
      </code>
    );
  }

  #math(): MathElement | null {
    const { tex, display } = this.props;
    const typeset = this.#lending()?.math.value.value;
    if (!typeset || !this.#wants()) return null;
    if (this.#drawn === null && this.base instanceof Node && isSelected(this.base)) return null;
    if (this.#of !== tex) {
      this.#of = tex;
      this.#drawn = typeset(tex, display);
    }
    return this.#drawn;
  }

  #wants(): boolean {
    return this.props.complete && this.props.tex.length <= LIMIT;
  }

  #lending(): Lending | null {
    return this.context ?? null;
  }
}

function element(node: MathElement | string): ComponentChild {
  return typeof node === "string" ? node : h(node.tag, node.attributes, node.children.map(element));
}
