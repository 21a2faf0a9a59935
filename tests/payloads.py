"""What attacks whoever shows it, in every field that a model, a tool or a provider fills (see js/tests/payloads.ts)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conversations import transcript
from turnwise import (
    ApprovalRequest,
    ApprovalResponse,
    Data,
    Failure,
    File,
    LaneStart,
    Reasoning,
    Source,
    Text,
    ToolCall,
    ToolOutput,
    ToolResult,
    TurnStart,
)

if TYPE_CHECKING:
    from turnwise import Transcript

EVIL = "https://evil.example"

PAYLOADS = (
    "<script>alert(1)</script>",
    f'<img src="{EVIL}/i" onerror="alert(1)">',
    f"![i]({EVIL}/i.png) ![r][ref] [![a]({EVIL}/1)]({EVIL}/2)\n\n[ref]: {EVIL}/ref.png",
    "[x](javascript:alert(1)) [y](java\tscript:alert(1)) [z](&#106;avascript:alert(1)) <javascript:alert(1)>",
    "[x](data:text/html;base64,PHNjcmlwdD4=) [y](vbscript:x) ![z](data:image/svg+xml;base64,PHN2Zz4=)",
    "</details></div></pre></blockquote></style></script><!--",
    f'<style>@import "{EVIL}/c.css"</style><svg onload=alert(1)><math><iframe srcdoc="<script>">',
    f"```html\n<script src={EVIL}/x.js></script>",
    f"~~~~\n```\n<img src={EVIL}/fence>",
    f'" onmouseover="alert(1)" x="\' autofocus onfocus=alert(1) `{EVIL}`',
    f"$\\href{{javascript:alert(1)}}{{x}}$ \\(<img src={EVIL}/m>\\) $$</div><script>$$",
    f"|a|\n|-|\n|<img src={EVIL}/t onerror=alert(1)>|",
    f"<div\nonclick=alert(1)>\n<a href='javascript:alert(1)'>x</a>\n</div> <{EVIL}/auto>",
    f"\x1b]8;;{EVIL}/osc\x07link\x1b]8;;\x07\x00<scr\x00ipt>alert(1)</script>",
    f"``` <img src={EVIL}/info>\ncode\n```\n<img src={EVIL}/after>",
    f"`a\n\n<img src={EVIL}/span>` ``b` <img src={EVIL}/span2>``",
    f"# heading\n\n---\n> <script>\n- [ ] <img src={EVIL}/li>\n    <b>indented</b>",
)


def hostile(text: str) -> Transcript:
    """A conversation that says ``text`` wherever anything can be said."""
    out = transcript(
        [
            TurnStart(agent=text, model=text),
            Reasoning(text),
            Text(text),
            ToolCall(text, {"a": text, text: 1}, call_id="1"),
            ApprovalRequest(call_id="1", message=text),
            ApprovalResponse("denied", reason=text, call_id="1"),
            ToolCall(text, text, call_id="2"),
            ToolOutput(text, call_id="2", stream="stdout"),
            ToolOutput(display={"text/html": text, "image/svg+xml": text}, call_id="2", stream="display"),
            LaneStart("inner", agent=text, parent_call_id="2"),
            Text(text, lane="inner"),
            ToolResult({"mimebundle": {"image/png": text, "text/html": text, text: text}}, call_id="2"),
            ToolCall("ok", {}, call_id="3"),
            ToolResult(text, call_id="3", outcome="error"),
            Source(url=text, title=text, snippet=text),
            Source(url="javascript:alert(1)", title=text),
            File(text.encode(), name=text, media_type="image/png"),
            File(name=text, media_type=text, url=text),
            Data(text, {"x": text}),
            Text(text),
        ],
        status="error",
        error=Failure(kind=text, message=text, detail=text),
    )
    out.runs[0].prompt = text
    return out
