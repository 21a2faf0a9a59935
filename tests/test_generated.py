"""What is generated from the Python sources is up to date in the repository."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

JS = Path(__file__).parents[1] / "js"


def test_the_wires_types_in_typescript_are_those_in_python() -> None:
    done = subprocess.run(
        [sys.executable, JS / "generate_protocol.py", "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
