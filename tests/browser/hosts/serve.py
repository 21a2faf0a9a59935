"""Hosts that show a chat outside a notebook's editor: each a command that serves one of ``apps/``."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

if TYPE_CHECKING:
    from collections.abc import Generator

APPS = Path(__file__).parent / "apps"
START_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Host:
    """How a host is started; ``{port}`` and ``{app}`` are filled in."""

    name: str
    app: str
    """Its file in ``apps/``."""
    command: tuple[str, ...]

    @contextmanager
    def serve(self, folder: Path) -> Generator[str]:
        """Its address, while it runs with ``folder`` as its home."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        filled = [word.format(port=port, app=APPS / self.app) for word in self.command]
        programs = Path(sys.executable).parent  # where the host starts its kernels from, too
        env = os.environ | {
            "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(folder),
            "IPYTHONDIR": str(folder / "ipython"),
        }
        log = folder / "server.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                filled, cwd=folder, env=env, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
            )
        try:
            url = f"http://127.0.0.1:{port}/"
            deadline = time.monotonic() + START_SECONDS
            while not _answers(url):
                if process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(f"{self.name} did not start:\n{log.read_text()}")
                time.sleep(0.05)  # nothing to wait on: the port opens when it opens
            yield url
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


HOSTS = (
    Host("voila", "voila.ipynb", ("voila", "{app}", "--no-browser", "--port={port}", "--Voila.ip=127.0.0.1")),
    *(
        Host(
            name.replace("_", " "),
            f"{name}.py",
            ("marimo", "run", "{app}", "--headless", "--host=127.0.0.1", "--port={port}", "--no-token"),
        )
        for name in ("marimo_wrapped", "marimo_bare")
    ),
    Host(
        "solara",
        "solara_page.py",
        ("solara", "run", "{app}", "--host=127.0.0.1", "--port={port}", "--no-open", "--production"),
    ),
)


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=START_SECONDS, trust_env=False).is_success
    except httpx.TransportError:
        return False
