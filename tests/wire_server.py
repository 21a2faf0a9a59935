"""A server on this machine that answers with the very bytes of a recording, and misbehaves on request.

with WireServer([Answer(status=429, headers={"Retry-After": "0"}), *recorded("A")]) as server:
    OpenAIChat("model", base_url=server.url)

Each request takes the next answer. What the client sent is in ``server.requests``; that a client hung up in the middle
of an answer sets ``server.hung_up``.
"""

from __future__ import annotations

import json
import re
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from typing_extensions import Self

RECORDINGS = Path(__file__).parent / "recordings"
SSE = "text/event-stream; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP response. ``end`` is what follows the body: its proper end, a lost connection, or silence."""

    body: bytes = b""
    status: int = 200
    content_type: str = SSE
    headers: dict[str, str] = field(default_factory=dict[str, str])
    end: Literal["whole", "drop", "hang"] = "whole"
    crumb: int | None = None
    """Bytes per piece; ``None`` sends the body at once."""

    def pieces(self) -> Iterator[bytes]:
        size = self.crumb or len(self.body) or 1
        for at in range(0, len(self.body), size):
            yield self.body[at : at + size]


def sse(*payloads: object, done: bool = True) -> bytes:
    """Payloads (JSON values, or text as it is) as an event stream that ends with ``[DONE]``."""
    lines = [payload if isinstance(payload, str) else json.dumps(payload) for payload in payloads]
    return "".join(f"data: {line}\n\n" for line in [*lines, *(["[DONE]"] if done else [])]).encode()


def recorded(scenario: str, *, crumb: int | None = None, source: str = "wire-openai-chat") -> list[Answer]:
    """The responses of a recording, one per request that was made."""
    return answers_in(RECORDINGS / source / f"{scenario}.raw.txt", crumb=crumb)


def answers_in(path: Path, *, crumb: int | None = None) -> list[Answer]:
    """As ``recorded``, of a recording anywhere."""
    answers: list[Answer] = []
    for head, body in re.findall(
        rb"^### request \d+ HTTP ([^\n]*)\n(.*?)(?=^### request|\Z)",
        path.read_bytes(),
        re.MULTILINE | re.DOTALL,
    ):
        status, _, content_type = head.decode().partition(" ")
        rest, lost, _ = body.partition(b"\n### CONNECTION LOST")
        answers.append(
            Answer(
                body=rest if lost else _end(rest),
                status=int(status),
                content_type=content_type,
                end="drop" if lost else "whole",
                crumb=crumb,
            )
        )
    return answers


def _end(body: bytes) -> bytes:
    """Without the blank line that the recorder put between two responses."""
    return body.rstrip(b"\n") + b"\n\n" if body.startswith(b"data:") else body


@dataclass(frozen=True, slots=True)
class Request:
    path: str
    headers: dict[str, str]
    """By lower-case name."""
    body: dict[str, Any]
    method: str = "POST"


class WireServer:
    """Serves ``answers`` in turn on a port of its own, until the ``with`` block ends.

    ``gets`` are by path; a GET of another path has none (404), or takes the next of ``answers`` if it is ``None``.
    ``aside`` may have an answer out of turn.
    """

    def __init__(
        self,
        answers: Iterable[Answer],
        gets: dict[str, Answer] | None = None,
        aside: Callable[[Request], Answer | None] = lambda _: None,
    ) -> None:
        self._gets = gets
        self._aside = aside
        self.requests: list[Request] = []
        self.hung_up = threading.Event()
        self._answers = iter(list(answers))
        self._over = threading.Event()
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def hang_up(self) -> None:
        """Close the connections of answers that hang."""
        self._over.set()

    def __exit__(self, *_: object) -> None:
        self.hang_up()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _take(self, request: Request) -> Answer:
        with self._lock:
            self.requests.append(request)
            if request.method == "GET" and self._gets is not None:
                return self._gets.get(request.path, Answer(b'{"detail":"Not Found"}', status=404))
            if (answer := self._aside(request)) is not None:
                return answer
            return next(self._answers, Answer(b"no answer left", status=599, content_type="text/plain"))

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self.do_POST()

            def do_POST(self) -> None:
                size = int(self.headers.get("content-length", 0))
                body = json.loads(self.rfile.read(size) or b"{}")
                headers = {name.lower(): value for name, value in self.headers.items()}
                answer = server._take(Request(self.path, headers, body, self.command))
                try:
                    self._answer(answer)
                except OSError:
                    server.hung_up.set()
                    self.close_connection = True

            def _answer(self, answer: Answer) -> None:
                self.send_response(answer.status)
                self.send_header("Content-Type", answer.content_type)
                self.send_header("Transfer-Encoding", "chunked")
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                for piece in answer.pieces():
                    self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
                match answer.end:
                    case "whole":
                        self.wfile.write(b"0\r\n\r\n")
                    case "drop":
                        self.close_connection = True
                    case "hang":
                        self.close_connection = True
                        self._wait_for_the_client()

            def _wait_for_the_client(self) -> None:
                """Say nothing more until the client hangs up or the server is closed."""
                self.connection.settimeout(0.05)
                while not server._over.is_set():
                    with suppress(TimeoutError):
                        if not self.connection.recv(1):
                            server.hung_up.set()
                            return

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class's word
                pass

        return Handler
