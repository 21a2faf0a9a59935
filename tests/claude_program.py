"""The program of the Claude Agent SDK, as its wheels bring it, with a model and a home of the tests' own."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wire_server import WireServer

_AROUND = "node_modules/@agentclientprotocol/claude-agent-acp/dist/index.js"

_OURS_ALONE = (
    "ANTHROPIC_AUTH_TOKEN",
    "CLAUDE_CODE_OAUTH_TOKEN",
    "CLAUDE_CODE_USE_BEDROCK",
    "CLAUDE_CODE_USE_VERTEX",
)
"""Variables by which a developer's own program would find another model, and keys."""


def options(wire: WireServer, home: str, *, attempts: int = 1, **given: Any) -> dict[str, Any]:
    """For ``ClaudeAgentOptions``: an agent without tools of the program's, whose model is ``wire``.

    ``attempts``: how often a request is sent that fails.
    """
    env = {
        **dict.fromkeys(_OURS_ALONE, ""),
        "ANTHROPIC_BASE_URL": wire.url.removesuffix("/v1"),
        "ANTHROPIC_API_KEY": "none",
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
        "CLAUDE_CODE_MAX_RETRIES": str(attempts - 1),
        "CLAUDE_CODE_DISABLE_NONSTREAMING_FALLBACK": "1",
        "CLAUDE_CODE_TMPDIR": home,
        "CLAUDE_CONFIG_DIR": f"{home}/.claude",
        "DISABLE_AUTOUPDATER": "1",
        "DISABLE_TELEMETRY": "1",
        "HOME": home,
        "NO_PROXY": "127.0.0.1",
    }
    own: dict[str, Any] = {
        "model": "claude-fake",
        "system_prompt": "Be kind.",
        "tools": [],
        "setting_sources": [],
    }
    return own | {"env": env, "cwd": home} | given


def acp_agent(packages: str, wire: WireServer, home: str) -> tuple[list[str], dict[str, str]]:
    """The ACP agent around the program, of npm's folder ``packages``: its command, and its variables."""
    sdk = find_spec("claude_agent_sdk")
    assert sdk is not None
    assert sdk.origin is not None
    program = Path(sdk.origin).parent / "_bundled" / "claude"
    env = {"CLAUDE_CODE_EXECUTABLE": str(program), "ANTHROPIC_MODEL": "claude-fake"}
    env["IS_SANDBOX"] = ""  # in containers it would ask for rights that the program refuses to root
    return ["node", str(Path(packages, _AROUND).absolute())], options(wire, home)["env"] | env
