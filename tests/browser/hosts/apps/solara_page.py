"""Solara: a chat for each visitor, made once."""

import solara
from turnwise import AgentChat, demo


@solara.component
def Page():
    chat = solara.use_memo(lambda: AgentChat(demo.agent(pace=0.004), title="Climate"), [])
    solara.display(chat)
