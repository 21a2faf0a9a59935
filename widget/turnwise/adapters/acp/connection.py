"""JSON-RPC 2.0 with a program: one message a line on its standard input and output, requests both ways.

Knows nothing of what the messages say, nor of turnwise. A connection belongs to the loop that it was opened on.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import os
import signal
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from asyncio import Future
    from asyncio.subprocess import Process
    from collections.abc import Mapping, Sequence
    from pathlib import Path

LONGEST_LINE = 64 * 2**20
"""Bytes: images come whole in a line."""

PATIENCE = 2.0
"""Seconds that a program has for each way of being asked to end, before it is made to."""

METHOD_NOT_FOUND = -32601
INTERNAL_ERROR = -32603


class RequestFailed(Exception):  # noqa: N818  # the name says what happened
    """The program answered a request with an error."""

    def __init__(self, message: str, *, code: int | None = None, data: Any = None) -> None:
        detail = "" if data in (None, {}, [], "") else f": {json.dumps(data, ensure_ascii=False)[:1000]}"
        super().__init__(f"{message}{detail}")
        self.code = code


class ProgramEnded(Exception):  # noqa: N818
    """The program is not there, or went away with a request unanswered."""

    truncated = True


@dataclass(frozen=True, slots=True)
class Incoming:
    """What the program says by itself: a notification, or with an ``id`` a request that waits for an answer."""

    method: str
    params: dict[str, Any]
    id: int | str | None = None


class Connection:
    """A running program. ``incoming`` has what it says by itself, in order; ``call`` asks it something."""

    def __init__(self, process: Process, command: str) -> None:
        self.loop = asyncio.get_running_loop()
        self.incoming: asyncio.Queue[Incoming | None] = asyncio.Queue()
        """``None`` is never put by the connection itself: it is the reader's own mark."""
        self.ended = False
        self._process = process
        self._command = command
        self._ids = itertools.count()
        self._waiting: dict[int, Future[Any]] = {}
        self._complaints: deque[str] = deque(maxlen=20)
        """The last lines of its standard error."""
        self._readers = [asyncio.create_task(self._listen()), asyncio.create_task(self._read())]

    @classmethod
    async def open(
        cls, command: str, args: Sequence[str], *, cwd: Path, env: Mapping[str, str] | None
    ) -> Connection:
        """Start the program. Raises ``ProgramEnded`` if that fails.

        It gets a session of its own: an interrupt of the kernel, which goes to all of its group, is not meant for it.
        """
        try:
            process = await asyncio.create_subprocess_exec(
                command,
                *args,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                cwd=cwd,
                env=None if env is None else {**os.environ, **env},
                limit=LONGEST_LINE,
                start_new_session=True,
            )
        except OSError as error:
            reason = error.strerror or str(error)
            raise ProgramEnded(
                f"could not start {command!r} in {str(cwd)!r}: {reason}. Is it installed, and on the PATH?"
            ) from error
        return cls(process, command)

    def call(self, method: str, params: Mapping[str, Any]) -> Future[Any]:
        """Ask the program; the future has its answer, or raises ``RequestFailed`` or ``ProgramEnded``."""
        answer: Future[Any] = self.loop.create_future()
        if self.ended:
            answer.set_exception(self._end())
            return answer
        number = next(self._ids)
        self._waiting[number] = answer
        self._send({"id": number, "method": method, "params": params})
        return answer

    def notify(self, method: str, params: Mapping[str, Any]) -> None:
        """Tell the program something."""
        self._send({"method": method, "params": params})

    def answer(self, request: Incoming, result: Mapping[str, Any]) -> None:
        """Give the program what it asked for."""
        self._send({"id": request.id, "result": result})

    def refuse(self, request: Incoming) -> None:
        """Tell the program that nobody here does what it asked for."""
        error = {"code": METHOD_NOT_FOUND, "message": f"this client has no {request.method}"}
        self._send({"id": request.id, "error": error})

    async def close(self) -> None:
        """End the program, and all that it started: politely, then by force. Returns when it has gone."""
        stdin = self._process.stdin
        assert stdin is not None
        stdin.close()
        try:
            if not await self._gone():
                self._signal(signal.SIGTERM)
                await self._gone()
        finally:
            self.kill()
            await self._process.wait()
            await asyncio.gather(*self._readers)

    def kill(self) -> None:
        """End the program, and all that it started, at once. From any thread."""
        self.ended = True
        self._signal(getattr(signal, "SIGKILL", signal.SIGTERM))

    async def _gone(self) -> bool:
        try:
            await asyncio.wait_for(self._process.wait(), PATIENCE)
        except asyncio.TimeoutError:
            return False
        return True

    def _signal(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if hasattr(os, "killpg"):
                os.killpg(self._process.pid, number)
            else:
                self._process.send_signal(number)

    def _send(self, message: Mapping[str, Any]) -> None:
        stdin = self._process.stdin
        assert stdin is not None
        if not stdin.is_closing():
            stdin.write(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n")

    async def _read(self) -> None:
        """Hand on each line of the standard output. Its end is the end of everything that was asked."""
        stdout = self._process.stdout
        assert stdout is not None
        try:
            while line := await stdout.readline():
                self._line(line)
        except ValueError:
            self._complaints.append(f"it wrote a line of more than {LONGEST_LINE} bytes")
        self.ended = True
        exit_code = asyncio.create_task(self._process.wait())
        await asyncio.wait([self._readers[0], exit_code], timeout=PATIENCE)  # they say why
        exit_code.cancel()
        waiting, self._waiting = self._waiting, {}
        for answer in waiting.values():
            if not answer.done():
                answer.set_exception(self._end())

    def _line(self, line: bytes) -> None:
        try:
            message: object = json.loads(line)
        except ValueError:
            message = None
        if not isinstance(message, dict):
            if line.strip():
                self.incoming.put_nowait(
                    Incoming("a line that is no message", {"line": line.decode("utf-8", "replace")})
                )
            return
        message = cast("dict[str, Any]", message)
        if "method" in message:
            params: dict[str, Any] = message.get("params") or {}
            self.incoming.put_nowait(Incoming(str(message["method"]), params, message.get("id")))
            return
        answer = self._waiting.pop(cast("int", message.get("id")), None)
        if answer is None or answer.done():
            return
        if error := message.get("error"):
            failed = RequestFailed(
                error.get("message", "error"), code=error.get("code"), data=error.get("data")
            )
            answer.set_exception(failed)
        else:
            answer.set_result(message.get("result"))

    async def _listen(self) -> None:
        """Keep the last lines of the standard error, and the pipe empty."""
        stderr = self._process.stderr
        assert stderr is not None
        with contextlib.suppress(ValueError):
            while line := await stderr.readline():
                self._complaints.append(line.decode("utf-8", "replace").rstrip())

    def _end(self) -> ProgramEnded:
        code = self._process.returncode
        how = "ended" if code is None else f"ended with exit code {code}"
        said = "\n".join(self._complaints)
        return ProgramEnded(f"{self._command!r} {how}" + (f"; it said: {said}" if said else ""))
