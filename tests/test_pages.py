"""Pages with generated tables: every row stands there, linked to its provenance, in this run."""

import dataclasses
import json
import re
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Any

import nbformat
import pytest
import yaml

from euromesh import escape, params
from euromesh.book import cards, judgement, pages, results, turned
from euromesh.book.excerpts import EXCERPTS
from euromesh.book.model import Driver, Evidence
from euromesh.book.stage import add_note, note_of_run
from euromesh.book.values import Value
from euromesh.charts import grid as charts
from euromesh.charts import pages as page_charts
from euromesh.charts.render import identify
from euromesh.facts import naming, of
from euromesh.runs import GOLDEN

BOOK = Path(__file__).resolve().parent.parent / "book"
VAL = re.compile(r"\{val\}`([^`:]+)(?::[^`]*)?`")
END = re.compile(r"\.(low|high|as_of)$")
REF = re.compile(r"\{to\}`(\S+) [^`]+`")
LIBRARY = params.library()


def evidence(**overrides: object) -> Evidence:
    """A run of which only the programme's numbers were computed."""
    asked = {key.replace("__", "."): value for key, value in overrides.items()}
    run = of("central", asked)
    results = {
        key: {name: told for name, told in asdict(one).items() if told is not None}
        for table in ("gigafactory_dates", "milestones")
        for key, one in run.made(table).numbers()
    }
    return Evidence(results, params.resolve("central", asked), LIBRARY)


def pages_in(folder: str) -> list[Path]:
    """The pages of a folder of the repository as they are written."""
    return sorted((BOOK.parent / folder).glob("*.md"))


CENTRAL = evidence()
TEXTS = {name: excerpt(CENTRAL) for name, excerpt in EXCERPTS.items()}


def test_every_excerpt_stands_on_one_page_that_the_contents_list() -> None:
    include = re.compile(r"^```\{include\} (\S+)$", re.MULTILINE)
    found = {page.stem: include.findall(page.read_text("utf-8")) for page in BOOK.glob("*.md")}
    written = sorted([*EXCERPTS, *judgement.TEXTS, *turned.NAMES])
    assert sorted(name for names in found.values() for name in names) == written
    contents = yaml.safe_load((BOOK.parent / "_toc.yml").read_text(encoding="utf-8"))
    listed = {entry["file"] for part in contents["parts"] for entry in part["chapters"]}
    assert {page for page, names in found.items() if names} <= listed
    assert not [name for name in EXCERPTS if name.endswith(".md")], "a page no contents list"


@pytest.mark.parametrize("name", EXCERPTS)
def test_every_row_stands_on_its_page_once_and_leads_to_its_entry_of_the_sources(name: str) -> None:
    keys, values = VAL.findall(TEXTS[name]), CENTRAL.as_values()
    targets = {values[key]["target"] for key in keys} | set(REF.findall(TEXTS[name]))
    tables = {key.partition(".")[0] for key in keys}
    assert tables or re.search("bench|files", name)
    for table in tables:
        rows = LIBRARY.tables[table].rows
        named = [key for key in keys if key.endswith(".name")]
        assert sorted(named) == sorted(f"{table}.{row}.name" for row in rows)
        page = pages.table_page(CENTRAL, LIBRARY.tables[table])
        assert targets <= set(re.findall(r"^\((.+)\)=$", page, re.MULTILINE))


def test_inputs_are_counted_by_topic_and_table() -> None:
    read = ["owned.share", "owned.goodput", "machines.lumi_g.n_accel", "machines.lumi_g.city"]
    told = results.inputs_text(CENTRAL.counts([*read, "machines.leonardo_booster.city"]))
    assert told == (
        "5 inputs: {to}`topic-owned owned` (2 values), "
        "{to}`table-machines machines` (2 rows of 2 columns)"
    )
    assert results.inputs_text(CENTRAL.counts([])) == "no input"


def test_a_long_topic_takes_several_pages_and_loses_no_block() -> None:
    blocks = ["a" * 30_000, "b" * 30_000, "c" * 70_000, "d"]
    assert [page.strip("\n")[0] for page in results.pages_of(blocks)] == ["a", "b", "c", "d"]
    assert len(results.pages_of(["a", "b"])) == 1


def test_what_moves_a_number_most_stands_in_its_entry_and_its_card() -> None:
    moved = [
        Driver(
            "owned.share",
            "share of the public machines",
            [("2.5 %", "2029-05-12"), ("25 %", "never")],
        ),
        Driver("grid.common_delay", "delay", [("early", "2028-01-01"), ("late", "2030-01-01")]),
    ]
    run = dataclasses.replace(CENTRAL, drivers={"gigafactory.operation_date": moved})
    known = run.titles()
    text = results.result_text(run, known, "gigafactory.operation_date")
    title = "Share of the public machines"
    assert f"{{to}}`value-owned.share {title}` (2.5 %: May 2029; 25 %: never)" in text
    card = cards.cards(run)["cards"]["gigafactory.operation_date"]
    assert card["m"][0] == [title, "2.5 %", "May 2029", "25 %", "never"]
    assert card["s"] == list(LIBRARY.parameters["owned.share"].sources)[: cards.MOST]


