"""A run is whole or absent, says what made it, and is the same bytes each time."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st

from euromesh import facts, params, runs
from euromesh.records import InputError
from tests import stating

NOTEBOOK = """\
---
jupytext:
  text_representation: {{extension: .md, format_name: myst}}
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


@pytest.fixture
def notebooks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with one small notebook in the place of the real ones; no model is computed."""
    folder = tmp_path / "a place"
    folder.mkdir()
    (folder / "01_page.md").write_text(NOTEBOOK.format(code=SHOW), encoding="utf-8")
    monkeypatch.setattr(runs, "NOTEBOOKS", folder)
    stating.nothing_computed(monkeypatch)
    monkeypatch.setattr(facts, "results_text", lambda numbers: RESULTS)
    return folder


def plan(build_dir: Path, *pairs: str, **chosen: object) -> runs.Plan:
    request = {"scenario": "central", "name": None, "file": None, "command": "x", **chosen}
    return runs.plan(pairs=pairs, build_dir=build_dir, **request)


def tree(folder: Path) -> dict[str, bytes | None]:
    """Every file and folder below a folder, by path."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() if path.is_file() else None
        for path in folder.rglob("*")
    }


def last_output(run: Path) -> str:
    cell = nbformat.read(run / "notebooks/01_page.ipynb", as_version=4).cells[-1]
    return str(cell.outputs[0].data["text/plain"])


def test_a_run_holds_parameters_notebooks_results_and_manifest(
    tmp_path: Path, notebooks: Path
) -> None:
    run = runs.make(plan(tmp_path / "build"))
    assert run == tmp_path / "build/runs/central"
    assert tree(run).keys() == {
        "digests.json",
        "lineage.json",
        "manifest.json",
        "notebooks",
        "notebooks/01_page.ipynb",
        "params.yaml",
        "results.json",
    }
    assert (run / "results.json").read_text(encoding="utf-8") == RESULTS
    assert last_output(run) == "('central', {}, 'book')"


def test_a_run_hands_its_overrides_to_the_notebooks(tmp_path: Path, notebooks: Path) -> None:
    run = runs.make(plan(tmp_path / "build", "owned.share=0.2"))
    assert run.name == "custom"
    assert last_output(run) == "('central', {'owned.share': 0.2}, 'book')"


def test_the_parameters_of_a_run_make_it_again(tmp_path: Path, notebooks: Path) -> None:
    run = runs.make(plan(tmp_path / "build", "owned.share=0.2", scenario="low"))
    again = plan(tmp_path / "build", file=run / "params.yaml")
    assert again.values == plan(tmp_path / "build", "owned.share=0.2", scenario="low").values


def test_the_same_request_gives_the_same_bytes(tmp_path: Path, notebooks: Path) -> None:
    one = tree(runs.make(plan(tmp_path / "one")))
    two = tree(runs.make(plan(tmp_path / "two")))
    for run in (one, two):
        assert run.pop("manifest.json") and run.pop("digests.json")
    assert one == two


