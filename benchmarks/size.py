"""What users carry: the bundle (sent with every chat) and what an install adds to a notebook's environment."""

from __future__ import annotations

import gzip
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement

import turnwise

BUNDLE = Path(turnwise.__file__).parent / "static" / "widget.js"


def needs(name: str, seen: dict[str, int]) -> dict[str, int]:
    """Bytes on disk of ``name`` and all it needs, by distribution."""
    try:
        dist = distribution(name)
    except PackageNotFoundError:
        return seen
    key = dist.metadata["Name"].lower().replace("_", "-")
    if key in seen:
        return seen
    seen[key] = sum(
        Path(str(f.locate())).stat().st_size for f in dist.files or [] if Path(str(f.locate())).is_file()
    )
    for text in dist.requires or []:
        requirement = Requirement(text)
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            needs(requirement.name, seen)
    return seen


def main() -> None:
    raw = BUNDLE.read_bytes()
    print(f"  widget.js {len(raw) / 1024:.1f} kB, gzip {len(gzip.compress(raw, 9)) / 1024:.1f} kB")
    there = needs("ipykernel", {})
    ours = {name: size for name, size in needs("turnwise", {}).items() if name not in there}
    own = sum(
        f.stat().st_size
        for f in Path(turnwise.__file__).parent.rglob("*")
        if f.is_file() and f.suffix != ".pyc"
    )
    ours["turnwise"] = own
    for name, size in sorted(ours.items(), key=lambda item: -item[1]):
        print(f"  {name:24} {size / 1e6:6.2f} MB")
    print(f"  beyond ipykernel         {sum(ours.values()) / 1e6:6.2f} MB")
