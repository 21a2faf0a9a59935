/**
 * Keeps the newest line in sight while the reader wants that, and the reader's place otherwise.
 *
 * Any sign that the reader wants to stay lets go at once: wheel, touch, keys that scroll or that move the focus into the
 * transcript, a selection. Reaching the end again takes hold again. Only the transcript scrolls, never the notebook.
 */

import { type Signal, signal } from "@preact/signals-core";
import { isSelected } from "../markdown/look.ts";

/** Pixels from the end that count as the end. */
const NEAR = 12;
/** Pixels above what is shown. */
const MARGIN = 10;
/** Pixels below it, where what scrolls away fades. */
const BELOW = 40;
/** Frames in which what is shown may still move. */
const ROUNDS = 4;
/** How far from what is in sight things are made. */
const CLOSE = "1500px 0px";
/** Of what is in sight, how much may go by in a frame for things to be made meanwhile: what flies past is not. */
const CALM = 0.25;
const SECTION = '[data-part="run"]';
const UP_KEYS = new Set(["ArrowUp", "PageUp", "Home"]);

export class Scroller {
  /** Whether the view follows what is added. */
  readonly following: Signal<boolean> = signal(true);
  /** Whether there is something below that the view does not follow. */
  readonly behind: Signal<boolean> = signal(false);
  #element: HTMLElement | null = null;
  /** The reader opened something: take hold again as soon as the end is in sight. */
  #held = false;
  #top = 0;
  #dragging = false;
  #near: IntersectionObserver | null = null;
  readonly #waiting = new Map<Element, () => void>();
  /** Those of them that are to be made. */
  readonly #close = new Set<Element>();
  #making = false;
  /** Without layout, for JupyterLab shows other cells. */
  #away = false;

