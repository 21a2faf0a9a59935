// anywidget's side of the contract, without Jupyter: one model, any number of views, and a kernel that is Python.
class Model {
  sent = [];
  saved = [];
  broken = false;
  #state;
  #dirty = {};
  #listeners = new Map();

  constructor(state) {
    this.#state = { ...state };
  }

  get(name) {
    return this.#state[name];
  }

  set(name, value) {
    if (JSON.stringify(this.#state[name]) === JSON.stringify(value)) return;
    this.#state[name] = value;
    this.#dirty[name] = value;
    this.emit(`change:${name}`, this, value);
    this.emit("change", this);
  }

  save_changes() {
    if (Object.keys(this.#dirty).length > 0) this.saved.push(this.#dirty);
    this.#dirty = {};
  }

  on(names, listener) {
    for (const name of names.split(/\s+/)) {
      this.#listeners.set(name, [...(this.#listeners.get(name) ?? []), listener]);
    }
  }

  off(names, listener) {
    for (const name of names?.split(/\s+/) ?? [...this.#listeners.keys()]) {
      const left = this.#listeners.get(name)?.filter((one) => listener && one !== listener);
      this.#listeners.set(name, left ?? []);
    }
  }

  send(content) {
    if (this.broken) throw new Error("Cannot send");
    this.sent.push(structuredClone(content));
    if (content.kind === "addon") bare.lend(content.name);
    if (content.kind === "ask") bare.tell(content, null);
  }

  /** The trait changes on the kernel's side. */
  receiveState(name, value) {
    this.#state[name] = value;
    this.emit(`change:${name}`, this, value);
    this.emit("change", this);
  }

  emit(name, ...args) {
    for (const listener of this.#listeners.get(name) ?? []) listener(...args);
  }
}

const views = [];
let widget;
let ended;

window.bare = {
  model: null,

  async start(traits) {
    bare.model = new Model(traits);
    const module = await import("/widget.js");
    widget = typeof module.default === "function" ? await module.default() : module.default;
    ended = new AbortController();
    await widget.initialize?.({ model: bare.model, signal: ended.signal });
  },

  async view() {
    const el = document.createElement("div");
    el.className = "view";
    document.querySelector("main").append(el);
    const gone = new AbortController();
    const cleanup = await widget.render({ model: bare.model, el, signal: gone.signal });
    views.push({ el, gone, cleanup });
  },

  closeView(index) {
    const [view] = views.splice(index, 1);
    view.gone.abort();
    view.cleanup?.();
    view.el.remove();
  },

  feed(messages) {
    for (const message of messages) bare.model.emit("msg:custom", message, []);
  },

  /** The kernel answers to a page that asks for an add-on. */
  async lend(name) {
    const source = await (await fetch(`/${name}.js`)).arrayBuffer();
    bare.model.emit("msg:custom", { kind: "addon", name }, [new DataView(source)]);
  },

  /** The kernel answers to a page that asks for more of a step. */
  tell({ part, what }, value) {
    const json = new TextEncoder().encode(JSON.stringify(value));
    bare.model.emit("msg:custom", { kind: "told", part, what }, [new DataView(json.buffer)]);
  },

  close() {
    ended.abort();
  },
};
