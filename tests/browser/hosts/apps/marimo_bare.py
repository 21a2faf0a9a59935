"""marimo, with the chat as it is."""

import marimo

app = marimo.App()


@app.cell
def _():
    from turnwise import AgentChat, demo

    chat = AgentChat(demo.agent(pace=0.004), title="Climate")
    chat
    return


if __name__ == "__main__":
    app.run()
