"""An adapter in a package of its own, ``tests/plugin_example``, installed as users install one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

EXAMPLE = Path(__file__).parents[1] / "plugin_example"
PACKAGE = Path(__file__).parents[2] / "widget"

SCRIPT = """
import asyncio, json, sys
import turnwise
from turnwise.adapters import adapter_for

assert "turnwise_parrot" not in sys.modules
from parrot import Parrot

class Macaw(Parrot):
    pass

async def main():
    agent = Macaw("Polly")
    turns = [event.turn async for event in turnwise.stream(agent, "hello you") if event.type == "turn_start"]
    chat = turnwise.AgentChat(agent)
    run = await chat.send("again")
    print(json.dumps({
        "adapter": type(adapter_for(agent)).__module__,
        "name": chat.agent_name,
        "system": adapter_for(agent).describe().system,
        "turns": turns,
        "status": run.status,
        "tools": [[tool.name, tool.result] for turn in run.turns for tool in turn.tools],
        "said": [turn.text for turn in run.turns],
        "notices": [notice.message for notice in run.notices],
    }))

asyncio.run(main())
"""


def test_an_installed_adapter_is_found_by_the_class_of_its_agent(tmp_path: Path) -> None:
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps"]
    subprocess.run([*install, "--no-build-isolation", "--target", tmp_path, EXAMPLE], check=True)
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), str(PACKAGE)])}
    ran = subprocess.run(
        [sys.executable, "-c", SCRIPT], env=env, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    told = json.loads(ran.stdout)
    assert told.pop("notices") != [], "what it does not know is reported"
    assert told == {
        "adapter": "turnwise_parrot",
        "name": "Parrot · Polly",
        "system": "Repeat what you hear.",
        "turns": [1, 2],
        "status": "complete",
        "tools": [["remember", 2]],
        "said": ["Hm. ", "again! "],
    }
