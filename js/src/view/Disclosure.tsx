/** A line that opens what belongs to it. What is inside is made when it is first opened, and kept. */

import type { ComponentChildren, JSX } from "preact";
import { useId, useRef } from "preact/hooks";
import { Icon } from "./icons.tsx";
import { useView } from "./view.ts";

interface Props {
  /** What the reader's choice is remembered by. */
  readonly id: string;
  readonly class?: string;
  readonly line: ComponentChildren;
  readonly title?: string | undefined;
  /** Whether it is open until the reader chooses. */
  readonly initially?: boolean;
  /** It has to be seen: it is open whatever the reader chose. */
  readonly pinned?: boolean;
  readonly children: () => ComponentChildren;
}

export function Disclosure({
  id,
  class: name,
  line,
  title,
  initially,
  pinned,
  children,
}: Props): JSX.Element {
  const open = useOpen(id, initially) || pinned === true;
  const body = useId();
  return (
    <>
      <Opener id={id} controls={body} class={name} title={title} open={open} pinned={pinned}>
        {line}
      </Opener>
      <Lazy id={body} open={open}>
        {children}
      </Lazy>
    </>
  );
}

/** Whether the reader opened it. */
export function useOpen(id: string, initially = false): boolean {
  return useView().choice(id).value ?? initially;
}

interface OpenerProps {
  readonly id: string;
  readonly open: boolean;
  readonly controls?: string;
  readonly class?: string | undefined;
  readonly title?: string | undefined;
  readonly pinned?: boolean | undefined;
  readonly children: ComponentChildren;
}

export function Opener({
  id,
  open,
  controls,
  class: name,
  title,
  pinned,
  children,
}: OpenerProps): JSX.Element {
  const view = useView();
  const toggle = () => {
    view.scroller.hold();
    view.choice(id).value = !open;
  };
  return (
    <button
      type="button"
      class={`opener ${name ?? ""}`}
      data-action="toggle"
      aria-expanded={open}
      aria-controls={controls}
      title={title}
      disabled={pinned}
      onClick={toggle}
    >
      {children}
      {pinned !== true && <Icon name="chevron" />}
    </button>
  );
}

interface LazyProps {
  readonly id: string;
  readonly open: boolean;
  readonly children: () => ComponentChildren;
}

function Lazy({ id, open, children }: LazyProps): JSX.Element {
  const wasOpen = useRef(false);
  wasOpen.current ||= open;
  return (
    <div id={id} class="opened" hidden={!open}>
      {wasOpen.current && children()}
    </div>
  );
}
