"""Put the built front end into the package: `widget/turnwise/static/widget.js`.

Present, it is taken as it is, so that an sdist builds a wheel without Node. Otherwise npm builds it; without
npm an editable install gets a module that says what is missing, and a release fails.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

MARK = "// turnwise: placeholder"
PLACEHOLDER = f"""{MARK}
export default {{ render({{ el }}) {{
  el.textContent = "turnwise's front end is not built. With Node 20 or newer: cd js && npm install && npm run build";
}} }};
"""


class FrontEnd(BuildHookInterface[Any]):
    """Runs before every wheel, sdist and editable install."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the bundle unless it is there; `version` is "editable" or "standard"."""
        js = Path(self.root, "js")
        bundle = Path(self.root, "widget", "turnwise", "static", "widget.js")
        editable = version == "editable"
        if bundle.exists() and (editable or not bundle.read_text("utf-8").startswith(MARK)):
            return
        npm = shutil.which("npm")
        if npm and (js / "package-lock.json").exists():
            for command in ["install", "--no-save", "--no-audit", "--no-fund"], ["run", "build"]:
                subprocess.run([npm, *command], cwd=js, check=True)
        elif editable:
            bundle.parent.mkdir(parents=True, exist_ok=True)
            bundle.write_text(PLACEHOLDER, "utf-8")
            os.utime(bundle, (0, 0))  # older than every source, so that make builds the real one
        else:
            raise FileNotFoundError(
                f"{bundle} is not built, and there is no npm to build it: install Node 20 or newer"
            )