def test_the_card_of_a_parameter_says_its_range_how_it_is_known_and_from_whom() -> None:
    card = cards.cards(evidence(owned__share=0.2))["cards"]["owned.share"]
    assert (card["v"], card["r"][:18]) == ("20%", "Range: 2.5% to 25%")
    assert card["k"].startswith("Assumed, confidence low")
    assert card["s"] == list(LIBRARY.parameters["owned.share"].sources)
    assert "i" not in card


def is_named(key: str) -> bool:
    """Whether a parameter has words of its own, or for its field."""
    return bool(LIBRARY.parameters[key].label or key.rpartition(".")[2] in naming.FIELDS)


def test_every_single_parameter_has_words_of_its_own() -> None:
    assert not [key for key in CENTRAL.singles() if not is_named(key)]
    told = Counter(map(naming.named, CENTRAL.singles()))
    assert len(told) > 200 and set(told.values()) == {1}
    asked = (key for key, one in LIBRARY.parameters.items() if not one.label)
    assert naming.FIELDS.keys() <= {key.rpartition(".")[2] for key in asked}


def test_every_number_that_a_page_prints_has_a_title_by_a_rule_and_every_rule_a_key() -> None:
    known, golden = CENTRAL.titles(), json.loads(GOLDEN.read_text("utf-8"))["numbers"]
    keys = {*golden, *LIBRARY.parameters, *LIBRARY.coordinates}
    texts = [path.read_text("utf-8") for name in ("book", "notebooks") for path in pages_in(name)]
    printed = {END.sub("", key) for text in texts for key in VAL.findall(text)} & keys
    assert len(printed) > 300
    assert not [key for key in printed if not (known.of(key) or is_named(key))]
    stems = {key.removesuffix(ending) for key in keys for ending in ("", *known.endings)}
    assert not [r.pattern for r in known.rules if not any(map(r.fullmatch, stems))]


def test_a_row_of_projects_shows_every_value_that_is_asked_of_it() -> None:
    text = TEXTS["excerpt-projects.txt"]
    shown = {key.rpartition(".")[2] for key in VAL.findall(text)}
    assert shown == {"name", "mw", "announced_on", "power_on", "stage", "raced"}
    row = next(line for line in text.splitlines() if "projects.campus_ia_full.name" in line)
    assert "campus_ia_full FR`" in row
    assert len({line.count("|") for line in text.splitlines() if line.startswith("|")}) == 1


def test_a_row_of_clusters_says_whose_it_is_and_what_is_not_known() -> None:
    heads, _, *lines = TEXTS["excerpt-cluster-owners.txt"].splitlines()
    rows = {VAL.findall(line)[0]: VAL.findall(line) for line in lines}
    values = CENTRAL.as_values()
    shown = [Value(**values[key]).printed() for key in rows["clusters.nebius_bethune.name"]]
    assert shown[1:] == ["Nebius", "Netherlands", "Azur (building)", "not known"]
    assert heads.count("|") == lines[0].count("|") and "seat of the owner | operator" in heads
    assert TEXTS["excerpt-project-owners.txt"].splitlines()[0] == heads
    assert sum(line.endswith(" GB300 |") for line in lines) == 4


def test_the_rows_stand_in_the_order_of_their_dates_in_this_run() -> None:
    changed = evidence(projects__valence__power_on="2040")
    for run, last in ((CENTRAL, "campus_ia_full"), (changed, "valence")):
        named = VAL.findall(EXCERPTS["excerpt-projects.txt"](run))
        rows = list(dict.fromkeys(key.rpartition(".")[0] for key in named))
        dates = [str(run.value(f"{row}.power_on")) for row in rows]
        assert dates == sorted(dates) and rows[-1] == f"projects.{last}"


def test_every_note_of_a_project_is_printed_as_text_and_says_why_where_it_is_not_raced() -> None:
    for row, project in params.load().projects.items():
        note = LIBRARY.parameters[f"projects.{row}.name"].note
        assert note and escape.markdown(note)[:-1] in TEXTS["excerpt-project-notes.txt"]
        assert project.raced or re.search(r"not raced", note, re.IGNORECASE), row
    key, text = "projects.skien.name", "A | b_c_d at http://x.org"
    marked = {**LIBRARY.parameters, key: dataclasses.replace(LIBRARY.parameters[key], note=text)}
    library = dataclasses.replace(LIBRARY, parameters=marked)
    run = dataclasses.replace(CENTRAL, library=library)
    assert f"{escape.markdown(text)}." in EXCERPTS["excerpt-project-notes.txt"](run)


