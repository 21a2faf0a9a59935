/**
 * Whether a chart can be drawn unasked: what draws it would fetch whatever the specification names, and hover over it
 * builds pictures out of data. So only what is known to fetch nothing is: Vega-Lite with its data in it, made of the
 * words below. Anything else, every expression among it, asks the reader first.
 */

import { isObject } from "../format.ts";
import type { Json } from "../protocol.ts";

const words = (text: string) => text.trim().split(/\s+/);

/** What may be a mark; `image` is one that fetches. */
const MARKS = new Set(
  words(
    "arc area bar boxplot circle errorband errorbar geoshape line point rect rule square text tick trail",
  ),
);

/** Names that say nothing but how things are laid out, encoded and styled. */
const KNOWN = new Set([
  ...MARKS,
  ...words(`
    $schema align angle aria aspect autosize background bounds box center columns concat config data datasets
    description encoding extent facet hconcat height layer mark median name opacity outliers padding
    projection rangeStep repeat resolve spacing spec step ticks transform type vconcat view width
    x y x2 y2 xOffset yOffset xError yError x2Error y2Error color fill stroke size shape detail order key theta theta2
    radius radius2 row column latitude longitude latitude2 longitude2 tooltip
    aggregate argmax argmin as band bandPosition base bin binned binSpacing datum field format formatType impute header
    legend axis axes method axisBand domain domainMax domainMid domainMin exponent constant clamp nice range rangeMax
    rangeMin reverse round scale scheme interpolate unionWith zero sort stack timeUnit title type unit utc maxbins
    minstep steps divide anchor value values null interval independent shared
    baseline dx dy limit lineBreak lineHeight ellipsis dir invalid inner outer tension thickness orient offset zindex
    filled innerRadius outerRadius padAngle cornerRadius overlap minExtent maxExtent translate tickCount direction
    contains resize binnable discreteBandSize minBandSize maxBandSize
    category diverging heatmap ordinal ramp symbol
    grid labels subtitle countTitle fieldTitle normalizedNumberFormat numberFormat numberFormatType timeFormat timeFormatType font
    groupby op window joinaggregate ignorePeers frame fold flatten density bandwidth cumulative counts resolve
    minsteps maxsteps regression loess order on sample quantile probs pow log steps sequence start stop
    center clipAngle clipExtent parallels precision rotate fit coefficient distance fraction lobes radius ratio spacing
    tilt tile reflectX reflectY equal lt lte gt gte oneOf valid filter count minWidth maxWidth`),
]);

/** The same in families: what styles axes, legends, headers, titles, lines and areas. */
const FAMILIES =
  /^(axis(X|Y|Left|Right|Top|Bottom|Band|Point|Discrete|Quantitative|Temporal)+|(label|title|subtitle|tick|grid|domain|symbol|gradient|legend|header|stroke|fill|font|cornerRadius|continuous|discrete|quantitative|band|bar|rect|point|row|column|clip|facet|min|max|unselected|layout|group|trail|text|rule|size|shape)[A-Z]\w*|clip|columnPadding|rowPadding|contrast|corner\w*)$/;

/** Whether drawing it, and pointing at it, asks no other machine for anything. */
export function isSelfContained(type: string, spec: Json): boolean {
  return type.includes("vegalite") && isObject(spec) && Object.entries(spec).every(plain);
}

function plain([name, value]: [string, Json]): boolean {
  switch (name) {
    case "$schema":
      return typeof value === "string" && value.includes("vega-lite");
    case "data":
      return value === null || (isObject(value) && Object.entries(value).every(plainData));
    case "datasets":
      return isRows(value);
    case "style":
      // Its names are free.
      return !isObject(value) || Object.values(value).every(plainValue);
    case "mark":
      return isMark(value);
    case "filter":
      // As a text it is an expression.
      return isObject(value) && plainValue(value);
    default:
      return (KNOWN.has(name) || (FAMILIES.test(name) && !name.endsWith("Expr"))) && plainValue(value);
  }
}

function isMark(mark: Json): boolean {
  if (!isObject(mark)) return typeof mark === "string" && MARKS.has(mark);
  return typeof mark["type"] === "string" && MARKS.has(mark["type"]) && plainValue(mark);
}

function plainData([name, value]: [string, Json]): boolean {
  if (name === "values" || name === "format") return isRows(value);
  return ["name", "sequence", "sphere", "graticule"].includes(name) && plainValue(value);
}

function plainValue(value: Json): boolean {
  if (typeof value === "string") return isHarmless(value);
  if (Array.isArray(value)) return value.every(plainValue);
  return !isObject(value) || Object.entries(value).every(plain);
}

/** A field of that name, or a title, becomes a picture when it is pointed at; a backslash can spell either. */
function isHarmless(text: string): boolean {
  return text !== "image" && !/\\|\burl\(|\bimage-set\(/i.test(text);
}

/** Data, whose names are free, but for the one. */
function isRows(value: Json): boolean {
  if (Array.isArray(value)) return value.every(isRows);
  return !isObject(value) || Object.entries(value).every(([name, item]) => name !== "image" && isRows(item));
}
