"""A run is whole or absent, says what made it, and is the same bytes each time."""

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from unittest.mock import Mock

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st

from euromesh import facts, runs
from euromesh.records import InputError
from tests import stating

NOTEBOOK = """\
---
kernelspec: {{display_name: Python 3, language: python, name: python3}}
---

# A page

```{{code-cell}} ipython3
:tags: [parameters]

scenario: str = "central"
overrides: dict = {{}}
```

```{{code-cell}} ipython3
{code}
```
"""
SHOW = "import os\n(scenario, overrides, os.environ['EUROMESH_CHARTS'])"
RESULTS = '{"numbers": {}}\n'
PAGE = "notebooks/01_page.ipynb"


@pytest.fixture(scope="module")
def notebooks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with one small notebook in the place of the real ones; no model is computed."""
    folder = tmp_path_factory.mktemp("runs") / "a place"
    folder.mkdir()
    (folder / "01_page.md").write_text(NOTEBOOK.format(code=SHOW), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(facts.FOLDER, str(folder / "facts"))  # given back at the end
        patch.setattr(runs, "NOTEBOOKS", folder)
        stating.nothing_computed(patch)
        patch.setattr(facts, "results_text", lambda _: RESULTS)
        yield folder


@pytest.fixture(scope="module")
def made(notebooks: Path) -> Path:
    """A run of other parameters, executed once."""
    asked = plan(notebooks.parent / "build", "owned.share=0.2", scenario="low", command="x -p y")
    return runs.make(asked)


@pytest.fixture
def run(made: Path, tmp_path: Path) -> Path:
    """A copy of the run, which a test may spoil."""
    return Path(shutil.copytree(made, tmp_path / "runs/custom"))


def plan(build_dir: Path, *pairs: str, **chosen: object) -> runs.Plan:
    request = {"scenario": "central", "name": None, "file": None, "command": "x", **chosen}
    return runs.plan(pairs=pairs, build_dir=build_dir, **request)


def tree(folder: Path) -> dict[str, bytes | None]:
    """Every file and folder below a folder, by path."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() if path.is_file() else None
        for path in folder.rglob("*")
    }


def test_a_run_holds_parameters_notebooks_results_and_manifest(made: Path) -> None:
    held = {"digests.json", "lineage.json", "manifest.json", "params.yaml", "results.json"}
    assert tree(made).keys() == held | {"notebooks", PAGE, "tables", "tables/drivers.csv"}
    assert (made / "results.json").read_text(encoding="utf-8") == RESULTS
    (shown,) = nbformat.read(made / PAGE, as_version=4).cells[-1].outputs
    assert shown.data["text/plain"] == "('low', {'owned.share': 0.2}, 'book')"


def test_the_same_request_gives_the_same_bytes(made: Path, tmp_path: Path) -> None:
    again = runs.make(plan(tmp_path, "owned.share=0.2", scenario="low"))
    one, two = tree(made), tree(again)
    for found in (one, two):
        assert found.pop("manifest.json") and found.pop("digests.json")
    assert one == two


def test_the_manifest_says_what_made_the_run_and_its_parameters_make_it_again(made: Path) -> None:
    manifest = json.loads((made / "manifest.json").read_text(encoding="utf-8"))
    assert (manifest["command"], manifest["overrides"]) == ("x -p y", {"owned.share": 0.2})
    assert manifest["packages"]["papermill"] == "2.7.0"
    own = (runs.ROOT / "euromesh/runs.py").read_bytes()
    assert manifest["sha256"]["euromesh/runs.py"] == hashlib.sha256(own).hexdigest()
    assert "params/sources.yaml" in manifest["sha256"]
    again = plan(made.parent, file=made / "params.yaml")
    assert again.values == plan(made.parent, "owned.share=0.2", scenario="low").values


def test_a_run_replaces_the_one_of_its_name_as_a_whole(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "execute", lambda *_, **__: {})
    runs.make(plan(tmp_path, "owned.share=0.3"))
    assert not (run / PAGE).exists() and not any((tmp_path / "tmp").iterdir())
    assert runs.find("custom", tmp_path) == run


def test_a_failed_notebook_is_shown_and_leaves_everything_as_it_was(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "02_broken.md").write_text(NOTEBOOK.format(code="share = 1 / 0"), encoding="utf-8")
    monkeypatch.setattr(runs, "NOTEBOOKS", tmp_path)
    before = tree(tmp_path)
    with pytest.raises(runs.RunError, match=r"(?s)02_broken failed.*share = 1 / 0.*ZeroDivision"):
        runs.make(plan(tmp_path, "owned.share=0.3"))
    assert {path: held for path, held in tree(tmp_path).items() if "facts" not in path} == before


