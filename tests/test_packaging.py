"""What users install: built once as a release is, without Node at hand, and looked into."""

from __future__ import annotations

import ast
import importlib.util
import json
import os
import subprocess
import sys
import tarfile
import zipfile
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import turnwise

if TYPE_CHECKING:
    from types import ModuleType

ROOT = Path(__file__).parents[1]
BUNDLE = "turnwise/static/widget.js"
EXTENSION = ".data/data/share/jupyter/labextensions/turnwise"
NO_NODE = {**os.environ, "PATH": ""}


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """sdist and wheel, the wheel built from the sdist."""
    if not (ROOT / "widget" / BUNDLE).exists():
        pytest.fail("the front end is not built: make build", pytrace=False)
    out = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", out, ROOT]
    built = subprocess.run(command, env=NO_NODE, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stdout + built.stderr
    return out


@pytest.fixture(scope="module")
def wheel(dist: Path) -> Path:
    (path,) = dist.glob("*.whl")
    return path


def test_wheel_holds_the_package_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        assert archive.read(BUNDLE) == (ROOT / "widget" / BUNDLE).read_bytes()
    assert "turnwise/py.typed" in names
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names)
    assert {name.split("/")[0].split("-")[0] for name in names} == {"turnwise"}
    tree = ROOT / "widget"
    files = {path.relative_to(tree).as_posix() for path in tree.rglob("*") if path.is_file()}
    packaged = {name for name in names if name.startswith("turnwise/")}
    assert packaged == {name for name in files if "__pycache__" not in name and "/labextensions/" not in name}
    assert not [name for name in names if name.endswith((".ts", ".tsx", ".pyc", ".map"))]


def test_wheel_puts_its_extension_where_jupyterlab_looks(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (manifest,) = (name for name in archive.namelist() if name.endswith(f"{EXTENSION}/package.json"))
        folder = manifest.removesuffix("package.json")
        about = json.loads(archive.read(manifest))
        assert folder + about["jupyterlab"]["_build"]["load"] in archive.namelist()
        assert archive.read(f"{folder}static/widget.js") == archive.read(BUNDLE)
    assert about["version"] == turnwise.__version__


def test_sdist_holds_the_bundle_and_the_sources(dist: Path) -> None:
    (path,) = dist.glob("*.tar.gz")
    with tarfile.open(path) as archive:
        names = {name.split("/", 1)[1] for name in archive.getnames()}
    assert {
        f"widget/{BUNDLE}",
        "widget/turnwise/static/labextensions/turnwise/package.json",
        "js/hatch_build.py",
        "js/package-lock.json",
        "LICENSE",
        "pyproject.toml",
    } <= names
    assert "CONTRIBUTING.md" in names
    made = ("node_modules", "js/tests/out", "js/dev/out", "screenshots")
    assert not [name for name in names if any(each in name for each in made)]


def test_wheel_installs_and_imports(wheel: Path, tmp_path: Path) -> None:
    pip = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-index",
        "--no-deps",
        "--target",
        tmp_path,
        wheel,
    ]
    subprocess.run(pip, check=True)
    code = "import turnwise; print(turnwise.__file__); print(turnwise.AgentChat(lambda prompt: prompt)._esm)"
    env = {**os.environ, "PYTHONPATH": str(tmp_path)}
    out = subprocess.run(
        [sys.executable, "-c", code], env=env, cwd=tmp_path, capture_output=True, text=True, check=True
    ).stdout
    assert out.startswith(str(tmp_path))
    assert (ROOT / "widget" / BUNDLE).read_text("utf-8") in out


def test_what_is_imported_is_declared() -> None:
    """By the package or by a package that it depends on; adapters may name their own framework besides."""
    declared = _required_by("turnwise")
    declared |= {further for name in declared for further in _required_by(name)}
    homes = metadata.packages_distributions()
    package = ROOT / "widget" / "turnwise"
    for path in package.rglob("*.py"):
        own = {path.stem.split("_")[0]} if path.parent.name == "adapters" else set[str]()
        for root in _imported(path) - sys.stdlib_module_names - {"turnwise"}:
            if root.split("_")[0] not in own:
                known = {canonicalize_name(home) for home in homes.get(root, [root])}
                assert declared & known, f"{path} imports {root}"


def _required_by(distribution: str) -> set[str]:
    requirements = map(Requirement, metadata.requires(distribution) or [])
    return {
        canonicalize_name(r.name)
        for r in requirements
        if r.marker is None or r.marker.evaluate({"extra": ""})
    }


def _imported(path: Path) -> set[str]:
    roots: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        match node:
            case ast.Import(names=names):
                roots |= {name.name.split(".")[0] for name in names}
            case ast.ImportFrom(module=str(module), level=0):
                roots.add(module.split(".")[0])
            case _:
                pass
    return roots


# ── the hook where there is no bundle and no npm ────────────────────────────────────────────────────────────────────


@pytest.fixture
def hook(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.setenv("PATH", "")
    spec = importlib.util.spec_from_file_location("hatch_build", ROOT / "js" / "hatch_build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def initialize(hook: ModuleType, root: Path, version: str) -> Path:
    config: dict[str, Any] = {}
    hook.FrontEnd(str(root), config, None, None, "", "wheel").initialize(version, {})
    return root / "widget" / BUNDLE


def test_editable_install_without_npm_goes_without(hook: ModuleType, tmp_path: Path) -> None:
    assert not initialize(hook, tmp_path, "editable").exists()
    assert "npm run build" in (ROOT / "widget" / "turnwise" / "unbuilt.js").read_text("utf-8")


def test_release_without_npm_fails(hook: ModuleType, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="install Node 20"):
        initialize(hook, tmp_path, "standard")


@pytest.mark.parametrize("version", ["editable", "standard"])
def test_bundle_that_is_there_is_kept(hook: ModuleType, tmp_path: Path, version: str) -> None:
    bundle = tmp_path / "widget" / BUNDLE
    bundle.parent.mkdir(parents=True)
    bundle.write_text("export default {};")
    assert initialize(hook, tmp_path, version).read_text() == "export default {};"