  /** Takes care of `element`, which scrolls `content`, until the returned function is called. */
  attach(element: HTMLElement, content: HTMLElement): () => void {
    this.#element = element;
    const resized = new ResizeObserver(() => this.#resized());
    resized.observe(element);
    resized.observe(content);
    const stop = new AbortController();
    const on = <K extends keyof HTMLElementEventMap>(
      type: K,
      listener: (event: HTMLElementEventMap[K]) => void,
    ) => element.addEventListener(type, listener, { passive: true, signal: stop.signal });
    on("scroll", () => this.#scrolled());
    on("wheel", (event) => {
      if (event.deltaY < 0) this.release();
    });
    on("keydown", (event) => {
      if (UP_KEYS.has(event.key) || (event.key === " " && event.shiftKey)) this.release();
    });
    on("focusin", ({ target }) => {
      if (target !== element && target instanceof Element && target.matches(":focus-visible")) this.release();
    });
    const selected = () => {
      if (isSelected(content)) this.release();
    };
    document.addEventListener("selectionchange", selected, { signal: stop.signal });
    let touched = 0;
    on("touchstart", (event) => {
      touched = event.touches[0]?.clientY ?? 0;
    });
    on("touchmove", (event) => {
      if ((event.touches[0]?.clientY ?? 0) > touched + 2) this.release();
    });
    let pressed: { readonly x: number; readonly y: number } | null = null;
    on("pointerdown", (event) => {
      pressed = event.pointerType === "mouse" && event.button === 0 ? { x: event.x, y: event.y } : null;
    });
    on("pointermove", (event) => {
      if (pressed === null || event.buttons === 0) return;
      if (Math.hypot(event.x - pressed.x, event.y - pressed.y) < 4) return;
      // A drag that selects text scrolls nothing by itself.
      this.#dragging = true;
      this.release();
    });
    const released = () => {
      pressed = null;
      this.#dragging = false;
    };
    window.addEventListener("pointerup", released, { signal: stop.signal });
    window.addEventListener("pointercancel", released, { signal: stop.signal });
    this.#resized();
    return () => {
      stop.abort();
      resized.disconnect();
      this.#near?.disconnect();
      this.#near = null;
      this.#element = null;
    };
  }

  /**
   * Calls `run` once `element`, of the transcript, is in sight or close to it, unless it is called off: for one element
   * in a frame, so that none of them is late.
   */
  whenNear(element: Element, run: () => void): () => void {
    this.#near ??= new IntersectionObserver(
      (entries) => {
        for (const { target, isIntersecting } of entries)
          if (isIntersecting && this.#waiting.has(target)) this.#close.add(target);
          else this.#close.delete(target);
        if (!this.#making) this.#make(this.#top);
      },
      { root: this.#element ?? element.closest(".scroller"), rootMargin: CLOSE },
    );
    this.#waiting.set(element, run);
    this.#near.observe(element);
    return () => this.#forget(element);
  }

  #forget(element: Element): void {
    this.#near?.unobserve(element);
    this.#waiting.delete(element);
    this.#close.delete(element);
  }

  /** Makes the nearest of what is close in each frame, until nothing is left. `top` is where it stood before. */
  #make(top: number): void {
    this.#making = this.#close.size > 0;
    if (!this.#making) return;
    requestAnimationFrame(() => {
      const now = this.#top;
      const frame = this.#element?.getBoundingClientRect();
      if (frame && Math.abs(now - top) <= frame.height * CALM) this.#makeNearest(frame);
      this.#make(now);
    });
  }

  #makeNearest(frame: DOMRect): void {
    let [nearest, least] = [null as Element | null, Number.POSITIVE_INFINITY];
    for (const one of this.#close) {
      const { top, bottom } = one.getBoundingClientRect();
      const away = Math.max(top - frame.bottom, frame.top - bottom);
      if (away < least) [nearest, least] = [one, away];
    }
    if (nearest === null) return;
    const run = this.#waiting.get(nearest);
    this.#forget(nearest);
    run?.();
  }

  /** Goes to the end and follows it from now on. */
  follow(): void {
    this.following.value = true;
    this.#toEnd();
    this.#look();
  }

  toStart(): void {
    this.release();
    if (this.#element !== null) this.#element.scrollTop = 0;
  }

  /** What is around the focus, if it is in the transcript. */
  focused(selector: string): HTMLElement | null {
    return this.#element?.querySelector(":focus")?.closest<HTMLElement>(selector) ?? null;
  }

  /** Stays where the reader is. */
  release(): void {
    if (this.#overflow() > 0) this.following.value = false;
    this.#held = false;
    this.#look();
  }

  /** Stays for what is about to be opened or closed; follows again if the end is still in sight after it. */
  hold(): void {
    if (!this.following.value) return;
    this.following.value = false;
    this.#held = true;
  }

  /** Scrolls no further than it takes to see `found`, which is about to be drawn. */
  reveal(found: Element): void {
    requestAnimationFrame(() => {
      const element = this.#element;
      if (element === null) return;
      const [frame, inner] = [element.getBoundingClientRect(), found.getBoundingClientRect()];
      const below = inner.bottom + BELOW - frame.bottom;
      if (below > 0) element.scrollTop += Math.min(below, inner.top - frame.top);
      else if (inner.top < frame.top) element.scrollTop += inner.top - frame.top;
    });
  }

  /** Scrolls to an element of the transcript and gives it the focus. */
  show(target: HTMLElement): void {
    this.release();
    target.focus({ preventScroll: true });
    this.#settle(target, MARGIN);
  }

  /** The same for the last, and so the innermost, of what `selector` finds once it is drawn. */
  showDrawn(selector: string): void {
    requestAnimationFrame(() => {
      const all = this.#element?.querySelectorAll<HTMLElement>(selector) ?? [];
      const found = [...all].findLast((one) => one.closest("[hidden]") === null);
      if (found) this.show(found);
    });
  }

  /** The turn that comes after or before the one with the focus, or else the one at the top; `null` at either end. */
  neighbour(selector: string, step: 1 | -1): HTMLElement | null {
    const element = this.#element;
    if (element === null) return null;
    const all = [...element.querySelectorAll<HTMLElement>(selector)].filter(
      (one) => one.closest("[hidden]") === null,
    );
    const focused = this.focused(selector);
    const top = element.getBoundingClientRect().top + MARGIN + 1;
    const at = focused === null ? -1 : all.indexOf(focused);
    if (at >= 0) return all[at + step] ?? null;
    const [section] = this.#inSight();
    const from = all.findIndex((one) => section?.contains(one));
    const next = all.findIndex((one, n) => n >= from && one.getBoundingClientRect().top > top);
    if (step === 1) return all[next] ?? all.at(-1) ?? null;
    return (next < 0 ? all.at(-2) : all[next - 1]) ?? all[0] ?? null;
  }

  /** The first sections that are in sight or follow it. To ask one that is not laid out for its inside would lay it out. */
  #inSight(): readonly Element[] {
    const element = this.#element;
    if (element === null) return [];
    const top = element.getBoundingClientRect().top;
    const all = [...element.querySelectorAll(SECTION)];
    const first = all.findIndex((one) => one.getBoundingClientRect().bottom > top);
    return first < 0 ? [] : all.slice(first, first + 3);
  }

  /** Remembers what is in sight. The returned function puts it back where it was, after the content has changed. */
  keep(): () => void {
    const element = this.#element;
    if (element === null || element.clientHeight === 0 || this.following.peek()) return () => this.#resized();
    const top = element.getBoundingClientRect().top;
    const places = this.#inSight()
      .flatMap((section) => [...section.querySelectorAll("[data-anchor]")])
      .map((anchor) => ({ anchor, rect: anchor.getBoundingClientRect() }))
      .filter(({ rect }) => rect.height > 0 && rect.bottom > top)
      .map(({ anchor, rect }) => ({ anchor, at: rect.top - top }));
    return () => {
      const place = places.find(({ anchor }) => anchor.getBoundingClientRect().height > 0);
      if (place === undefined) return;
      // What was read is gone: what follows it comes into sight instead.
      this.#settle(place.anchor, Math.min(place.at, element.clientHeight / 3));
    };
  }

  /**
   * Puts what is found `wanted` pixels below the top. What was never in sight has a guessed height until it is, so that
   * what is above may move once more: it is put there again, for a few frames.
   */
  #settle(target: Element, wanted: number, rounds = ROUNDS): void {
    const element = this.#element;
    if (element === null || rounds === 0) return;
    const away = target.getBoundingClientRect().top - element.getBoundingClientRect().top - wanted;
    element.scrollTop += away;
    if (rounds < ROUNDS && Math.abs(away) <= 1) return;
    requestAnimationFrame(() => this.#settle(target, wanted, rounds - 1));
  }

  #overflow(): number {
    const element = this.#element;
    return element === null ? 0 : element.scrollHeight - element.clientHeight;
  }

  #fromEnd(): number {
    return this.#overflow() - (this.#element?.scrollTop ?? 0);
  }

  #toEnd(): void {
    const element = this.#element;
    // A cell that is scrolled far away has no layout: its heights read 0.
    if (element === null || element.clientHeight === 0) return;
    element.scrollTop = element.scrollHeight;
    this.#top = element.scrollTop;
  }

  #resized(): void {
    const away = this.#element?.clientHeight === 0;
    if (this.#held && !away) {
      this.#held = false;
      if (this.#fromEnd() <= NEAR) this.following.value = true;
    }
    if (this.following.peek()) this.#toEnd();
    // A cell that comes back from far away has lost its place.
    else if (this.#away && !away && this.#element) this.#element.scrollTop = this.#top;
    this.#away = away;
    this.#look();
  }

  #look(): void {
    this.behind.value = !this.following.peek() && this.#fromEnd() > BELOW;
  }

  #scrolled(): void {
    const element = this.#element;
    if (element === null || element.clientHeight === 0) return;
    const down = element.scrollTop > this.#top;
    const up = element.scrollTop < this.#top;
    this.#top = element.scrollTop;
    const end = this.#fromEnd() <= NEAR;
    if (down && end && !this.#dragging) this.following.value = true;
    else if (up && !end) this.following.value = false;
    this.#look();
  }
}