def test_a_failure_removes_the_folders_that_were_made_for_the_run(
    tmp_path: Path, notebooks: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "execute", Mock(side_effect=KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        runs.make(plan(tmp_path / "a/b/build"))
    assert not (tmp_path / "a").exists()


def test_a_file_in_the_place_of_the_build_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "build").write_text("a file", encoding="utf-8")
    for folder in ("build", "build/below"):
        with pytest.raises(InputError, match="is a file where a folder is needed"):
            plan(tmp_path / folder)


def test_a_run_without_overrides_is_named_after_its_scenario(tmp_path: Path) -> None:
    assert plan(tmp_path, scenario="low").name == "low"
    assert plan(tmp_path, "owned.share=0.2", scenario="low").name == "custom"
    longest = "_a-0" * 16
    assert plan(tmp_path, "owned.share=0.2", name=longest).name == longest
    with pytest.raises(runs.RunError, match="the name of a run"):
        plan(tmp_path, name=f"{longest}z")


@given(st.text(), st.sampled_from("./\\ A\n:\0\u00e9"), st.text())
def test_a_name_that_could_be_a_path_or_differ_between_systems_is_refused(
    before: str, odd: str, after: str
) -> None:
    assert not runs.NAME.fullmatch(before + odd + after)


def test_an_unknown_run_is_refused_with_those_that_exist(tmp_path: Path, run: Path) -> None:
    with pytest.raises(runs.RunError, match="none yet"):
        runs.find("custom", tmp_path / "elsewhere")
    assert runs.find("custom", tmp_path) == run
    with pytest.raises(runs.RunError, match=r"no run 'costum'.*\(runs there: custom\)"):
        runs.find("costum", tmp_path)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def add(path: Path) -> None:
    path.write_text("of somebody else", encoding="utf-8")


AGAIN = ".*again: x -p y"
UNSURE = ".*again: python -m euromesh run --name custom, and the values"  # who edited the command?


@pytest.mark.parametrize(
    ("damages", "words"),
    [
        ({"results.json": cut}, f"results.json is not as the run wrote it{AGAIN}"),
        ({PAGE: Path.unlink}, f"01_page.ipynb is missing{AGAIN}"),
        ({"notebooks/02.ipynb": add}, f"notebooks/02.ipynb is not of the run{AGAIN}"),
        ({"results.json": cut, "params.yaml": Path.unlink}, f"params.*missing.*results.*{AGAIN}"),
        ({"manifest.json": cut}, f"manifest.json is not as the run wrote it{UNSURE}"),
        ({"digests.json": Path.unlink}, f"digests.json is missing or cannot be read{UNSURE}"),
        ({"digests.json": add}, f"digests.json is missing or cannot be read{UNSURE}"),
    ],
)
def test_a_damaged_run_is_refused_with_its_faults_and_the_command_that_makes_it_again(
    tmp_path: Path, run: Path, damages: dict[str, Callable[[Path], None]], words: str
) -> None:
    for name, damage in damages.items():
        damage(run / name)
    with pytest.raises(runs.RunError, match=words):
        runs.find("custom", tmp_path)


def test_what_a_system_or_jupyter_hides_in_a_run_is_no_damage(tmp_path: Path, run: Path) -> None:
    (run / ".DS_Store").touch()
    (run / "notebooks/.ipynb_checkpoints").mkdir()
    (run / "notebooks/.ipynb_checkpoints/01_page-checkpoint.ipynb").touch()
    assert runs.find("custom", tmp_path) == run


def test_baselines_are_executed_as_stored_with_charts_as_digests(
    notebooks: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(notebooks / "01_page.md", tmp_path)
    monkeypatch.setattr(runs, "NOTEBOOKS", tmp_path)
    monkeypatch.setattr(runs, "GOLDEN", tmp_path / "results.json")
    monkeypatch.setattr(runs, "PICTURE", tmp_path / "answer.svg")
    monkeypatch.setattr(runs, "picture", lambda _: "<svg/>")
    written = runs.baseline()
    names = ("01_page.ipynb", "results.json", "answer.svg")
    assert written == [tmp_path / name for name in names]
    assert [path.read_text("utf-8") for path in written[1:]] == [RESULTS, "<svg/>"]
    stored = nbformat.read(written[0], as_version=4)
    assert [cell.id for cell in stored.cells] == ["01_page-00", "01_page-01", "01_page-02"]
    assert "'check'" in stored.cells[-1].outputs[0].data["text/plain"]
    assert stored.metadata.language_info == {"name": "python", "pygments_lexer": "ipython3"}
    (tmp_path / "01_page.md").unlink()
    with pytest.raises(runs.RunError, match="no notebook"):
        runs.baseline()


@pytest.mark.parametrize(("terminal", "told"), [(False, "notebooks: 2 of 2\n"), (True, "100%")])
def test_progress_is_a_bar_on_a_terminal_and_plain_lines_elsewhere(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, terminal: bool, told: str
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: terminal, raising=False)
    assert list(runs.progress(iter("ab"), 2)) == ["a", "b"]
    said = capsys.readouterr().err
    assert told in said and ("notebooks: 1 of 2" in said) != terminal
