/**
 * Markdown tokens as elements.
 *
 * Nothing that a model or a tool wrote is ever parsed as HTML: tokens become elements of a fixed set, with attributes
 * of a fixed set, and HTML in the text is shown as the text that it is.
 */

import type { MarkedToken, Token, Tokens } from "marked";
import { Component, type ComponentChild, Fragment } from "preact";
import type { Block } from "./blocks.ts";
import { CodeBlock } from "./code.tsx";
import { decode } from "./entities.ts";
import { FormulaView } from "./formula.tsx";
import { RemoteImage } from "./image.tsx";
import { type Formula, lexInline } from "./lexer.ts";
import { Prose } from "./text.ts";
import { disguised, linkTarget, picture } from "./urls.ts";
import { Checkbox, TableFrame, Unsafe, Words } from "./words.tsx";

interface BlockProps {
  readonly block: Block;
}

/** One top-level block; frozen blocks are not drawn again. */
export class BlockView extends Component<BlockProps> {
  override shouldComponentUpdate(next: BlockProps): boolean {
    return next.block !== this.props.block;
  }

  override render({ block }: BlockProps): ComponentChild {
    return renderBlock(block.token, block.closed);
  }
}

type Known = MarkedToken | Formula;

const KNOWN: ReadonlySet<string> = new Set<Known["type"]>([
  "blockquote",
  "br",
  "checkbox",
  "code",
  "codespan",
  "def",
  "del",
  "em",
  "escape",
  "formula",
  "heading",
  "hr",
  "html",
  "image",
  "link",
  "list",
  "list_item",
  "paragraph",
  "space",
  "strong",
  "table",
  "text",
]);

function isKnown(token: Token): token is Known {
  return KNOWN.has(token.type);
}

const HEADINGS = ["h3", "h4", "h5", "h6", "h6", "h6"] as const;

/** Blocks within blocks; browsers lay out no page of thousands. */
const DEEPEST = 40;
let depth = 0;

export function renderBlock(token: Token, closed: boolean): ComponentChild {
  if (!isKnown(token) || depth > DEEPEST) return <p dir="auto">{token.raw}</p>;
  depth += 1;
  try {
    return renderKnown(token, closed);
  } finally {
    depth -= 1;
  }
}

function renderKnown(token: Known, closed: boolean): ComponentChild {
  switch (token.type) {
    case "space":
    case "def":
      return null;
    case "heading": {
      // The page has headings of its own above ours.
      const Heading = HEADINGS[token.depth - 1] ?? "h6";
      return (
        <Heading dir="auto" data-depth={token.depth}>
          {renderInline(token.tokens)}
        </Heading>
      );
    }
    case "paragraph":
      return <p dir="auto">{renderInline(token.tokens)}</p>;
    case "text":
      return token.tokens === undefined ? renderToken(token) : renderInline(token.tokens);
    case "blockquote":
      return renderQuote(token, closed);
    case "list":
      return renderList(token, closed);
    case "code":
      return (
        <CodeBlock
          text={token.text}
          language={token.lang?.split(/\s/, 1)[0]?.toLowerCase() ?? ""}
          complete={closed || isClosedFence(token)}
        />
      );
    case "table":
      return renderTable(token);
    case "hr":
      return <hr />;
    case "formula":
      return (
        <FormulaView tex={token.text} display={token.display} complete={closed || isClosedFormula(token)} />
      );
    case "html":
      return (
        <p dir="auto" class="raw">
          <Prose text={token.raw.trimEnd()} />
        </p>
      );
    default:
      return renderToken(token);
  }
}

const ALERTS = {
  note: "alert_note",
  tip: "alert_tip",
  important: "alert_important",
  warning: "alert_warning",
  caution: "alert_caution",
} as const;
const ALERT = new RegExp(`^\\[!(${Object.keys(ALERTS).join("|")})\\][ \\t]*(?:\\n|$)`, "i");

/** A quote, or one of GitHub's alerts: `> [!NOTE]`. */
function renderQuote({ tokens }: Tokens.Blockquote, closed: boolean): ComponentChild {
  const [first, ...rest] = tokens;
  const said = first !== undefined && isKnown(first) && first.type === "paragraph" ? first.text : "";
  const found = ALERT.exec(said);
  const kind = found?.[1]?.toLowerCase();
  const label = Object.entries(ALERTS).find(([name]) => name === kind)?.[1];
  if (found === null || label === undefined)
    return <blockquote dir="auto">{renderBlocks(tokens, closed)}</blockquote>;
  const text = said.slice(found[0].length);
  return (
    <blockquote dir="auto" class="alert" data-kind={kind}>
      <p class="alert-kind">
        <Words label={label} />
      </p>
      {text !== "" && <p dir="auto">{renderInline(lexInline(text, {}))}</p>}
      {renderBlocks(rest, closed)}
    </blockquote>
  );
}

