"""What the README says of the sources stays true of the sources that there are."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

TESTS = Path(__file__).parent
README = (TESTS.parent / "README.md").read_text("utf-8")


def test_every_source_has_its_row_and_every_row_its_recordings() -> None:
    table = README.partition("| source, and its recordings |")[2].partition("\n\n")[0]
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| ") and "---" not in line]
    named = {name for row in rows for name in re.findall(r"`([a-z][a-z0-9-]+)`", row)}
    folders = {
        import_module(f"sources.{path.stem}").SOURCE.folder for path in (TESTS / "sources").glob("[a-z]*.py")
    }
    assert named == folders


def test_links_of_the_documents_lead_somewhere() -> None:
    for name in ("README.md", "CONTRIBUTING.md"):
        text = (TESTS.parent / name).read_text("utf-8")
        for target in re.findall(r"\]\(([^)#:]+)\)", text):
            assert (TESTS.parent / target).exists(), f"{name} links to {target}"
