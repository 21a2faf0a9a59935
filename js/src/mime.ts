/** What a value of several media types, or a file's bytes, can be shown as. Pure; nothing here is parsed as HTML. */

import { isObject } from "./format.ts";
import { picture } from "./markdown/urls.ts";
import type { Json } from "./protocol.ts";

/** Kinds of images that are shown from bytes, the most useful first. SVG is text, and can hold scripts. */
const RASTER = ["image/png", "image/jpeg", "image/webp", "image/gif"];

/** A widget of the notebook's, which the host of the page draws. */
export interface LiveWidget {
  readonly kind: "widget";
  readonly model: string;
  readonly text: string;
  /** What else there is of it. */
  readonly instead: Shown | null;
}

/** A specification that the host may have a renderer for. */
export interface Chart {
  readonly kind: "chart";
  readonly type: string;
  readonly spec: Json;
}

export type Shown =
  | LiveWidget
  | Chart
  | { readonly kind: "image"; readonly src: string; readonly description: string }
  | { readonly kind: "html"; readonly text: string }
  | { readonly kind: "markdown"; readonly text: string }
  | { readonly kind: "latex"; readonly text: string; readonly tex: string }
  | { readonly kind: "json"; readonly text: string; readonly value: Json }
  | { readonly kind: "text"; readonly text: string };

const WIDGET = "application/vnd.jupyter.widget-view+json";
const CHART = /^application\/vnd\.vega(lite)?\.v\d+(\.\d+)*\+json$/;

/** What to show of a tool's result that is `{"mimebundle": {media type: data}}`; `null` if it is something else. */
export function shownOf(result: Json): Shown | null {
  if (!isObject(result) || Object.keys(result).length !== 1) return null;
  const types = result["mimebundle"];
  if (types === undefined || !isObject(types)) return null;
  const { [WIDGET]: live, ...others } = types;
  const instead = best(others);
  const model = live !== undefined && isObject(live) ? live["model_id"] : null;
  if (typeof model !== "string") return instead;
  return { kind: "widget", model, text: text(types["text/plain"]) ?? "", instead };
}

function best(types: { readonly [type: string]: Json }): Shown | null {
  const read = (type: string) => text(types[type]);
  const plain = read("text/plain");
  const description = plain?.slice(0, 200) ?? "";
  for (const type of RASTER) {
    const src = rasterImage(type, read(type));
    if (src !== null) return { kind: "image", src, description };
  }
  const svg = read("image/svg+xml");
  if (svg !== null) return { kind: "image", src: svgImage(svg), description };
  const chart = Object.entries(types).find(([type, spec]) => CHART.test(type) && isObject(spec));
  if (chart !== undefined) return { kind: "chart", type: chart[0], spec: chart[1] };
  const html = read("text/html");
  if (html !== null) return { kind: "html", text: html };
  const markdown = read("text/markdown");
  if (markdown !== null) return { kind: "markdown", text: markdown };
  const latex = read("text/latex");
  if (latex !== null) return { kind: "latex", text: latex, tex: bare(latex) };
  const json = types["application/json"];
  if (json !== undefined && json !== null) return { kind: "json", text: plain ?? "", value: json };
  return plain === null ? null : { kind: "text", text: plain };
}

/** TeX without the marks that say where it begins and ends. */
function bare(latex: string): string {
  const found = /^\s*(\${1,2}|\\\[|\\\()([\s\S]*?)(?:\${1,2}|\\\]|\\\))\s*$/.exec(latex);
  return (found?.[2] ?? latex).replace(/\\displaystyle\b/g, "").trim();
}

/** The address of an image that came as base64, or `null` if it is none that may be shown. */
export function rasterImage(media_type: string, data: string | null): string | null {
  if (data === null || !RASTER.includes(media_type)) return null;
  const src = `data:${media_type};base64,${data.replace(/\s+/g, "")}`;
  return picture(src)?.kind === "inline" ? src : null;
}

/** As the source of an `<img>` alone: there a browser runs nothing that stands in it and fetches nothing. */
function svgImage(svg: string): string {
  const bytes = Array.from(new TextEncoder().encode(svg), (byte) => String.fromCharCode(byte));
  return `data:image/svg+xml;base64,${btoa(bytes.join(""))}`;
}

/** Notebooks write texts as lists of lines too. */
function text(value: Json | undefined): string | null {
  if (typeof value === "string") return value === "" ? null : value;
  if (!Array.isArray(value) || value.length === 0) return null;
  return value.every((line) => typeof line === "string") ? value.join("") : null;
}
