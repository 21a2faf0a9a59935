"""marimo, with the chat wrapped: its traits are reactive, as a marimo author wants them."""

import marimo

app = marimo.App()


@app.cell
def _():
    import marimo as mo
    from turnwise import AgentChat, demo

    chat = mo.ui.anywidget(AgentChat(demo.agent(pace=0.004), title="Climate"))
    chat
    return


if __name__ == "__main__":
    app.run()