def test_a_plan_of_one_day_is_printed_once_and_a_blank_one_not_at_all() -> None:
    lines = TEXTS["excerpt-milestones.txt"].splitlines()[2:]
    cells = {VAL.findall(line)[0].split(".")[1]: line.split(" | ") for line in lines}
    days = [key.rpartition(".")[2] for key in VAL.findall(" ".join(cells["call_third_plan"]))]
    assert days == ["name", "planned_on", "happened_on"]
    assert cells["interest"][1].strip() == cells["deadline"][2].strip() == ""
    assert " to {val}`milestones.call.planned_on`" in cells["call"][1]
    rows = params.load().milestones.values()
    assert all((row.planned_from is None) == (row.planned_on is None) for row in rows)


# --- the list of sources -------------------------------------------------------------------------


def test_a_source_says_the_day_its_page_was_read_or_the_copy_but_never_both() -> None:
    listed = pages.sources_page(CENTRAL).split("(source-")[1:]
    cited = pages.bibliography(CENTRAL).split("@misc{")[1:]
    assert len(listed) == len(cited) == len(LIBRARY.sources)
    for source, entry, record in zip(LIBRARY.sources.values(), listed, cited, strict=True):
        copied = bool(source.read_at)
        for text in (entry, record):
            assert ("Read in a copy" in text) == copied
            assert bool(re.search(r"Read \d+ \w+ \d{4}", text)) != copied


def test_a_copy_is_named_and_an_address_within_its_name_is_a_link() -> None:
    source = next(iter(LIBRARY.sources.values())).model_copy(
        update={"read_at": "notes of *a* day; https://x.org/a_b; https://y.org/<i>", "url": ""}
    )
    text = pages.source_entry(source)
    assert r"Read in a copy\: notes of \*a\* day\; <https://x.org/a_b>; https\:" in text
    assert "<https://y.org" not in text and "The address of its page is not known." in text


# --- the note of a run ----------------------------------------------------------------------------


def test_a_run_says_below_every_title_what_it_changed(tmp_path: Path) -> None:
    assert note_of_run("central", {"scenario": "central", "overrides": {}}) == ""
    note = note_of_run("more", {"scenario": "low", "overrides": {"owned.share": 0.2}})
    assert "Run `more`: scenario `low`, `owned.share` = {val}`owned.share`." in note
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "intro.md").write_text("# Title\n\nText\n", encoding="utf-8")
    cells = [nbformat.v4.new_code_cell("x = 1"), nbformat.v4.new_markdown_cell("# Page\n\nText")]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / "notebooks" / "a.ipynb")
    add_note(tmp_path, "NOTE")
    page = nbformat.read(tmp_path / "notebooks" / "a.ipynb", as_version=4).cells[1].source
    for text, title in (((tmp_path / "intro.md").read_text("utf-8"), "# Title"), (page, "# Page")):
        assert text.startswith(f"{title}\n\nNOTE\n\nText")


# --- charts --------------------------------------------------------------------------------------


def drawn(run: Evidence) -> tuple[list[dict[str, Any]], str]:
    """The rows of the chart of the programme, and its alternative text."""
    values = {key: told["value"] for key, told in run.as_values().items()}
    spec = dict(page_charts.CHARTS["gigafactories"](values).to_dict())
    (rows,) = spec["datasets"].values()
    return list(rows), identify(spec)[1]


def test_the_programme_is_drawn_from_the_table_and_the_dates_of_the_run() -> None:
    rows, told = drawn(CENTRAL)
    assert [row["event"] for row in rows[-2:]] == ["Selection of the sites", "Operation"]
    assert len(rows) == 2 + len(LIBRARY.tables["milestones"].rows)
    call = next(row for row in rows if row["event"] == "Call for bids, first plan")
    days = [call[name][:10] for name in ("planned_from", "planned_on", "happened_on")]
    assert days == ["2025-10-01", "2025-12-31", "2026-07-30"]
    assert told == (
        "3 plans were missed before the call came; operation is expected in April 2029, "
        "from November 2028 to May 2032."
    )


def test_the_programme_is_drawn_for_a_run_in_which_the_call_has_not_come() -> None:
    blank = {f"milestones__{row}__happened_on": None for row in ("call", "call_second_plan")}
    rows, _ = drawn(evidence(**blank))
    assert not next(row for row in rows if row["event"].endswith("first plan"))["happened_on"]


def test_the_choices_of_the_chart_are_those_of_the_table() -> None:
    data = of("central", {"grid.correlation": 0.0})["power_by_year"]
    scale = charts.power_by_year(data).to_dict()["encoding"]["color"]["scale"]
    assert len(scale["domain"]) == len(scale["range"]) == data["choice"].nunique() == 3
