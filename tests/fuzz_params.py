"""Mutations of parameter files: each is refused, or read exactly as an independent reader reads it.

`python -m tests.fuzz_params --n 10000 --seed 1` prints how many of each kind were refused, read as
written, or meant nothing, and every failure: a traceback, a value that is not the one written, or a
long message. Case I of a seed is always the same.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import random
import re
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Final

import pandas as pd
import yaml
from tqdm import tqdm

from euromesh.params import FOLDER, ParamsError, spec
from euromesh.params.library import library
from euromesh.params.outlines import outlines
from euromesh.params.spec import Spec

PROSE: Final = ("as_of", "how", "confidence", "note", "seen_at", "formula", "why")
NULLS: Final = ("", "~", "null", "Null", "NULL")
BLANK: Final = ("none", "", "~")
UNREADABLE: Final = object()  # equals no value: what no reader may make of a text
LOADER: Final = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
Tree = dict[str, Any]
Facts = dict[str, object]


# --- an independent reader -----------------------------------------------------------------------


def meaning(kind: Spec, text: object) -> object:
    """The value that a text means, by decimal arithmetic and nothing of the package."""
    if not isinstance(text, str):
        return UNREADABLE
    text = text.strip(" ")
    if kind.optional and text in NULLS:
        return None
    if kind.unit == "flag":
        return {"true": True, "false": False}.get(text.lower(), UNREADABLE)
    return decimal(text) if kind.numeric else text


def decimal(text: str) -> object:
    """A decimal number in ASCII digits, without the signs that only some readers take."""
    if not text.isascii() or "_" in text or not re.search("[0-9]", text):
        return UNREADABLE
    try:
        return float(Decimal(text))
    except InvalidOperation:
        return UNREADABLE


def leaves(tree: Tree, path: str = "") -> Iterator[tuple[str, Tree]]:
    """The single values of a YAML file, by id."""
    for word, inner in tree.items():
        key = f"{path}.{word}" if path else word
        if key in spec.singles():
            yield key, inner
        elif isinstance(inner, dict):
            yield from leaves(inner, key)


def yaml_facts(text: str) -> Facts:
    facts: Facts = {}
    for key, leaf in leaves(yaml.load(text, Loader=LOADER)):
        for word in ("value", "low", "high"):
            if word in leaf:
                facts[f"{key}:{word}"] = meaning(spec.singles()[key], leaf[word])
        facts |= {f"{key}:{word}": leaf.get(word, "") for word in PROSE}
        facts[f"{key}:sources"] = tuple(leaf.get("sources", ()))
    return facts


def cells(text: str) -> list[list[str]]:
    return [row for row in csv.reader(io.StringIO(text)) if row]


def table_facts(name: str, text: str) -> Facts:
    header, *rows = cells(text)
    heads = [cell.partition(" [")[0] for cell in header]
    facts: Facts = {}
    for row in (dict(zip(heads, row, strict=True)) for row in rows):
        for column, kind in spec.tables()[name].items():
            key = f"{name}.{row['id']}.{column}"
            for word, end in (("value", ""), ("low", "_low"), ("high", "_high")):
                optional = Spec(kind.unit, kind.optional or bool(end), kind.choices)
                facts[f"{key}:{word}"] = meaning(optional, row.get(f"{column}{end}", ""))
            facts |= {f"{key}:{word}": row.get(word, "") for word in PROSE}
            facts[f"{key}:sources"] = tuple(row["sources"].split())
    return facts


def written_facts(name: str, data: bytes) -> Facts:
    """What a file says, to the independent reader."""
    text = data.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    if name.endswith(".csv"):
        return table_facts(name.removesuffix(".csv"), text)
    if name.endswith(".geojson"):
        return {"metadata": json.loads(text)["metadata"], "features": json.loads(text)["features"]}
    if name.endswith(".txt"):
        return {"names": text.removesuffix("\n").split("\n")}
    if name == "sources.yaml":
        return dict(yaml.load(text, Loader=LOADER))
    if name == "scenarios.yaml":
        return {key: told(entry) for key, entry in yaml.load(text, Loader=LOADER).items()}
    return yaml_facts(text)


def read_facts(name: str, folder: Path) -> Facts:
    """What the package made of the file."""
    if name.endswith(".geojson"):
        found = outlines.__wrapped__(folder)
        features = [country.drawn() for country in found.features]
        return {"metadata": found.metadata.model_dump(exclude_unset=True), "features": features}
    read = library.__wrapped__(folder)
    if name.endswith(".txt"):
        return {"names": read.coordinates}
    if name == "sources.yaml":
        listed = read.sources.items()
        return {key: one.model_dump(exclude={"key"}, exclude_defaults=True) for key, one in listed}
    if name == "scenarios.yaml":
        return {key: told(one.model_dump()) for key, one in read.scenarios.items()}
    words = ("value", "low", "high", *PROSE, "sources")
    return {
        f"{key}:{word}": getattr(found, word)
        for key, found in read.parameters.items()
        if found.file.endswith(f"/{name}")
        for word in words
    }


def told(entry: Any) -> object:
    """An entry of scenarios as it compares with texts: a number by its value."""
    texts = {key: str(value).lower() for key, value in (entry["set"] or {}).items()}
    numbers = {key: decimal(text) for key, text in texts.items()}
    words = {key: "null" if text in BLANK else text for key, text in texts.items()}
    return {**entry, "set": {k: words[k] if x is UNREADABLE else x for k, x in numbers.items()}}


def differing(written: Facts, read: Facts) -> list[str]:
    """Keys that the package reads otherwise than they are written, but for ends that it derives."""
    derived = {key for key in read if key not in written and key.endswith((":low", ":high"))}
    keys = (written.keys() | read.keys()) - derived
    return sorted(key for key in keys if written.get(key, UNREADABLE) != read.get(key))


# --- mutations -----------------------------------------------------------------------------------


Mutation = Callable[[random.Random, str], str | bytes]
_SIGNS: Final = (
    "\x00 \x07 \x1b[31m \x7f \x85 \u2028 \u202e \ufeff \u00a0 \u200b １ ٣ é 漢 | > & * ! % @ ` ' \""
    " # : - ? { } [ ] , \\ <<: ~ null yes no on .inf .nan 1_0 0x1F 0o7 1:30 010 1e5 -1 1e400 ---"
)
_WRITTEN: Final = (
    "1_000 1.5.2 23.536 1,5 0x10 0o10 010 1:30 -1 -0.5 1e3 1e400 nan .nan .inf null ~ true yes"
    " no abc 0 00.10 5. .5 +3 '3' \"0.5\" 3e 1e+2 １２ ٣ 2027-01-01 2027 [1] {a:1} [] '' 1e-400"
    " 9.895e14 1979"
)
NASTY: Final = _SIGNS.split(" ")
VALUES: Final = _WRITTEN.split(" ")


def put(chance: random.Random, text: str, new: str) -> str:
    place = chance.randrange(len(text))
    return text[:place] + new + text[place:]


def replaced(chance: random.Random, text: str, pattern: str, new: str) -> str:
    """The text with one of the matches of a pattern replaced, if there is any."""
    found = [*re.finditer(pattern, text, re.MULTILINE)]
    if not found:
        return text
    match = chance.choice(found)
    return text[: match.start()] + new + text[match.end() :]


def bytes_changed(chance: random.Random, text: str) -> bytes:
    """One byte that is another, or up to four that are gone."""
    data = text.encode("utf-8")
    place = chance.randrange(len(data))
    new = chance.choice([bytes([chance.randrange(256)]), b""])
    return data[:place] + new + data[place + (1 if new else chance.randint(1, 4)) :]


def lines_changed(chance: random.Random, text: str) -> str:
    """A line that is gone, stands twice, or stands in the place of another."""
    lines = text.split("\n")
    one, other = chance.randrange(len(lines)), chance.randrange(len(lines))
    changed: list[list[str]] = [
        [*lines[:one], *lines[one + 1 :]],
        [*lines[:one], lines[other], *lines[one:]],
        [{one: lines[other], other: lines[one]}.get(n, line) for n, line in enumerate(lines)],
    ]
    return "\n".join(chance.choice(changed))


def cell_changed(chance: random.Random, text: str, new: list[str]) -> str:
    """The table with another text in a cell that is not blank."""
    rows = cells(text)
    row, n = chance.choice([(row, n) for row in rows[1:] for n, cell in enumerate(row) if cell])
    row[n] = chance.choice(new)
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerows(rows)
    return written.getvalue()


def header_changed(chance: random.Random, text: str) -> str:
    """Two columns that change places, and perhaps their names."""
    head, _, rest = text.partition("\n")
    names = head.split(",")
    one, other = chance.randrange(len(names)), chance.randrange(len(names))
    names[one], names[other] = names[other], names[one]
    if chance.random() < 0.5:
        names[one] = chance.choice([f"{names[one]} [MW]", names[other], names[one].upper(), ""])
    return f"{','.join(names)}\n{rest}"


ANY: Final[dict[str, Mutation]] = {
    "bytes changed": bytes_changed,
    "sign put in": lambda c, t: put(c, t, c.choice(NASTY)),
    "truncated": lambda c, t: t[: c.randrange(len(t))],
    "lines changed": lines_changed,
    "number changed": lambda c, t: replaced(
        c, t, r"(?<=[,: ])[0-9][0-9.e+]*(?=[,\n])", c.choice(VALUES)
    ),
    "digit changed": lambda c, t: replaced(c, t, "[0-9]", str(c.randrange(10))),
}
OF_YAML: Final[dict[str, Mutation]] = {
    "value changed": lambda c, t: replaced(c, t, r"(?<=: )\S+$", c.choice(VALUES)),
}
OTHER_CELLS: Final = [*VALUES, *NASTY, "", "x" * 81, "x" * 131_073, "a\nb", 'a"b', " 3 "]
OF_CSV: Final[dict[str, Mutation]] = {
    "cell replaced": lambda c, t: cell_changed(c, t, OTHER_CELLS),
    "cell taken elsewhere": lambda c, t: cell_changed(c, t, c.choice(cells(t))),
    "raw cell": lambda c, t: replaced(
        c, t, ",", "," + c.choice([*NASTY, *VALUES, '"', '""', '","', ",", "\n"])
    ),
    "header changed": header_changed,
}


# --- cases ---------------------------------------------------------------------------------------


class Bench:
    """A copy of the folder in which one file at a time is another."""

    def __init__(self, folder: Path) -> None:
        self.folder = Path(shutil.copytree(FOLDER, folder / "params"))
        self.before = {path.name: path.read_bytes() for path in sorted(self.folder.glob("*.*"))}
        self.facts = {name: written_facts(name, data) for name, data in self.before.items()}

    def case(self, chance: random.Random) -> tuple[str, str, bytes]:
        """A mutation by its kind, and the file that it changed."""
        name = chance.choice([*self.before])
        text = self.before[name].decode("utf-8")
        own = OF_CSV if name.endswith(".csv") else OF_YAML if name.endswith(".yaml") else {}
        asked = chance.choice([*ANY, *own, *own])
        data = {**ANY, **own}[asked](chance, text)
        return asked, name, data.encode("utf-8") if isinstance(data, str) else data

    def outcome(self, name: str, data: bytes) -> str:
        """What became of a mutant; a failure starts with an exclamation mark."""
        try:
            return self._read(name, data)
        except ParamsError as error:
            long = any(len(line) > 700 for line in str(error).splitlines())
            return "!long message" if long else "refused"
        except Exception as error:
            return f"!traceback {type(error).__name__}: {error!s:.200}"

    def _read(self, name: str, data: bytes) -> str:
        (self.folder / name).write_bytes(data)
        try:
            read = read_facts(name, self.folder)
        finally:
            (self.folder / name).write_bytes(self.before[name])
        written = written_facts(name, data)
        for key in differing(written, read):
            return f"!silent {key}: {written.get(key)!r:.80} read as {read.get(key)!r:.80}"
        return "nothing" if written == self.facts[name] else "as written"


def fuzz(n: int, seed: int, first: int = 0) -> tuple[Counter[tuple[str, str]], list[str]]:
    """How many cases of each kind came to what, and the failures."""
    counts: Counter[tuple[str, str]] = Counter()
    failures: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder))
        for number in tqdm(range(first, first + n), disable=None):
            asked, name, data = bench.case(random.Random(f"{seed}/{number}"))
            came = bench.outcome(name, data)
            counts[asked, came.split(" ")[0] if came.startswith("!") else came] += 1
            if came.startswith("!"):
                failures.append(f"case {number}, {asked} in {name}: {came[1:]}")
    return counts, failures


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name, default in (("--n", 10_000), ("--seed", 1), ("--first", 0)):
        asked.add_argument(name, type=int, default=default)
    given = asked.parse_args()
    counts, failures = fuzz(given.n, given.seed, given.first)
    table = pd.Series(counts).unstack(fill_value=0)
    table.loc["all"] = table.sum()
    print(table.to_string(), *failures, sep="\n")
    print(f"{counts.total():,} cases, {len(failures)} failures")
    return bool(failures)


if __name__ == "__main__":
    sys.exit(main())
