/** The page that HTML of a tool stands in, as far as it can be read without a browser. */

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { framed, SCRIPTS } from "../src/view/framed.ts";

test("the policy of an exported file allows what runs in its frames", () => {
  const viewer = readFileSync(join("..", "widget", "turnwise", "export", "viewer.py"), "utf8");
  for (const script of SCRIPTS) {
    assert.ok(framed("", "", false).includes(script.replaceAll("&", "&amp;")));
    const digest = createHash("sha256").update(script).digest("base64");
    assert.ok(viewer.includes(`"sha256-${digest}"`), `viewer.py does not allow sha256-${digest}`);
  }
});
