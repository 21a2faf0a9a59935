"""The conversation with the page's own front end and without a kernel: a snapshot, and one file that shows it.

The snapshot is what the kernel would tell a page that connects: settings, and the ops of the shortest way there. It is
the saved output's own media type (the JupyterLab extension in ``js/src/saved`` draws it) and the heart of the file.
The file has a policy that allows no request, and the scripts that it runs by their hash: what it shows was written by
models and tools.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..jsonable import jsonable
from ..ops import SetRequest
from ..wholes import MOST
from ..wire import page_op
from . import static_html

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from ..ops import Op
    from ..transcript import Transcript

MIME = "application/vnd.turnwise.chat.v1+json"
"""Media type of a snapshot in a saved notebook."""

STATIC = Path(__file__).parents[1] / "static"
ADDONS = ("highlight", "math", "panels")
FRAMES = (
    "sha256-2OsU56Qy07zazGfUYpuRFiZgtUNN7ff3k3HN+VGxH5Q=",
    "sha256-ugNuC0F1PzgliOLhtDlUWBeal42R/ze59XpZbAMLBio=",
)
"""Hashes of the scripts in the frames of tools' HTML, which measure it: frames inherit the policy of the file.
``js/tests/framed.test.ts`` compares them with ``js/src/view/framed.ts``."""


def snapshot(ops: Iterable[Op], settings: Mapping[str, Any], name: str = "") -> dict[str, Any]:
    """The conversation of ``ops`` for a page without a kernel; large results as previews.

    ``settings`` are the traits of ``AgentChat`` that the page reads; ``name`` tells one chat's output from another's.
    """
    return {"name": name, "settings": dict(settings), "ops": [page_op(op) for op in ops]}


def without_requests(ops: Iterable[Op]) -> Iterator[Op]:
    """``ops`` without what models were sent: a page asks a kernel for that, so it would only lie in the file."""
    return (op for op in ops if not isinstance(op, SetRequest))


def html(transcript: Transcript, settings: Mapping[str, Any]) -> str:
    """One file with everything in it: the front end, its add-ons, the conversation, and large results whole.

    Raises ``FileNotFoundError`` if the front end is not built.
    """
    shown = snapshot(without_requests(transcript.snapshot()), settings)
    previews = [op for op in shown["ops"] if op["op"] == "set_result" and op["size"] is not None]
    wholes = {
        op["part"]: jsonable(getattr(transcript.part(op["part"]), "result", None), limits=MOST)
        for op in previews
    }
    sources = {name: _built(f"{name}.js") for name in ("widget", *ADDONS)}
    script = _built("page.js")
    licences = _built("widget.js.LICENSES.txt")  # of what is in the sources
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    hashes = " ".join(f"'{one}'" for one in (f"sha256-{digest}", *FRAMES))
    policy = (
        f"default-src 'none'; script-src {hashes} blob:; style-src 'unsafe-inline'; "
        "img-src data: blob:; media-src data: blob:; font-src data:; frame-src blob:; "
        "base-uri 'none'; form-action 'none'"
    )
    title = str(settings.get("title") or settings.get("agent_name") or "Conversation")
    # The page without scripts, for previews that run none.
    plain = static_html.conversation(transcript)
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
<title>{escape(title)}</title>
<style>{_PAGE}</style>
</head>
<body>
<main id="chat"></main>
<noscript>{plain}</noscript>
{_data("conversation", shown)}
{_data("wholes", wholes)}
{_data("sources", sources)}
{_data("licences", licences)}
<script type="module">{script}</script>
</body>
</html>
"""


_PAGE = (
    "html{background:light-dark(#fff,#17181a)}body{margin:0;padding:12px;box-sizing:border-box;"
    "font-family:system-ui,sans-serif}main{max-width:64rem;margin:auto}@media print{body{padding:0}}"
)


def _data(name: str, value: object) -> str:
    return f'<script type="application/json" id="{name}">{in_script(value)}</script>'


def in_script(value: object) -> str:
    """JSON that cannot end, or hide, the script element that it stands in."""
    return re.sub(r"<(?=[/!sS])", r"\\u003c", json.dumps(value, ensure_ascii=False, allow_nan=False))


def _built(name: str) -> str:
    path = STATIC / name
    if not path.exists():
        raise FileNotFoundError(f"{path} is not there: the front end is not built; `make setup` builds it")
    return path.read_text("utf-8")
