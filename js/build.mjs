/**
 * Builds the front end: `widget/turnwise/static/widget.js`, and beside it what it fetches when it needs it.
 *
 *     node build.mjs                 build, and print its size
 *     node build.mjs --check-size    and fail if it is above the budget
 *     node build.mjs --dev           build on every change, and serve the harness in dev/
 */

import { createHash } from "node:crypto";
import { copyFile, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import * as esbuild from "esbuild";

const HERE = dirname(fileURLToPath(import.meta.url));
const OUT = join(HERE, "..", "widget", "turnwise", "static");

/** In bytes. anywidget sends the module with every widget instance, and a saved notebook holds it as often: size is a cost. */
const BUDGET = { minified: 180 * 1024, gzip: 60 * 1024 };

/** Stylesheets as minified text, for the shadow root. */
export const cssAsText = {
  name: "css-as-text",
  setup({ onLoad }) {
    onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const source = await readFile(path, "utf8");
      const { code } = await esbuild.transform(source, { loader: "css", minify: true });
      return { contents: code, loader: "text", watchFiles: [path] };
    });
  },
};

/**
 * Only marked's lexer is used; its parser and renderer hang on statements at the module's end that no bundler can
 * drop. Without them the rest falls away. If marked is written otherwise one day, the whole of it is bundled.
 */
export const lexerOfMarked = {
  name: "lexer-of-marked",
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]marked\.esm\.js$/ }, async ({ path }) => {
      const source = await readFile(path, "utf8");
      const tail =
        /;var (\w+)=new \w+;function (\w+)\(\w+,\w+\)\{return \1\.parse\(.*?export\{([^}]*)\};?/s.exec(
          source,
        );
      const kept = tail?.[3]?.split(",").filter((name) => /as (?:Lexer|getDefaults)$/.test(name)) ?? [];
      if (kept.length !== 2) return null;
      return { contents: `${source.slice(0, tail.index)};export{${kept.join(",")}};` };
    });
  },
};

const SHARED = join(HERE, "src/view/shared.ts");

/**
 * Panels are drawn by the Preact of the page, so that they are built as a function of what it shares with them: imports
 * of the modules that `view/shared.ts` takes from become reads of its argument. What it does not have is an error.
 */
export const sharedWithPanels = {
  name: "shared-with-panels",
  async setup({ onLoad, onResolve, resolve }) {
    const all = { ...COMMON, entryPoints: [SHARED], metafile: true, write: false };
    const { metafile } = await esbuild.build(all);
    const [{ exports: names }] = Object.values(metafile.outputs);
    const modules = new Set(
      metafile.inputs["src/view/shared.ts"].imports.map(({ path }) => join(HERE, path)),
    );
    onResolve({ filter: /./ }, async ({ path, pluginData, ...from }) => {
      if (pluginData === sharedWithPanels) return null;
      const found = await resolve(path, { ...from, pluginData: sharedWithPanels });
      return modules.has(found.path) ? { path: SHARED, namespace: "shared", sideEffects: false } : found;
    });
    onLoad({ filter: /./, namespace: "shared" }, () => ({
      contents: names.map((name) => `export const ${name} = shared.${name};`).join("\n"),
    }));
  },
};

/** What the widget, the harness and the tests have in common. */
export const COMMON = {
  absWorkingDir: HERE,
  bundle: true,
  define: { ADDON_HASHES: '{"highlight":"dev","math":"dev","notebook":"dev","panels":"dev"}' },
  format: "esm",
  jsx: "automatic",
  jsxImportSource: "preact",
  logLevel: "warning",
  plugins: [cssAsText, lexerOfMarked],
  target: "es2022",
};

const MODULE = { ...COMMON, legalComments: "none", metafile: true, minify: true };
/** What the widget fetches when it needs it. */
const ADDON_NAMES = ["highlight", "math", "notebook", "panels"];
const ADDONS = ADDON_NAMES.map((name) => addon(name, { ...MODULE, outfile: join(OUT, `${name}.js`) }));
const WIDGET = {
  ...MODULE,
  define: { ...COMMON.define, "process.env.NODE_ENV": '"production"' },
  entryPoints: ["src/index.ts"],
  outfile: join(OUT, "widget.js"),
};

/** What shows a conversation without a kernel: in the file that `to_html` writes, and in JupyterLab. */
const PAGE = { ...MODULE, entryPoints: ["src/saved/page.ts"], outfile: join(OUT, "page.js") };
const LICENSES = "widget.js.LICENSES.txt";
const LABEXTENSION = join(OUT, "labextensions", "turnwise");

const HARNESS = {
  ...COMMON,
  entryPoints: ["dev/harness.ts"],
  outfile: "dev/out/harness.js",
  sourcemap: "inline",
};
/** The harness, and what it fetches. */
export const HARNESSES = [
  HARNESS,
  ...ADDON_NAMES.map((name) => addon(name, { ...COMMON, outfile: `dev/out/${name}.js` })),
];

function addon(name, options) {
  const entry = { ...options, entryPoints: [`src/addons/${name}.ts`] };
  if (name !== "panels") return entry;
  return {
    ...entry,
    format: "iife",
    globalName: "panels",
    plugins: [...options.plugins, sharedWithPanels],
    banner: { js: "export default (shared) => {" },
    footer: { js: "return panels.default; };" },
  };
}

