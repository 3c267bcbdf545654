"""Inputs that fool or break a reader: each kind is refused by name, or read as it is written."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from euromesh import params
from euromesh.params import texts
from tests.refused import Edit, refusal


def of_file(tmp_path: Path, text: str | bytes) -> dict[str, object]:
    """The overrides of a file that holds a text."""
    file = tmp_path / "mine.yaml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
    return params.read_overrides([], file)


def said_of(tmp_path: Path, text: str | bytes) -> str:
    return refusal(of_file, tmp_path, text)


# --- one reader of values ------------------------------------------------------------------------


NUMBERS = {"010": 10.0, "+7": 7.0, "1e1": 10.0, "2.": 2.0, "3.8e1": 38.0}
NO_NUMBERS = ["1:30", "0o10", "0x1F", "1_000", "١٢", "１２", "12,5", "true", "1 2"]


@pytest.mark.parametrize("text", [*NUMBERS, *NO_NUMBERS])
def test_a_number_is_the_same_in_a_file_in_a_pair_in_a_notebook_and_in_a_table(
    tmp_path: Path, edit: Edit, folder: Path, text: str
) -> None:
    key = "owned.grant_months"
    edit("projects.csv", ",230,", f',"{text}",')
    readers: list[Callable[[], object]] = [
        lambda: of_file(tmp_path, f"{key}: {text}")[key],
        lambda: of_file(tmp_path, f'{key}: "{text}"')[key],
        lambda: params.read_overrides([f"{key}={text}"])[key],
        lambda: params.load(overrides={key: text}).owned.grant_months,
        lambda: params.library(folder).parameters["projects.narvik.mw"].value,
    ]
    for read in readers:
        if text in NUMBERS:
            assert read() == NUMBERS[text]
        else:
            assert "must be a number" in refusal(read)


@given(st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(10**15), 10**15))
def test_a_number_that_python_writes_is_read_back(number: float) -> None:
    assert texts.number(repr(number)) == texts.scalar(repr(number)) == number


@given(st.text(st.characters(categories=["Nd"]), min_size=1))
def test_digits_of_other_scripts_spell_no_number(digits: str) -> None:
    assert (texts.number(digits) is not None) == digits.isascii()


def test_words_are_those_of_yaml_1_2(tmp_path: Path) -> None:
    told = of_file(tmp_path, "owned.contracted: TRUE\nowned.renewal: false\nowned.left_out: ~")
    assert told == {"owned.contracted": True, "owned.renewal": False, "owned.left_out": None}
    assert "must be true or false, got yes" in said_of(tmp_path, "owned.contracted: yes")
    assert "must be true or false, got on" in refusal(params.read_overrides, ["owned.renewal=on"])


def test_a_parameter_is_given_once() -> None:
    for pairs in (["owned.share=1", "owned.share=1"], ["a=1", "owned.share=2", "owned.share=3"]):
        assert "owned.share is given twice (-p)" in refusal(params.read_overrides, pairs)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("owned.share: &here 0.1", "anchors and aliases"),
        ("<<: {owned.share: 0.1}", "merge keys"),
        ("owned.share: !!float 0.1", "tags"),
        ("owned.share: !!python/object/apply:os.getcwd []", "tags"),
        ("a: 1\nb: 2\na: 3", "stands twice in a mapping"),
        ("? [a]\n: 1", "a key must be a text"),
        ("%YAML 1.1\n---\nowned.share: 0.1", "directives"),
        ("owned.share: 0.1\n---\nowned.share: 0.2", "one document a file"),
        ("a: " + "[" * 20, "brackets deeper than 20"),
        ("a: " + "{b: " * 100_000, "brackets deeper than 20"),
    ],
)
def test_yaml_that_stands_for_something_else_is_refused(
    tmp_path: Path, text: str, word: str
) -> None:
    said = said_of(tmp_path, text)
    assert word in said and "(line " in said and "(mine.yaml)" in said


@pytest.mark.parametrize("given", ["{owned.share: 0.2}", "{}", [("owned.share", 0.2)], None, 3])
def test_overrides_that_are_no_mapping_are_told_how_to_be_one(given: Any) -> None:
    said = refusal(params.load, overrides=given)
    assert "-y 'overrides: {owned.share: 0.2}'" in said and "run -p owned.share=0.2" in said


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("lwo", "'lwo'; did you mean low?"),
        ("eu27", "'eu27'; did you mean eu27_only? (the scenarios are central, eu27_only, "),
        (["low"], "['low']"),
    ],
)
def test_an_unknown_scenario_is_refused_with_the_nearest(name: Any, near: str) -> None:
    assert refusal(params.load, name).startswith(f"unknown scenario {near}")


# --- files as they come --------------------------------------------------------------------------


@pytest.mark.parametrize("ends", [b"\n", b"\r\n", b"\r"])
def test_a_byte_order_mark_and_line_ends_of_other_systems_change_nothing(
    folder: Path, ends: bytes
) -> None:
    for path in folder.iterdir():
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", ends))
    assert params.resolve(folder=folder) == params.resolve()
    assert params.outlines(folder) == params.outlines()


NAMES = ["routes.yaml", "machines.csv", "sources.yaml", "europe.geojson"]
Spoil = Callable[[Path, bytes], object]
SPOILT: dict[str, tuple[Spoil, str]] = {  # what stands in the place of a file, and what is said
    "folder": (lambda path, data: path.mkdir(), "cannot be read: Is a directory"),
    "utf-16": (
        lambda path, data: path.write_bytes(data.decode().encode("utf-16")),
        "must be UTF-8",
    ),
    "nul": (
        lambda path, data: path.write_bytes(data.replace(b"a", b"\x00", 1)),
        "control character '\\x00': delete it",
    ),
}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("what", SPOILT)
def test_what_is_no_text_is_refused_with_its_name(folder: Path, name: str, what: str) -> None:
    spoil, said = SPOILT[what]
    data = (folder / name).read_bytes()
    (folder / name).unlink()
    spoil(folder / name, data)
    read = params.outlines if name.endswith("geojson") else params.library
    (line,) = refusal(read, folder).splitlines()
    assert line.startswith(said) and f"(params/{name}" in line


def test_a_folder_that_is_absent_is_refused(tmp_path: Path) -> None:
    assert "cannot be read: No such file" in refusal(params.library, tmp_path / "nowhere")


def test_a_cell_that_is_too_long_is_refused(edit: Edit, folder: Path) -> None:
    edit("losses.csv", ",35M,", f",{'x' * 131_073},")
    (said,) = refusal(params.library, folder).splitlines()
    assert said.startswith("not a valid table: field larger") and "(params/losses.csv: li" in said


@pytest.mark.parametrize(
    ("name", "fix"),
    [
        ("foo.yml", "name it foo.yaml"),
        ("ROUTES.YAML", "name it ROUTES.yaml"),
        ("machines.csv~", "move it elsewhere"),
        ("notes.txt", "move it elsewhere"),
    ],
)
def test_a_file_that_nothing_reads_is_refused(folder: Path, name: str, fix: str) -> None:
    (folder / name).write_text("owned: {}\n", encoding="utf-8")
    assert refusal(params.library, folder) == f"is not read: {fix} (params/{name})"


# --- texts ---------------------------------------------------------------------------------------

UNSEEN = "\n \r \t \x00 \x1b \x7f \x85 \x9b \u2028 \u2029 \u202e \u2066 \ufeff \ud800 \udcff \uffff"


@pytest.mark.parametrize("sign", UNSEEN.split(" "))
def test_a_text_holds_nothing_that_cannot_be_seen(tmp_path: Path, sign: str) -> None:
    key = "machines.lumi_g.name"
    for text in (f"LUMI{sign}G", f"{sign}LUMI", f"LUMI{sign}"):
        told = refusal(params.load, overrides={key: text})
        typed = refusal(params.read_overrides, [f"{key}={text}"])
        assert "must stand on one line" in told and "must stand on one line" in typed
        assert (told + typed).isprintable()
        assert "(mine.yaml)" in said_of(tmp_path, f"{key}: {json.dumps(text)}")


@given(st.text(st.characters(categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1, max_size=3))
def test_no_control_character_or_surrogate_passes(sign: str) -> None:
    refusal(params.load, overrides={"machines.lumi_g.name": f"a{sign}b"})


def test_a_text_that_can_be_seen_is_kept_as_it_is() -> None:
    text = "Łódź 漢 ½ — “q” <script>&"
    assert params.load(overrides={"machines.lumi_g.name": text}).machines["lumi_g"].name == text


# --- messages ------------------------------------------------------------------------------------

LONG = "x" * 5000
DEEP: Any = []
for _ in range(100_000):
    DEEP = [DEEP]
HUGE: list[tuple[dict[str, Any], str]] = [
    ({"owned.share": 10**400}, "finite"),
    ({"owned.share": "9" * 401}, "finite"),
    ({"owned.share": [LONG]}, "number"),
    ({"owned.share": DEEP}, "a list too large to print"),
    ({"race.target": LONG}, "name a row"),
    ({"owned.contracted": LONG}, "true or false"),
    ({LONG: 1}, "unknown parameter"),
    ({"race.decision_date": LONG}, "a date"),
]


@pytest.mark.parametrize(("overrides", "said"), HUGE)
def test_a_message_quotes_at_most_80_characters(overrides: dict[str, Any], said: str) -> None:
    message = refusal(params.load, overrides=overrides)
    assert said in message and LONG[:81] not in message and len(message) < 400


def test_a_refused_file_quotes_little(edit: Edit, folder: Path) -> None:
    edit("losses.csv", ",35M,35000000,", f",35M,{LONG},")
    edit("routes.yaml", "owned:\n", f"{LONG}: 1\nowned:\n")
    edit("sources.yaml", "date: 2022-06-23", f"date: {LONG}")
    said = refusal(params.library, folder)
    assert all(len(line) < 300 for line in said.splitlines()) and len(said.splitlines()) >= 3


@pytest.mark.parametrize("known", ["owned.shares_{}", "grid_lead_times.*.lead_year_{}"])
def test_of_many_faults_ten_are_told(folder: Path, known: str) -> None:
    many = {known.format(n): 1 for n in range(2000)}
    start = time.process_time()
    said = refusal(params.load, overrides=many).splitlines()
    scenarios = {"central": {"why": "x", "set": {}}, "x": {"why": "x", "set": many}}
    (folder / "scenarios.yaml").write_text(yaml.safe_dump(scenarios))
    also = refusal(params.library, folder).splitlines()
    assert time.process_time() - start < 6
    for lines in (said, also):
        assert len(lines) == 11 and lines[-1] == "and 1,990 more"
        assert all("did you mean" in line for line in lines[:10])


@pytest.mark.parametrize("key", ["bad\x1bkey", "a\udcffb", "x" * 300])
def test_a_key_is_quoted_so_that_a_terminal_prints_it(key: str) -> None:
    said = refusal(params.read_overrides, [f"{key}=1"])
    assert said.isprintable() and len(said) < 300
