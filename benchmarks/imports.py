"""Cold import in a fresh interpreter: turnwise with its widget beside anywidget, which it stands on."""

from __future__ import annotations

import subprocess
import sys
from statistics import median
from time import perf_counter

CASES = {
    "anywidget": "import anywidget",
    "turnwise": "import turnwise",
    "turnwise.AgentChat": "from turnwise import AgentChat",
}


def main() -> None:
    times: dict[str, list[float]] = {label: [] for label in CASES}
    for _ in range(15):  # in turns, so that a busy moment hits all of them
        for label, code in CASES.items():
            begin = perf_counter()
            subprocess.run([sys.executable, "-c", code], check=True)
            times[label].append(perf_counter() - begin)
    base = median(times["anywidget"])
    for label, seconds in times.items():
        print(f"  {label:20} {median(seconds) * 1e3:7.0f} ms  {median(seconds) / base:5.2f}x anywidget")