def test_the_manifest_says_what_made_the_run(tmp_path: Path, notebooks: Path) -> None:
    run = runs.make(plan(tmp_path / "build", "owned.share=0.2", command="the command"))
    manifest = json.loads((run / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["command"] == "the command"
    assert manifest["overrides"] == {"owned.share": 0.2}
    assert manifest["packages"]["papermill"] == "2.7.0"
    own = (runs.ROOT / "euromesh/runs.py").read_bytes()
    assert manifest["sha256"]["euromesh/runs.py"] == hashlib.sha256(own).hexdigest()
    assert "params/sources.yaml" in manifest["sha256"]


def test_a_run_replaces_the_one_of_its_name_as_a_whole(tmp_path: Path, notebooks: Path) -> None:
    run = runs.make(plan(tmp_path / "build"))
    (run / "left over").write_text("from before", encoding="utf-8")
    runs.make(plan(tmp_path / "build"))
    assert not (run / "left over").exists()
    assert not any((tmp_path / "build/tmp").iterdir())


def test_a_failed_notebook_is_shown_and_leaves_everything_as_it_was(
    tmp_path: Path, notebooks: Path
) -> None:
    runs.make(plan(tmp_path / "build"))
    before = tree(tmp_path)
    broken = notebooks / "02_broken.md"
    broken.write_text(NOTEBOOK.format(code="share = 1 / 0"), encoding="utf-8")
    with pytest.raises(runs.RunError, match=r"(?s)02_broken failed.*share = 1 / 0.*ZeroDivision"):
        runs.make(plan(tmp_path / "build"))
    broken.unlink()
    assert tree(tmp_path) == before


def test_a_failure_removes_the_folders_that_were_made_for_the_run(
    tmp_path: Path, notebooks: Path
) -> None:
    (notebooks / "01_page.md").write_text(NOTEBOOK.format(code="1 / 0"), encoding="utf-8")
    with pytest.raises(runs.RunError):
        runs.make(plan(tmp_path / "a/b/build"))
    assert not (tmp_path / "a").exists()


def test_an_interrupt_leaves_nothing_behind(
    tmp_path: Path, notebooks: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(runs, "execute", interrupt)
    with pytest.raises(KeyboardInterrupt):
        runs.make(plan(tmp_path / "build"))
    assert not (tmp_path / "build").exists()


@pytest.mark.parametrize(
    ("pairs", "chosen", "words"),
    [
        (["owned.shares=0.2"], {}, "owned.share"),
        (["owned.share=3.0"], {}, "3.0"),
        ([], {"scenario": "centrel"}, "central"),
        ([], {"name": "A/B"}, "'A/B'"),
        ([], {"name": ""}, "''"),
    ],
)
def test_a_refused_request_creates_nothing(
    tmp_path: Path, pairs: list[str], chosen: dict[str, str], words: str
) -> None:
    with pytest.raises((params.ParamsError, runs.RunError), match=words):
        plan(tmp_path / "build", *pairs, **chosen)
    assert not any(tmp_path.iterdir())


def test_a_file_in_the_place_of_the_build_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "build").write_text("a file", encoding="utf-8")
    for folder in ("build", "build/below"):
        with pytest.raises(InputError, match="is a file where a folder is needed"):
            plan(tmp_path / folder)


def test_a_run_without_overrides_is_named_after_its_scenario(tmp_path: Path) -> None:
    assert plan(tmp_path, scenario="low").name == "low"
    assert plan(tmp_path, "owned.share=0.2", scenario="low").name == "custom"
    assert plan(tmp_path, "owned.share=0.2", name="mine_2").name == "mine_2"


@given(st.from_regex(r"[a-z0-9_-]{1,64}", fullmatch=True))
def test_a_name_of_plain_letters_is_accepted(name: str) -> None:
    assert runs.valid_name(name) == name


@given(st.text(), st.sampled_from("./\\ A\n:\0\u00e9"), st.text())
def test_a_name_that_could_be_a_path_or_differ_between_systems_is_refused(
    before: str, odd: str, after: str
) -> None:
    with pytest.raises(runs.RunError, match="the name of a run"):
        runs.valid_name(before + odd + after)


def test_an_unknown_run_is_refused_with_those_that_exist(tmp_path: Path, notebooks: Path) -> None:
    with pytest.raises(runs.RunError, match="none yet"):
        runs.find("central", tmp_path)
    runs.make(plan(tmp_path))
    assert runs.find("central", tmp_path) == tmp_path / "runs/central"
    with pytest.raises(runs.RunError, match=r"no run 'centre'.*\(runs there: central\)"):
        runs.find("centre", tmp_path)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def edit(path: Path) -> None:
    path.write_text(path.read_text(encoding="utf-8").replace("central", "centre"))


def add(path: Path) -> None:
    path.write_text("of somebody else", encoding="utf-8")


@pytest.mark.parametrize(
    ("damage", "name", "words"),
    [
        (cut, "results.json", "results.json is not as the run wrote it"),
        (edit, "notebooks/01_page.ipynb", "01_page.ipynb is not as the run wrote it"),
        (edit, "manifest.json", "manifest.json is not as the run wrote it"),
        (Path.unlink, "notebooks/01_page.ipynb", "01_page.ipynb is missing"),
        (Path.unlink, "params.yaml", "params.yaml is missing"),
        (Path.unlink, "digests.json", "digests.json is missing or cannot be read"),
        (add, "digests.json", "digests.json is missing or cannot be read"),
        (add, "notebooks/02_more.ipynb", "notebooks/02_more.ipynb is not of the run"),
    ],
)
def test_a_damaged_run_is_refused_with_the_file_and_the_command_that_makes_it_again(
    tmp_path: Path, notebooks: Path, damage: Callable[[Path], None], name: str, words: str
) -> None:
    run = runs.make(plan(tmp_path, command="python -m euromesh run"))
    damage(run / name)
    with pytest.raises(runs.RunError, match=rf"{words}.*again: python -m euromesh run"):
        runs.find("central", tmp_path)
    runs.make(plan(tmp_path))
    assert runs.find("central", tmp_path) == run


def test_every_fault_of_a_run_is_told_and_the_command_of_an_edited_manifest_is_not(
    tmp_path: Path, notebooks: Path
) -> None:
    run = runs.make(plan(tmp_path, command="an innocent command"))
    cut(run / "results.json")
    (run / "params.yaml").unlink()
    with pytest.raises(runs.RunError, match=r"params.*missing.*results.*again: an innocent"):
        runs.find("central", tmp_path)
    edit(run / "manifest.json")
    with pytest.raises(runs.RunError, match=r"run --name central, and the values"):
        runs.find("central", tmp_path)


def test_what_a_system_or_jupyter_hides_in_a_run_is_no_damage(
    tmp_path: Path, notebooks: Path
) -> None:
    run = runs.make(plan(tmp_path))
    (run / ".DS_Store").touch()
    (run / "notebooks/.ipynb_checkpoints").mkdir()
    (run / "notebooks/.ipynb_checkpoints/01_page-checkpoint.ipynb").touch()
    assert runs.find("central", tmp_path) == run


def test_baselines_are_executed_as_stored_with_charts_as_digests(
    notebooks: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "GOLDEN", tmp_path / "results.json")
    written = runs.baseline()
    assert written == [notebooks / "01_page.ipynb", tmp_path / "results.json"]
    stored = nbformat.read(written[0], as_version=4)
    assert [cell.id for cell in stored.cells] == ["01_page-00", "01_page-01", "01_page-02"]
    assert "'check'" in stored.cells[-1].outputs[0].data["text/plain"]
    assert stored.metadata.language_info == {"name": "python", "pygments_lexer": "ipython3"}
    before = tree(tmp_path)
    runs.baseline()
    assert tree(tmp_path) == before


def test_a_folder_without_notebooks_is_refused(notebooks: Path) -> None:
    (notebooks / "01_page.md").unlink()
    with pytest.raises(runs.RunError, match="no notebook"):
        runs.baseline()


def test_progress_is_plain_lines_where_there_is_no_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert list(runs.progress(iter("ab"), 2)) == ["a", "b"]
    assert capsys.readouterr().err == "notebooks: 1 of 2\nnotebooks: 2 of 2\n"


def test_progress_is_a_bar_on_a_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    assert list(runs.progress(iter("ab"), 2)) == ["a", "b"]
    assert "100%" in capsys.readouterr().err