/** The licences of what is bundled, which must travel with it. */
async function licences(metafiles) {
  const names = new Set(
    metafiles
      .flatMap(({ inputs }) => Object.keys(inputs))
      .flatMap((path) => {
        const found = /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path);
        return found ? [found[1]] : [];
      }),
  );
  const texts = await Promise.all(
    [...names].sort().map(async (name) => {
      const folder = join(HERE, "node_modules", name);
      const { version, license } = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
      const text = await readFile(join(folder, "LICENSE"), "utf8").catch(() => `Licence: ${license}\n`);
      return `${name} ${version}\n${"=".repeat(name.length + version.length + 1)}\n\n${text.trim()}\n`;
    }),
  );
  const icons =
    "Icons: Lucide, ISC licence, copyright (c) Lucide Contributors and Cole Bemis (Feather, MIT licence).\n";
  return ["What widget.js, highlight.js and math.js contain of others' work.\n", ...texts, icons].join(
    "\n\n",
  );
}

async function build({ checkSize }) {
  await mkdir(OUT, { recursive: true });
  const addons = await Promise.all(ADDONS.map((addon) => esbuild.build(addon)));
  const sources = await Promise.all(ADDONS.map(({ outfile }) => readFile(outfile)));
  const hashes = sources.map((source) => createHash("sha256").update(source).digest("hex").slice(0, 16));
  const named = Object.fromEntries(ADDON_NAMES.map((name, at) => [name, hashes[at]]));
  const define = { ...WIDGET.define, ADDON_HASHES: JSON.stringify(named) };
  const widget = await esbuild.build({ ...WIDGET, define });
  await esbuild.build(PAGE);
  const metafiles = [widget, ...addons].map(({ metafile }) => metafile);
  await writeFile(join(OUT, LICENSES), await licences(metafiles));
  await buildLabextension();
  const module = await readFile(WIDGET.outfile);
  const size = { minified: module.length, gzip: zipped(module) };
  const says = Object.entries(size).map(
    ([what, bytes]) => `${kib(bytes)} ${what} (budget ${BUDGET[what] / 1024})`,
  );
  console.log(`widget.js: ${says.join(", ")}`);
  for (const [at, source] of sources.entries())
    console.log(`${ADDON_NAMES[at]}.js: ${kib(source.length)} minified, ${kib(zipped(source))} gzip`);
  if (checkSize && Object.entries(size).some(([what, bytes]) => bytes > BUDGET[what])) {
    console.error("widget.js is above its budget");
    process.exitCode = 1;
  }
}

/** A prebuilt extension of JupyterLab, in the layout of its folder `labextensions`. */
async function buildLabextension() {
  await rm(LABEXTENSION, { recursive: true, force: true });
  const folder = join(LABEXTENSION, "static");
  await mkdir(folder, { recursive: true });
  const all = createHash("sha256");
  await copyFile(join(OUT, LICENSES), join(LABEXTENSION, LICENSES));
  for (const name of ["widget", "highlight", "math", "panels"]) {
    all.update(await readFile(join(OUT, `${name}.js`)));
    await copyFile(join(OUT, `${name}.js`), join(folder, `${name}.js`));
  }
  const define = { ...COMMON.define, VERSION: JSON.stringify(all.digest("hex").slice(0, 16)) };
  const entry = {
    ...MODULE,
    define,
    entryPoints: ["src/saved/labextension.ts"],
    format: "iife",
    write: false,
  };
  const { outputFiles } = await esbuild.build(entry);
  const remote = outputFiles[0].contents;
  // The server tells browsers to keep what has a hash in its name.
  const file = `remoteEntry.${createHash("sha256").update(remote).digest("hex").slice(0, 16)}.js`;
  await writeFile(join(folder, file), remote);
  const init = await readFile(join(HERE, "..", "widget", "turnwise", "__init__.py"), "utf8");
  const manifest = {
    name: "turnwise",
    version: /__version__ = "(.*)"/.exec(init)[1],
    description: "Shows the conversations of saved notebooks",
    license: "BSD-3-Clause",
    jupyterlab: { _build: { load: `static/${file}`, mimeExtension: "./mimeExtension" } },
  };
  await writeFile(join(LABEXTENSION, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  console.log(`labextension: ${kib(remote.length)} at once, the widget's module when it is needed`);
}

function zipped(module) {
  return gzipSync(module, { level: 9 }).length;
}

function kib(bytes) {
  return `${(bytes / 1024).toFixed(1)} KiB`;
}

async function develop() {
  await mkdir(OUT, { recursive: true });
  const widget = await esbuild.context({ ...WIDGET, minify: false, sourcemap: "inline" });
  const addons = await Promise.all(ADDONS.map((addon) => esbuild.context(addon)));
  const [harness, ...lent] = await Promise.all(HARNESSES.map((one) => esbuild.context(one)));
  await Promise.all([widget, ...addons, harness, ...lent].map((context) => context.watch()));
  const { port } = await harness.serve({ servedir: join(HERE, "dev"), host: "127.0.0.1" });
  console.log(`the harness is at http://127.0.0.1:${port}/, and widget.js is built on every change`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (process.argv.includes("--dev")) await develop();
  else if (process.argv.includes("--harness")) await Promise.all(HARNESSES.map((one) => esbuild.build(one)));
  else await build({ checkSize: process.argv.includes("--check-size") });
}
