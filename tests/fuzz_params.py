"""Mutations of parameter files: each is refused, or read exactly as an independent reader reads it.

`python -m tests.fuzz_params --n 10000 --seed 1` prints how many of each kind were refused, read as
written, or meant nothing, and every failure: a traceback, a value that is not the one written, or
something that must be refused and was not. Case I of a seed is always the same.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Final

import yaml
from tqdm import tqdm

from euromesh import params
from euromesh.params import FOLDER, ParamsError, spec
from euromesh.params.library import library
from euromesh.params.outlines import outlines
from euromesh.params.spec import Spec

PROSE: Final = ("as_of", "how", "confidence", "note", "seen_at", "formula", "why")
NULLS: Final = ("", "~", "null", "Null", "NULL")
UNREADABLE: Final = object()  # equals no value: what no reader may make of a text
OVERRIDES: Final = "overrides.yaml"
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
    """The rows of a table, letter by letter."""
    rows, cell, inside = [[""]], "", False
    for letter in text + ("" if text.endswith("\n") else "\n"):
        if letter == '"' and cell[:1] in ("", '"'):
            inside = not inside
            cell += '"'
        elif inside or letter not in ",\n":
            cell += letter
        else:
            rows[-1][-1] = unquoted(cell)
            cell = ""
            rows += [[""]] if letter == "\n" else []
            rows[-1] += [""] if letter == "," else []
    return [row for row in rows if row != [""]]


def unquoted(cell: str) -> str:
    return cell[1:-1].replace('""', '"') if len(cell) > 1 and cell[0] == cell[-1] == '"' else cell


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
    if name in ("sources.yaml", "scenarios.yaml"):
        return dict(yaml.load(text, Loader=LOADER))
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
        words = ("title", "publisher", "url", "date", "accessed", "licence")
        return {k: {word: getattr(s, word) for word in words} for k, s in read.sources.items()}
    if name == "scenarios.yaml":
        return {k: {"why": s.why, "set": as_texts(s.set)} for k, s in read.scenarios.items()}
    words = ("value", "low", "high", *PROSE, "sources")
    return {
        f"{key}:{word}": getattr(found, word)
        for key, found in read.parameters.items()
        if found.file.endswith(f"/{name}")
        for word in words
    }


def as_texts(given: Mapping[str, object]) -> dict[str, object]:
    """Settings as they compare with texts: a number by its value."""
    told = {
        key: str(value).lower() if isinstance(value, bool) else value
        for key, value in given.items()
    }
    return {
        key: number if (number := decimal(str(v))) is not UNREADABLE else v
        for key, v in told.items()
    }


def normal(name: str, facts: Facts) -> Facts:
    """Settings of scenarios as numbers where they spell one; all else as it is."""
    if name != "scenarios.yaml":
        return facts
    return {key: {**entry, "set": as_texts(entry["set"] or {})} for key, entry in facts.items()}  # type: ignore[dict-item,index]


def differing(written: Facts, read: Facts) -> list[str]:
    """Keys that the package reads otherwise than they are written, but for ends that it derives."""
    derived = {key for key in read if key not in written and key.endswith((":low", ":high"))}
    keys = (written.keys() | read.keys()) - derived
    return sorted(key for key in keys if written.get(key, UNREADABLE) != read.get(key))


# --- mutations -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Mutant:
    """A file in the place of one of the folder, or of overrides."""

    file: str
    data: bytes
    must: bool = False  # be refused


Mutation = Callable[[random.Random, str, str], str | bytes]
ANY: Final[dict[str, Mutation]] = {}
OF_YAML: Final[dict[str, Mutation]] = {}
OF_CSV: Final[dict[str, Mutation]] = {}
MUST: Final[set[str]] = set()
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
CODES: Final = ["uk", "GB", "DE", "xx", "eu", "d", "deu", "No", "el", "zz", "us", "jp"]


def kind(where: dict[str, Mutation], *, must: bool = False) -> Callable[[Mutation], Mutation]:
    def noted(mutation: Mutation) -> Mutation:
        where[mutation.__name__] = mutation
        if must:
            MUST.add(mutation.__name__)
        return mutation

    return noted


def at(chance: random.Random, text: str) -> int:
    return chance.randrange(len(text))


def put(text: str, place: int, new: str, over: int = 0) -> str:
    return text[:place] + new + text[place + over :]


def one_line(chance: random.Random, text: str, change: Callable[[str], str]) -> str:
    """The text with one of its lines that a change alters; broken YAML where there is none."""
    lines = text.split("\n")
    able = [n for n, line in enumerate(lines) if change(line) != line]
    if not able:
        return "nothing: ["
    n = chance.choice(able)
    lines[n] = change(lines[n])
    return "\n".join(lines)


@kind(ANY)
def byte_changed(chance: random.Random, name: str, text: str) -> bytes:
    data = bytearray(text.encode("utf-8"))
    data[chance.randrange(len(data))] = chance.randrange(256)
    return bytes(data)


@kind(ANY)
def byte_lost(chance: random.Random, name: str, text: str) -> bytes:
    data = text.encode("utf-8")
    place = chance.randrange(len(data))
    return data[:place] + data[place + chance.randint(1, 4) :]


@kind(ANY)
def sign_put_in(chance: random.Random, name: str, text: str) -> str:
    return put(text, at(chance, text), chance.choice(NASTY))


@kind(ANY)
def truncated(chance: random.Random, name: str, text: str) -> str:
    return text[: at(chance, text)]


@kind(ANY)
def line_lost(chance: random.Random, name: str, text: str) -> str:
    lines = text.split("\n")
    del lines[chance.randrange(len(lines))]
    return "\n".join(lines)


@kind(ANY)
def line_doubled(chance: random.Random, name: str, text: str) -> str:
    lines = text.split("\n")
    lines.insert(at(chance, "x" * len(lines)), chance.choice(lines))
    return "\n".join(lines)


@kind(ANY)
def lines_swapped(chance: random.Random, name: str, text: str) -> str:
    lines = text.split("\n")
    one, other = chance.randrange(len(lines)), chance.randrange(len(lines))
    lines[one], lines[other] = lines[other], lines[one]
    return "\n".join(lines)


@kind(ANY)
def number_changed(chance: random.Random, name: str, text: str) -> str:
    found = chance.choice([*re.finditer(r"(?<=[,: ])[0-9][0-9.e+]*(?=[,\n])", text)] or [None])
    return text if found is None else put(text, found.start(), chance.choice(VALUES), len(found[0]))


@kind(ANY)
def digit_changed(chance: random.Random, name: str, text: str) -> str:
    found = chance.choice([*re.finditer("[0-9]", text)] or [None])
    return text if found is None else put(text, found.start(), str(chance.randrange(10)), 1)


@kind(ANY)
def marked_as_utf_8(chance: random.Random, name: str, text: str) -> bytes:
    return b"\xef\xbb\xbf" + text.encode("utf-8")


@kind(ANY)
def other_line_ends(chance: random.Random, name: str, text: str) -> str:
    return text.replace("\n", chance.choice(["\r\n", "\r"]))


@kind(ANY, must=True)
def other_encoding(chance: random.Random, name: str, text: str) -> bytes:
    encoding = chance.choice(["utf-16", "utf-32", "latin-1", "cp1252", "cp500"])
    return f"{text}\n# é".encode(encoding, "replace")


@kind(ANY, must=True)
def unseen_sign(chance: random.Random, name: str, text: str) -> str:
    return put(
        text, at(chance, text), chance.choice("\x00\x01\x1b\x7f\x80\x9f\u2028\u2029\u202e\u2066")
    )


@kind(OF_YAML, must=True)
def anchor(chance: random.Random, name: str, text: str) -> str:
    return one_line(chance, text, lambda line: re.sub(r"^( *[\w.]+: )(?=\w)", r"\1&a ", line))


@kind(OF_YAML, must=True)
def alias(chance: random.Random, name: str, text: str) -> str:
    return one_line(chance, text, lambda line: re.sub(r"^( *[\w.]+:) \w.*", r"\1 *a", line))


@kind(OF_YAML, must=True)
def tag(chance: random.Random, name: str, text: str) -> str:
    tagged = chance.choice(["!!str", "!!float", "!!int", "!x", "!!python/name:os.system", "!!null"])
    return one_line(
        chance, text, lambda line: re.sub(r"^( *[\w.]+: )(?=\w)", rf"\1{tagged} ", line)
    )


@kind(OF_YAML, must=True)
def key_doubled(chance: random.Random, name: str, text: str) -> str:
    return one_line(
        chance, text, lambda line: re.sub(r"^( *)([\w.]+)(: [\w.]+)$", r"\1\2\3\n\1\2\3", line)
    )


@kind(OF_YAML, must=True)
def nested(chance: random.Random, name: str, text: str) -> str:
    deep = chance.choice("[{") * chance.choice([21, 100, 3000, 30_000])
    return one_line(chance, text, lambda line: re.sub(r"^( *[\w.]+:) \w.*", rf"\1 {deep}", line))


@kind(OF_YAML, must=True)
def no_text_as_key(chance: random.Random, name: str, text: str) -> str:
    return f"{text}\n{chance.choice(['? [a]', '? {a: 1}', '<<: {a: 1}', '? [a, [b]]'])}\n"


@kind(OF_YAML)
def document_added(chance: random.Random, name: str, text: str) -> str:
    return (
        chance.choice(["%YAML 1.1\n---\n", "---\n", "--- \n...\n", "", "# x\n"])
        + text
        + (chance.choice(["", "\n---\na: 1\n", "\n...\n", "\n# x"]))
    )


@kind(OF_YAML)
def value_changed(chance: random.Random, name: str, text: str) -> str:
    new = chance.choice(VALUES)
    return one_line(
        chance, text, lambda line: re.sub(r"^( *[\w.]+:) \S+$", lambda m: f"{m[1]} {new}", line)
    )


def cell_changed(
    chance: random.Random, text: str, able: Callable[[str], bool], new: Callable[[str], str]
) -> str:
    """The table with another text in one of the cells of the columns that serve."""
    rows = cells(text)
    columns = [n for n, head in enumerate(rows[0]) if able(head)]
    places = [(r, n) for r in range(1, len(rows)) for n in columns if rows[r][n : n + 1] != [""]]
    if places:
        r, n = chance.choice(places)
        rows[r][n] = new(rows[r][n])
    return "\n".join(",".join(in_csv(cell) for cell in row) for row in rows) + "\n"


def in_csv(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"' if re.search('[",\n]', cell) else cell


@kind(OF_CSV)
def cell_replaced(chance: random.Random, name: str, text: str) -> str:
    new = [
        *VALUES,
        *NASTY,
        *CODES,
        "",
        "x" * chance.choice([81, 5000, 131_073]),
        "a\nb",
        'a"b',
        " 3 ",
    ]
    return cell_changed(chance, text, lambda head: True, lambda cell: chance.choice(new))


@kind(OF_CSV)
def cell_taken_elsewhere(chance: random.Random, name: str, text: str) -> str:
    other = chance.choice(chance.choice(cells(text)))
    return cell_changed(chance, text, lambda head: True, lambda cell: other)


@kind(OF_CSV)
def raw_cell(chance: random.Random, name: str, text: str) -> str:
    places = [m.end() for m in re.finditer(",", text)]
    return put(
        text, chance.choice(places), chance.choice([*NASTY, *VALUES, '"', '""', '","', ",", "\n"])
    )


@kind(OF_CSV)
def columns_renamed(chance: random.Random, name: str, text: str) -> str:
    head, _, rest = text.partition("\n")
    names = head.split(",")
    one, other = chance.randrange(len(names)), chance.randrange(len(names))
    names[one], names[other] = names[other], names[one]
    if chance.random() < 0.5:
        names[one] = chance.choice([f"{names[one]} [MW]", names[other], names[one].upper(), ""])
    return ",".join(names) + "\n" + rest


@kind(OF_CSV, must=True)
def row_doubled(chance: random.Random, name: str, text: str) -> str:
    row = chance.choice(text.rstrip("\n").split("\n")[1:])
    twin = row if chance.random() < 0.5 else f"twin_{row}"
    is_told_apart = name.removesuffix(".csv") in ("claims", "links") and twin != row
    return text.rstrip("\n") + ("\n" if is_told_apart else f"\n{twin}\n") + "x," * is_told_apart


@kind(OF_CSV, must=True)
def count_in_parts(chance: random.Random, name: str, text: str) -> str:
    changed = cell_changed(
        chance,
        text,
        lambda head: head.endswith("[count]"),
        lambda cell: chance.choice(["23.536", "0.5", "1e-3", "7.25"]),
    )
    return changed if "[count]" in text else "x"


@kind(OF_CSV, must=True)
def number_of_another_script(chance: random.Random, name: str, text: str) -> str:
    digits = chance.choice(["٠١٢٣٤٥٦٧٨٩", "０１２３４５６７８９", "०१२३४५६७८९"])
    changed = cell_changed(
        chance,
        text,
        lambda head: head.endswith("]"),
        lambda cell: cell.translate(str.maketrans("0123456789", digits)),
    )
    return changed if "]" in text.partition("\n")[0] else "x"


@kind(OF_CSV, must=True)
def no_country(chance: random.Random, name: str, text: str) -> str:
    is_country = "country" in text.partition("\n")[0].split(",")
    changed = cell_changed(
        chance, text, lambda head: head == "country", lambda cell: chance.choice(CODES)
    )
    return changed if is_country else "x"


# --- cases ---------------------------------------------------------------------------------------


class Bench:
    """A copy of the folder in which one file at a time is another."""

    def __init__(self, folder: Path) -> None:
        self.folder = Path(shutil.copytree(FOLDER, folder / "params"))
        self.file = folder / OVERRIDES
        self.names = sorted(path.name for path in self.folder.iterdir() if path.is_file())
        self.before = {name: (self.folder / name).read_bytes() for name in self.names}
        self.facts = {name: written_facts(name, data) for name, data in self.before.items()}
        self.central = params.resolve()

    def case(self, chance: random.Random) -> tuple[str, Mutant]:
        """A mutation by its kind, of a file of the folder or of overrides."""
        name = chance.choice([*self.names, *[OVERRIDES] * 12])
        text = self.overrides(chance) if name == OVERRIDES else self.before[name].decode("utf-8")
        own = OF_CSV if name.endswith(".csv") else OF_YAML if name.endswith(".yaml") else {}
        able = {**ANY, **own}
        asked = chance.choice([*sorted(able), *sorted(own)])
        data = able[asked](chance, name, text)
        as_bytes = data.encode("utf-8") if isinstance(data, str) else data
        return asked, Mutant(name, as_bytes, asked in MUST)

    def overrides(self, chance: random.Random) -> str:
        """A file that gives some parameters the values that they have."""
        keys = chance.sample(sorted(self.central), chance.randint(1, 8))
        told = {key: self.central[key] for key in keys}
        return "".join(
            f"{key}: {json.dumps(value, ensure_ascii=False)}\n" for key, value in told.items()
        )

    def outcome(self, mutant: Mutant) -> str:
        """What became of a mutant; a failure starts with an exclamation mark."""
        judge = self._of_overrides if mutant.file == OVERRIDES else self._of_folder
        try:
            found = judge(mutant)
        except ParamsError as error:
            long = any(len(line) > 700 for line in str(error).splitlines())
            return "!long message" if long else "refused"
        except Exception as error:
            return f"!traceback {type(error).__name__}: {error!s:.200}"
        return f"!let through, {found}" if mutant.must else found

    def _of_folder(self, mutant: Mutant) -> str:
        name, path = mutant.file, self.folder / mutant.file
        path.write_bytes(mutant.data)
        try:
            read = normal(name, read_facts(name, self.folder))
        finally:
            path.write_bytes(self.before[name])
        written = normal(name, written_facts(name, mutant.data))
        wrong = differing(written, read)
        if wrong:
            key = wrong[0]
            return f"!silent {key}: {written.get(key)!r:.80} read as {read.get(key)!r:.80}"
        return "nothing" if written == normal(name, self.facts[name]) else "as written"

    def _of_overrides(self, mutant: Mutant) -> str:
        self.file.write_bytes(mutant.data)
        given = params.read_overrides([], self.file)
        resolved = params.resolve("central", given)
        text = mutant.data.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
        told = yaml.load(text, Loader=LOADER)
        kinds = {key: params.library().spec(key) for key in told}
        written = {**self.central, **{key: meaning(kinds[key], told[key]) for key in told}}
        pairs = params.read_overrides([f"{key}={text}" for key, text in told.items()])
        if pairs != given:
            return f"!silent: {given!r:.80} in a file, {pairs!r:.80} in pairs"
        wrong = [key for key in written if written[key] != resolved[key]]
        if wrong or written.keys() != resolved.keys():
            return f"!silent {wrong}"
        return "nothing" if resolved == self.central else "as written"


def fuzz(n: int, seed: int, first: int = 0) -> tuple[Counter[tuple[str, str]], list[str]]:
    """How many cases of each kind came to what, and the failures."""
    counts: Counter[tuple[str, str]] = Counter()
    failures: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder))
        for number in tqdm(range(first, first + n), disable=None):
            asked, mutant = bench.case(random.Random(f"{seed}/{number}"))
            came = bench.outcome(mutant)
            counts[asked, came.split(" ")[0] if came.startswith("!") else came] += 1
            if came.startswith("!"):
                failures.append(f"case {number}, {asked} in {mutant.file}: {came[1:]}")
    return counts, failures


def told(counts: Counter[tuple[str, str]]) -> str:
    """The counts as a table."""
    outcomes = sorted({came for _, came in counts})
    kinds = sorted({asked for asked, _ in counts})
    lines = [("kind", *outcomes)]
    lines += [(asked, *(str(counts[asked, came]) for came in outcomes)) for asked in kinds]
    lines += [("all", *(str(sum(counts[k, came] for k in kinds)) for came in outcomes))]
    return "\n".join(
        "  ".join(f"{cell:>12}" if n else f"{cell:<26}" for n, cell in enumerate(line))
        for line in lines
    )


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--n", type=int, default=10_000)
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--first", type=int, default=0)
    given = asked.parse_args()
    counts, failures = fuzz(given.n, given.seed, given.first)
    print(told(counts), *failures, f"{counts.total():,} cases, {len(failures)} failures", sep="\n")
    return bool(failures)


if __name__ == "__main__":
    sys.exit(main())
