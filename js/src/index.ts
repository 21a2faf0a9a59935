/**
 * The widget's module, as anywidget loads it: once for each model, so that nothing here may be shared between models.
 *
 * Entry points to be aware of: `protocol.ts` is the wire, `transcript.ts` the replica and its one reducer,
 * `connection.ts` what is asked when, `store.ts` joins them, `view/` draws.
 */

import { type Model, type Scheduler, Store } from "./store.ts";
import { mount } from "./view/mount.tsx";

interface Initialize {
  readonly model: Model;
  readonly signal?: AbortSignal;
}

interface Render {
  readonly el: HTMLElement;
  readonly signal?: AbortSignal;
  readonly host?: unknown;
}

type Cleanup = () => void;

/** How long a window that does not paint waits for its next frame. */
const HIDDEN_FRAME = 120;

const scheduler: Scheduler = {
  now: () => Date.now() / 1000,
  after(ms, run) {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
  frame(run) {
    let done = false;
    const once = () => {
      if (done) return;
      done = true;
      cancelAnimationFrame(frame);
      clearTimeout(timer);
      run();
    };
    const frame = requestAnimationFrame(once);
    const timer = setTimeout(once, HIDDEN_FRAME);
  },
};

export default () => {
  let store: Store | null = null;
  return {
    initialize({ model, signal }: Initialize): Cleanup {
      const end = ending(signal);
      store = new Store(model, scheduler);
      store.connect(end.signal);
      return () => end.abort();
    },
    render({ el, signal, host }: Render): Cleanup {
      const end = ending(signal);
      try {
        if (store === null) throw new Error("the view came before its model");
        mount(store, el, end.signal, host);
      } catch (error) {
        el.textContent = `turnwise could not draw the chat: ${String(error)}`;
        throw error;
      }
      return () => end.abort();
    },
  };
};

/** Hosts say that something is over by a signal, by calling what they were given, or both. */
function ending(signal: AbortSignal | undefined): AbortController {
  const end = new AbortController();
  signal?.addEventListener("abort", () => end.abort());
  return end;
}
