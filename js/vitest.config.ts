/** Components in the system's Chromium: `npm run components`. */

import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { playwright } from "@vitest/browser-playwright";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";
import { CHROMIUM, FLAGS } from "./tests/chromium.ts";

/** Stylesheets as text, as in the bundle: under a name that Vite does not take for a stylesheet's. */
const cssAsText: Plugin = {
  name: "css-as-text",
  enforce: "pre",
  resolveId(source, importer) {
    if (!source.endsWith(".css") || importer === undefined) return null;
    return `\0${join(dirname(importer), source)}.js`;
  },
  async load(id) {
    if (!id.startsWith("\0") || !id.endsWith(".css.js")) return null;
    return `export default ${JSON.stringify(await readFile(id.slice(1, -3), "utf8"))}`;
  },
};

export default defineConfig({
  plugins: [cssAsText],
  define: { ADDON_HASHES: { highlight: "test", math: "test", panels: "test" } },
  optimizeDeps: { include: ["axe-core", "temml", "preact/jsx-runtime", "@preact/signals"] },
  test: {
    include: ["tests/components/**/*.test.tsx"],
    browser: {
      enabled: true,
      headless: true,
      screenshotFailures: false,
      provider: playwright({ launchOptions: { executablePath: CHROMIUM ?? "chromium", args: [...FLAGS] } }),
      instances: [{ browser: "chromium" }],
      viewport: { width: 900, height: 900 },
    },
  },
});
