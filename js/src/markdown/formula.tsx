/** A formula: its TeX, and MathML in its place once what makes it is there. */

import { Component, type ComponentChild, h } from "preact";
import { type Lending, LendingContext, type Lent, type MathElement, type Typeset } from "./lent.ts";
import { whenLent } from "./look.ts";
import { Prose } from "./text.ts";

/** Above this many characters it stays TeX. */
const LIMIT = 5_000;

interface Props {
  readonly tex: string;
  readonly display: boolean;
  readonly complete: boolean;
}

/** Drawn once. MathML replaces the TeX by other nodes, so it waits while the reader has something selected in it. */
export class FormulaView extends Component<Props> {
  static override readonly contextType = LendingContext;
  /** Called off once it is drawn. */
  #stop: (() => void) | null = null;

  override shouldComponentUpdate({ tex, display, complete }: Props): boolean {
    return tex !== this.props.tex || display !== this.props.display || complete !== this.props.complete;
  }

  override componentDidMount(): void {
    const math = this.#lent();
    if (math === null || math.value.peek() !== null || this.#stop !== null || !this.#wants()) return;
    if (this.base instanceof Element) this.#stop = whenLent(math, this.base, () => this.forceUpdate());
  }

  override componentDidUpdate(): void {
    this.componentDidMount();
  }

  override componentWillUnmount(): void {
    this.#stop?.();
  }

  override render({ tex, display }: Props): ComponentChild {
    const kind = display ? "formula display" : "formula";
    const typeset = this.#wants() ? this.#lent()?.value.peek() : null;
    const math = typeset ? typeset(tex, display) : null;
    if (math === null)
      return (
        <code class={kind} dir="ltr">
          <Prose text={tex} />
        </code>
      );
    return (
      <span class={`${kind} math`} dir="ltr">
        {element(math)}
      </span>
    );
  }

  #wants(): boolean {
    return this.props.complete && this.props.tex.length <= LIMIT;
  }

  #lent(): Lent<Typeset> | null {
    const lending: Lending | null | undefined = this.context;
    return lending?.math ?? null;
  }
}

function element(node: MathElement | string): ComponentChild {
  return typeof node === "string" ? node : h(node.tag, node.attributes, node.children.map(element));
}
