/** Which charts are drawn unasked: those that fetch nothing, neither when they are drawn nor when they are pointed at. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Json } from "../src/protocol.ts";
import { isSelfContained } from "../src/view/chart.ts";

const LITE = "application/vnd.vegalite.v6+json";
const BAR = { mark: "bar", data: { values: [{ a: 1, b: "https://elsewhere/" }] } };
const encoding = (channels: Json): Json => ({ ...BAR, encoding: channels });
const URL = "https://elsewhere/?secret";

/** As Altair writes them. */
const ALTAIR: Json = {
  $schema: "https://vega.github.io/schema/vega-lite/v6.1.0.json",
  config: { view: { continuousHeight: 300, continuousWidth: 300 } },
  data: { name: "data-1" },
  datasets: { "data-1": [{ day: "2026-01-01", temp: 3.5, "a url": URL, place: null }] },
  encoding: {
    color: {
      field: "place",
      legend: { orient: "bottom", title: null },
      scale: { scheme: "tableau10" },
      type: "nominal",
    },
    tooltip: [
      { field: "day", type: "temporal" },
      { field: "temp", title: "°C", type: "quantitative" },
    ],
    x: { axis: { format: "%b", labelAngle: -45 }, field: "day", timeUnit: "yearmonth", type: "temporal" },
    y: { aggregate: "mean", bin: { maxbins: 20 }, field: "temp", stack: "zero", type: "quantitative" },
  },
  height: 200,
  mark: {
    color: "#1f77b4",
    cornerRadius: 3,
    interpolate: "monotone",
    opacity: 0.7,
    point: true,
    type: "line",
  },
  title: { anchor: "start", subtitle: ["a", "b"], text: "Temperatures" },
  width: "container",
};

describe("it is drawn unasked", () => {
  const rows: readonly (readonly [string, Json])[] = [
    ["with its data in it", BAR],
    ["as Altair writes it", ALTAIR],
    [
      "in layers",
      { data: BAR.data, layer: [{ mark: "line" }, { mark: { type: "rule", strokeDash: [4, 2] } }] },
    ],
    [
      "side by side",
      { hconcat: [BAR, { ...BAR, mark: "arc" }], resolve: { scale: { color: "independent" } } },
    ],
    ["in small ones", { ...BAR, encoding: { facet: { field: "a", columns: 2 } } }],
    [
      "with a theme",
      { ...BAR, config: { axisX: { grid: false }, style: { "guide-label": { fontSize: 12 } } } },
    ],
    [
      "after it was aggregated",
      { ...BAR, transform: [{ aggregate: [{ op: "mean", field: "a", as: "m" }], groupby: ["b"] }] },
    ],
    ["filtered by values", { ...BAR, transform: [{ filter: { field: "a", oneOf: [1, 2] } }] }],
  ];
  for (const [name, spec] of rows) test(name, () => assert.equal(isSelfContained(LITE, spec), true));
});

describe("it asks first", () => {
  const rows: readonly (readonly [string, Json, string?])[] = [
    ["data from elsewhere", { mark: "bar", data: { url: URL } }],
    [
      "pictures of its data",
      { mark: "image", data: { values: [{ img: URL }] }, encoding: { url: { field: "img" } } },
    ],
    ["a picture", encoding({ url: { value: URL } })],
    ["a mark that is a picture", { ...BAR, mark: { type: "image", url: URL } }],
    ["a picture in a layer", { data: BAR.data, layer: [{ mark: "bar" }, { mark: { type: "image" } }] }],
    ["links", encoding({ href: { field: "b" } })],
    [
      "data that an expression names",
      { data: [{ url: { signal: `'${URL}'` } }] },
      "application/vnd.vega.v5+json",
    ],
    ["Vega", { marks: [] }, "application/vnd.vega.v5+json"],
    ["Vega that says it is Vega-Lite", { ...BAR, $schema: "https://vega.github.io/schema/vega/v5.json" }],
    ["a patch from elsewhere", { ...BAR, usermeta: { embedOptions: { patch: URL } } }],
    ["a configuration from elsewhere", { ...BAR, usermeta: { embedOptions: { config: URL } } }],
    ["parameters", { ...BAR, params: [{ name: "p", value: 1 }] }],
    ["parameters of the configuration", { ...BAR, config: { params: [{ name: "p", expr: "1" }] } }],
    ["signals", { ...BAR, config: { signals: [] } }],
    ["an expression", encoding({ color: { value: { expr: "'red'" } } })],
    ["an expression for labels", encoding({ x: { axis: { labelExpr: "datum.label" } } })],
    ["a calculated field", { ...BAR, transform: [{ calculate: "1", as: "c" }] }],
    ["a filter that is an expression", { ...BAR, transform: [{ filter: "datum.a > 1" }] }],
    ["a lookup elsewhere", { ...BAR, transform: [{ lookup: "a", from: { data: { url: URL } } }] }],
    ["a pointer from elsewhere", { ...BAR, mark: { type: "bar", cursor: `url(${URL}), auto` } }],
    ["a colour from elsewhere", encoding({ color: { value: `url(${URL})` } })],
    [
      "a tooltip with a picture",
      { ...BAR, mark: { type: "bar", tooltip: { content: "data" } }, data: { values: [{ image: URL }] } },
    ],
    ["a tooltip that calls a field a picture", encoding({ tooltip: [{ field: "b", title: "image" }] })],
    ["a tooltip that spells it", encoding({ tooltip: [{ field: "im\\age" }] })],
    ["words that are not known", { ...BAR, new_in_v9: { source: URL } }],
  ];
  for (const [name, spec, type = LITE] of rows)
    test(name, () => assert.equal(isSelfContained(type, spec), false));
});
