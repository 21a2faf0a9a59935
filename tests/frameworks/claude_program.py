"""The program of the Claude Agent SDK, as its wheels bring it, with a model and a home of the tests' own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from claude_agent_sdk import ClaudeAgentOptions

if TYPE_CHECKING:
    from wire_server import WireServer

_OURS_ALONE = (
    "ANTHROPIC_AUTH_TOKEN",
    "CLAUDE_CODE_OAUTH_TOKEN",
    "CLAUDE_CODE_USE_BEDROCK",
    "CLAUDE_CODE_USE_VERTEX",
)
"""Variables by which a developer's own program would find another model, and keys."""


def options(wire: WireServer, home: str, **given: Any) -> ClaudeAgentOptions:
    """Of an agent without tools of its own, whose every request goes to ``wire``, once."""
    env = {
        **dict.fromkeys(_OURS_ALONE, ""),
        "ANTHROPIC_BASE_URL": wire.url.removesuffix("/v1"),
        "ANTHROPIC_API_KEY": "none",
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
        "CLAUDE_CODE_EMIT_SESSION_STATE_EVENTS": "1",
        "CLAUDE_CODE_MAX_RETRIES": "0",
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
    return ClaudeAgentOptions(**own | {"env": env, "cwd": home} | given)
