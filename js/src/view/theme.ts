/**
 * Whether the page is light or dark, from whoever knows: the notebook's theme, the editor's, the system's.
 *
 * Colours themselves come from the host's variables (`theme.css`); this decides only what is used where there are none,
 * and how the browser draws scrollbars and fields.
 */

export type Scheme = "light" | "dark";

export function scheme(): Scheme {
  const { body, documentElement: root } = document;
  const jupyter = body.dataset["jpThemeLight"];
  if (jupyter !== undefined) return jupyter === "false" ? "dark" : "light";
  if (body.dataset["vscodeThemeKind"] !== undefined)
    return /dark|high-contrast$/.test(body.dataset["vscodeThemeKind"]) ? "dark" : "light";
  const said = [body, root].map((element) => element.getAttribute("theme") ?? element.dataset["theme"]);
  if (said.includes("dark") || [body, root].some((element) => element.classList.contains("dark")))
    return "dark";
  if (said.includes("light") || [body, root].some((element) => element.classList.contains("light")))
    return "light";
  return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

/** Whether the reader wants lines and grey text to stand out, as a theme of that name or the system says. */
export function isContrasting(): boolean {
  const { jpThemeName, vscodeThemeKind } = document.body.dataset;
  return (
    /contrast/i.test(`${jpThemeName} ${vscodeThemeKind}`) || matchMedia("(prefers-contrast: more)").matches
  );
}

/** Calls `changed` now and whenever the scheme may have changed, until `signal` is aborted. */
export function watchScheme(changed: (scheme: Scheme) => void, signal: AbortSignal): void {
  const update = () => changed(scheme());
  const observer = new MutationObserver(update);
  for (const element of [document.body, document.documentElement])
    observer.observe(element, { attributes: true });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", update, { signal });
  signal.addEventListener("abort", () => observer.disconnect());
  update();
}
