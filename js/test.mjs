/** Runs tests/*.test.ts with Node's own runner; arguments are patterns for the names of files. */

import { spawnSync } from "node:child_process";
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import * as esbuild from "esbuild";
import { COMMON, HARNESSES } from "./build.mjs";

const OUT = join(COMMON.absWorkingDir, "tests", "out");
const wanted = process.argv.slice(2);
const files = readdirSync(join(COMMON.absWorkingDir, "tests")).filter(
  (name) => /\.test\.tsx?$/.test(name) && (wanted.length === 0 || wanted.some((part) => name.includes(part))),
);

rmSync(OUT, { recursive: true, force: true });
await esbuild.build({
  ...COMMON,
  entryPoints: files.map((name) => join("tests", name)),
  outdir: OUT,
  external: ["ai", "playwright-core"],
  outExtension: { ".js": ".mjs" },
  platform: "node",
  sourcemap: "inline",
});
await Promise.all(HARNESSES.map((one) => esbuild.build({ ...one, sourcemap: false })));
const { status } = spawnSync(
  process.execPath,
  [
    "--enable-source-maps",
    "--test",
    "--test-reporter=dot",
    ...files.map((name) => join(OUT, name.replace(/\.tsx?$/, ".mjs"))),
  ],
  { stdio: "inherit" },
);
process.exitCode = status ?? 1;
