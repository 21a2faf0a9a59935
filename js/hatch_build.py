"""Put the built front end into the package, `widget/turnwise/static/`, and its extension where JupyterLab looks.

Present, it is taken as it is, so that an sdist builds a wheel without Node. Otherwise npm builds it; without
npm a release fails, and an editable install shows `widget/turnwise/unbuilt.js` until there is one.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class FrontEnd(BuildHookInterface[Any]):
    """Runs before every wheel, sdist and editable install."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the bundle unless it is there; `version` is "editable" or "standard"."""
        js = Path(self.root, "js")
        static = Path(self.root, "widget", "turnwise", "static")
        self._build(js, static / "widget.js", version)
        extension = Path("labextensions", "turnwise")
        if self.target_name == "wheel" and (static / extension).exists():
            # Where JupyterLab looks for extensions, of the environment that turnwise is installed into.
            build_data["shared_data"][str(static / extension)] = f"share/jupyter/{extension.as_posix()}"

    def _build(self, js: Path, bundle: Path, version: str) -> None:
        if bundle.exists():
            return
        npm = shutil.which("npm")
        if npm and (js / "package-lock.json").exists():
            for command in ["install", "--no-save", "--no-audit", "--no-fund"], ["run", "build"]:
                subprocess.run([npm, *command], cwd=js, check=True)
        elif version != "editable":
            raise FileNotFoundError(
                f"{bundle} is not built, and there is no npm to build it: install Node 20 or newer"
            )
