/** Copying, also where the page is not a secure context and has no clipboard interface. */

import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Icon } from "./icons.tsx";
import { useSay } from "./words.ts";

interface Props {
  readonly text: () => string;
  readonly label: string;
}

export function CopyButton({ text, label }: Props): JSX.Element {
  const say = useSay();
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 1600);
    return () => clearTimeout(timer);
  }, [copied]);
  return (
    <button
      type="button"
      class="ghost"
      data-action="copy"
      data-copied={copied}
      aria-label={copied ? say("copied") : label}
      title={copied ? say("copied") : label}
      onClick={async (event) => setCopied(await copy(text(), event.currentTarget))}
    >
      <Icon name={copied ? "check" : "copy"} />
    </button>
  );
}

async function copy(text: string, near: HTMLElement): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text, near);
  }
}

/** The old way: it copies what is selected, so a field that nobody sees is selected for a moment. */
function copyBySelection(text: string, near: HTMLElement): boolean {
  const field = document.createElement("textarea");
  field.value = text;
  field.style.cssText = "position:fixed;opacity:0;pointer-events:none";
  near.after(field);
  field.select();
  const copied = document.execCommand("copy");
  field.remove();
  near.focus({ preventScroll: true });
  return copied;
}
