"""The repository keeps its shape: what stands at the top, who imports whom, what the core needs."""

import ast
import fnmatch
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "euromesh"
TOP = {
    ".ci", ".git", ".gitattributes", ".github", ".gitignore", ".pre-commit-config.yaml",
    "CHANGELOG.md", "CITATION.cff", "CONTRIBUTING.md", "LICENSE", "Makefile", "README.md",
    "_config.yml", "_toc.yml", "book", "euromesh", "notebooks", "params", "pyproject.toml",
    "requirements.txt", "tests",
}  # fmt: skip
BINARY = {".png", ".ttf", ".woff2"}

# A module imports only modules that stand before it here.
CORE = (
    "units", "elementwise", "records", "fleet", "efficiency", "frontier", "original",
    "availability", "scorecard", "search", "routes", "ledger",
)  # fmt: skip
ORDER = (
    *CORE, "params", "explore", "fits", "simulation", "ensemble", "sensitivity", "digests",
    "folders", "escape", "glyphs", "blocks", "facts", "charts", "book", "runs", "__main__",
)  # fmt: skip
MAX_LINES = 600

MODULES = sorted(path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py")


def top_name(path: Path) -> str:
    """The module, or the folder that it became."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(path: Path) -> Iterator[str]:
    """The full name of everything that a module imports when it runs."""
    body = ast.parse(path.read_text(encoding="utf-8"))
    for_types = {id(n) for block in ast.walk(body) if is_for_types(block) for n in ast.walk(block)}
    for node in ast.walk(body):
        if id(node) in for_types:
            continue
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name}: imports are absolute"
            yield from (f"{node.module}.{name.name}" for name in node.names)


def is_for_types(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)


def own_imports(path: Path) -> set[str]:
    """The modules of the package that a module imports, `euromesh.x.y` as `x`."""
    parts = (name.split(".") for name in imports(path))
    return {part[1] for part in parts if part[0] == "euromesh"} - {"__version__"}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_imports_point_one_way_and_a_module_becomes_a_folder_before_it_grows_long(
    path: Path,
) -> None:
    own = top_name(path)
    before = {own, *ORDER[: ORDER.index(own)]}
    assert own_imports(path) <= before
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MAX_LINES


def test_the_core_needs_only_the_standard_library() -> None:
    """The reader's browser has nothing else."""
    assert list(imports(PACKAGE / "__init__.py")) == []
    inside = [path for path in MODULES if top_name(path) in CORE]
    needed = {name.split(".")[0] for path in inside for name in imports(path)}
    assert needed - {"euromesh"} <= sys.stdlib_module_names


def test_the_top_of_the_repository_holds_only_what_is_named() -> None:
    lines = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    generated = [line.strip("/") for line in lines if line and not line.startswith("#")]
    others = {path.name for path in ROOT.iterdir()} - TOP
    assert not [name for name in others if not any(fnmatch.fnmatch(name, g) for g in generated)]


def test_the_map_of_the_house_is_the_same_wherever_it_stands() -> None:
    maps = [
        (ROOT / name).read_text(encoding="utf-8").partition("## The house in ten lines\n")[2]
        for name in ("README.md", "CONTRIBUTING.md")
    ]
    first, second = (text.split("```")[1] for text in maps)
    assert first == second


def test_text_files_end_lines_with_lf() -> None:
    inside = [path for top in TOP - {".git"} for path in (ROOT / top, *(ROOT / top).rglob("*"))]
    texts = [p for p in inside if p.is_file() and p.suffix not in BINARY]
    own = [path for path in texts if not {"__pycache__", "node_modules"} & {*path.parts}]
    assert own and not [path for path in own if b"\r" in path.read_bytes()]


def test_the_forms_and_the_workflow_are_yaml() -> None:
    for path in (ROOT / ".github").rglob("*.yml"):
        assert yaml.safe_load(path.read_text(encoding="utf-8"))["name"]


def test_make_help_lists_every_target() -> None:
    made = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = re.findall(r"^\.PHONY: (.*)$", made, re.MULTILINE)[0].split()
    assert set(re.findall(r"^([a-z]+):.*## ", made, re.MULTILINE)) >= set(targets)


def test_the_pins_are_those_of_the_declared_dependencies() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared = [*project["dependencies"], *project["optional-dependencies"]["tools"]]
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    pinned, asked_for = "", set()
    for line in lines:
        pinned = line if line[0] not in " #" else pinned
        if "euromesh (pyproject.toml)" in line:
            asked_for.add(re.split("==| ;", pinned)[0])
    assert asked_for == {re.split("[=<>~! ;[]", line)[0] for line in declared}, "run: make lock"
