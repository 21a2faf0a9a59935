// Runs inside JupyterLab, which shows itself as window.jupyterapp (expose_app_in_browser): commands and models
// instead of clicks on menus that move from release to release.
window.lab = {
  panel(path) {
    for (const widget of window.jupyterapp?.shell.widgets("main") ?? []) {
      if (widget.context?.path === path && widget.content?.widgets) return widget;
    }
    return null;
  },

  /** The notebook is there, with or without a kernel. */
  opened(path) {
    return lab.panel(path)?.context.isReady === true;
  },

  /** The notebook is there, and its kernel, busy or not. */
  connected(path) {
    const panel = lab.panel(path);
    const kernel = panel?.sessionContext.session?.kernel;
    return (
      panel?.context.isReady === true &&
      panel.sessionContext.isReady &&
      kernel?.connectionStatus === "connected" &&
      kernel.status !== "unknown"
    );
  },

  idle(path) {
    return lab.connected(path) && lab.kernel(path).status === "idle";
  },

  themed(light) {
    const covered = document.getElementById("jupyterlab-splash") !== null;
    return document.body.dataset.jpThemeLight === String(light) && !covered;
  },

  collapseSidebars() {
    window.jupyterapp.shell.collapseLeft();
    window.jupyterapp.shell.collapseRight();
  },

  kernel(path) {
    return lab.panel(path).sessionContext.session.kernel;
  },

  /** Resolves when the cell has run; its outputs. */
  async run(path, index) {
    const panel = lab.panel(path);
    window.jupyterapp.shell.activateById(panel.id);
    panel.content.activeCellIndex = index;
    panel.content.deselectAll();
    await window.jupyterapp.commands.execute("notebook:run-cell");
    return lab.outputs(path, index);
  },

  outputs(path, index) {
    return lab.panel(path).content.widgets[index].model.outputs?.toJSON() ?? [];
  },

  executionCount(path, index) {
    return lab.panel(path).content.widgets[index].model.executionCount;
  },

  command(id, args) {
    return window.jupyterapp.commands.execute(id, args ?? {}).then(() => null);
  },

  /** The kernel answers through here while no cell is touched. A lost reply would wait for ever, hence the limit. */
  async execute(path, code, expression, ms) {
    const future = lab.kernel(path).requestExecute({
      code,
      silent: true,
      store_history: false,
      allow_stdin: false,
      user_expressions: expression ? { value: expression } : {},
    });
    const late = new Promise((_, reject) =>
      setTimeout(() => reject(new Error(`the kernel did not answer within ${ms} ms`)), ms),
    );
    const { content } = await Promise.race([future.done, late]);
    if (content.status !== "ok") return { error: content.traceback?.join("\n") ?? content.status };
    const value = content.user_expressions?.value;
    if (value && value.status !== "ok") return { error: value.traceback?.join("\n") ?? value.evalue };
    return { value: value?.data["text/plain"] ?? null };
  },

  async save(path) {
    await lab.panel(path).context.save();
  },

  async restart(path) {
    await lab.panel(path).sessionContext.restartKernel();
  },
};
