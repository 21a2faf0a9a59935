/** A block of code: plain while it streams, in colour once it is complete and the highlighter is there. */

import { Component, type ComponentChild, h, type JSX } from "preact";
import { CopyButton } from "../view/copy.tsx";
import { useSay } from "../view/words.ts";
import { type Highlight, type Lending, LendingContext, type Lent, type Span } from "./lent.ts";
import { isSelected, whenLent } from "./look.ts";
import { Prose } from "./text.ts";

/** Above this many characters colour costs more than it gives. */
const LIMIT = 50_000;

interface Props {
  readonly text: string;
  readonly language: string;
  readonly complete: boolean;
}

export function CodeBlock({ text, language, complete }: Props): JSX.Element {
  return (
    <figure class="code">
      <figcaption>
        <span>{language}</span>
        <CopyCode text={text} />
      </figcaption>
      <pre dir="ltr" tabIndex={0}>
        <Code text={text} language={language} complete={complete} />
      </pre>
    </figure>
  );
}

export function CopyCode({ text }: Pick<Props, "text">): JSX.Element {
  return <CopyButton text={() => text} label={useSay()("copy_code")} />;
}

/**
 * Coloured once: it is not drawn again unless something changed. Colours replace the text by other nodes, so they wait
 * while the reader has something selected in it.
 */
export class Code extends Component<Props> {
  static override readonly contextType = LendingContext;
  #coloured = false;
  #stop: (() => void) | null = null;

  override shouldComponentUpdate(next: Props): boolean {
    const { text, language, complete } = this.props;
    return next.text !== text || next.language !== language || next.complete !== complete;
  }

  override componentDidMount(): void {
    this.#await();
  }

  override componentDidUpdate(): void {
    this.#await();
  }

  override componentWillUnmount(): void {
    this.#stop?.();
  }

  override render(): ComponentChild {
    return <code>{this.#spans()?.map(element) ?? <Prose text={this.props.text} />}</code>;
  }

  #spans(): readonly (Span | string)[] | null {
    const { text, language } = this.props;
    const highlight = this.#colours()?.value.peek();
    if (!highlight || !this.#wants()) return null;
    if (!this.#coloured && this.base && isSelected(this.base)) return null;
    this.#coloured = true;
    return highlight(text, language);
  }

  /** Until there are colours: asks for them, and draws again once they are there and the code is looked at. */
  #await(): void {
    const colours = this.#colours();
    if (this.#coloured || this.#stop !== null || colours === null || !this.#wants()) return;
    if (!(this.base instanceof Element)) return;
    const stop = whenLent(colours, this.base, () => {
      this.#stop?.();
      this.forceUpdate();
    });
    this.#stop = () => {
      this.#stop = null;
      stop();
    };
  }

  #wants(): boolean {
    const { text, language, complete } = this.props;
    return complete && language !== "" && text.length <= LIMIT;
  }

  #colours(): Lent<Highlight> | null {
    const lending: Lending | null | undefined = this.context;
    return lending?.highlight ?? null;
  }
}

function element(node: Span | string): ComponentChild {
  if (typeof node === "string") return node;
  const children = node.children.map(element);
  return node.scope === null ? children : h("span", { class: `hl-${node.scope.split(".")[0]}` }, children);
}
