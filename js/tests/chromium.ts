/** The system's Chromium, and the harness as a site of its own in it: nothing is served from anywhere else. */

import { existsSync, readFileSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";

const NAMES = [
  process.env["CHROMIUM"] ?? "",
  "chromium",
  "chromium-browser",
  "google-chrome",
  "google-chrome-stable",
];
export const CHROMIUM = NAMES.filter((name) => name !== "")
  .flatMap((name) => (process.env["PATH"] ?? "").split(delimiter).map((folder) => resolve(folder, name)))
  .find((path) => existsSync(path));
export const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--disable-dev-shm-usage",
];
export const ORIGIN = "http://harness.test/";
const TYPES: Readonly<Record<string, string>> = { html: "text/html", css: "text/css", js: "text/javascript" };

export function launch(): Promise<Browser> {
  return chromium.launch({ executablePath: CHROMIUM ?? "", args: FLAGS });
}

const DOT =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==";

/** Answers the page's requests; those that go elsewhere are noted in `requests`, and get an image, or none if it is `gone`. */
export async function serve(page: Page, requests: string[]): Promise<void> {
  await page.route("**/*", (route) => {
    const url = new URL(route.request().url());
    if (url.origin !== new URL(ORIGIN).origin) {
      requests.push(url.href);
      const body = url.pathname.includes("gone") ? "" : Buffer.from(DOT, "base64");
      return route.fulfill({ body, contentType: "image/png" });
    }
    const path = url.pathname.slice(1) || "index.html";
    const body = readFileSync(join(process.cwd(), "dev", path), "utf8");
    return route.fulfill({ body, contentType: TYPES[path.split(".").at(-1) ?? ""] ?? "text/plain" });
  });
}