function renderBlocks(tokens: readonly Token[], closed: boolean): ComponentChild[] {
  return tokens.map((token) => renderBlock(token, closed));
}

function renderList({ ordered, start, loose, items }: Tokens.List, closed: boolean): ComponentChild {
  const rows = items.map((item, at) => {
    const checkbox = item.task ? <Checkbox checked={item.checked === true} /> : null;
    return (
      // Items only ever come at the end.
      <li key={at} dir="auto" class={item.task ? "task" : undefined}>
        {checkbox}
        {item.tokens.map((token) => {
          if (token.type === "checkbox") return null;
          const child = renderBlock(token, closed);
          return loose && token.type === "text" ? <p dir="auto">{child}</p> : child;
        })}
      </li>
    );
  });
  if (!ordered) return <ul>{rows}</ul>;
  return <ol start={typeof start === "number" && start !== 1 ? start : undefined}>{rows}</ol>;
}

function renderTable({ header, rows }: Tokens.Table): ComponentChild {
  return (
    <TableFrame>
      <table>
        <thead>
          <tr>{header.map((cell) => renderCell(cell, "th"))}</tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr>{row.map((cell) => renderCell(cell, "td"))}</tr>
          ))}
        </tbody>
      </table>
    </TableFrame>
  );
}

function renderCell({ align, tokens }: Tokens.TableCell, Cell: "th" | "td"): ComponentChild {
  return (
    <Cell dir="auto" data-align={align ?? undefined}>
      {renderInline(tokens)}
    </Cell>
  );
}

/** Whether the fence has its end, or is none. */
function isClosedFence({ raw, codeBlockStyle }: Tokens.Code): boolean {
  if (codeBlockStyle === "indented") return true;
  const fence = /^ {0,3}(`{3,}|~{3,})/.exec(raw)?.[1];
  const end = /\n {0,3}(`{3,}|~{3,})[ \t]*\n*$/.exec(raw)?.[1];
  return fence !== undefined && end !== undefined && end[0] === fence[0] && end.length >= fence.length;
}

/** Whether the formula has its end mark. */
function isClosedFormula({ raw }: Formula): boolean {
  return /\S\s*(?:\$\$|\\\])\s*$/.test(raw);
}

export function renderInline(tokens: readonly Token[] | undefined): ComponentChild[] {
  return (tokens ?? []).map(renderToken);
}

function renderToken(token: Token): ComponentChild {
  if (!isKnown(token)) return <Prose text={token.raw} />;
  switch (token.type) {
    case "text":
      if (token.tokens !== undefined) return <Fragment>{renderInline(token.tokens)}</Fragment>;
      return <Prose text={decode(token.text)} />;
    case "escape":
      return <Prose text={token.text} />;
    case "strong":
      return <strong>{renderInline(token.tokens)}</strong>;
    case "em":
      return <em>{renderInline(token.tokens)}</em>;
    case "del":
      return <del>{renderInline(token.tokens)}</del>;
    case "codespan":
      return (
        <code>
          <Prose text={token.text} />
        </code>
      );
    case "br":
      return <br />;
    case "link":
      return renderLink(token);
    case "image":
      return renderImage(token);
    case "formula":
      return <FormulaView tex={token.text} display={token.display} complete />;
    case "html":
      // The one tag that models write in table cells, for want of another way.
      return /^<br\s*\/?>$/i.test(token.raw) ? <br /> : <Prose text={token.raw} />;
    default:
      return <Prose text={token.raw} />;
  }
}

function renderLink(token: Tokens.Link): ComponentChild {
  const target = linkTarget(token.href);
  const text = token.autolink ? token.text : renderInline(token.tokens);
  if (target === null) return <Unsafe>{text}</Unsafe>;
  const host = disguised(token.text, target);
  return (
    <a href={target} title={target} target="_blank" rel="noopener noreferrer nofollow">
      {text}
      {host !== null && <span class="link-host">{` (${host})`}</span>}
    </a>
  );
}

function renderImage({ href, text }: Tokens.Image): ComponentChild {
  const shown = picture(href);
  const description = decode(text);
  if (shown === null) return <span class="no-image">{description || <Words label="image" />}</span>;
  if (shown.kind === "inline") return <img src={shown.src} alt={description} />;
  return <RemoteImage src={shown.src} host={shown.host} description={description} />;
}
