"""Prose types no number, bans words of no use, counts what a sentence holds and links its terms.

A number in a page is a key, printed by the role `val`, so it moves with the model. What is a name
and not a number (`Llama 3.1 405B`) stands in `prose_allowed.yaml` with its reason. Code,
mathematics, roles, addresses, labels and directive options are not prose; captions are.

Running text is prose outside headings, tables and captions: there a sentence has at most 30 words
and two numbers, a paragraph six numbers, a term of art is linked to the glossary where a page
first uses it, and each thing has one name. `prose_words.yaml` says how terms are written, which
names are banned and which sentences are excused, with a reason each.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
import yaml
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from myst_parser.config.main import MdParserConfig
from myst_parser.parsers.mdit import create_md_parser

from euromesh.book.words import spoken as spoken_in
from tests import stating

ROOT = Path(__file__).resolve().parent.parent
CODE = ROOT / "euromesh"
PAGES = sorted([*ROOT.glob("book/*.md"), *ROOT.glob("notebooks/*.md")])
CONFIG = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
PARSER = create_md_parser(
    MdParserConfig(enable_extensions=set(CONFIG["parse"]["myst_enable_extensions"])), RendererHTML
)

OBJECT = "\N{OBJECT REPLACEMENT CHARACTER}"  # stands for a role, code or formula in a sentence
DIRECTIVE = re.compile(r"^\{([\w:.+-]+)\}\s*(.*)$")
NOT_PROSE = re.compile(
    r"code|code-block|code-cell|sourcecode|literalinclude|math|mermaid|raw|eval-rst|include|toctree"
    r"|tableofcontents|bibliography|auto\w+|figure-md|embed|altair-.*"
)
COUNTED = re.compile(r"\{=[^=]*\|\s*length\s*=\}")
OPTIONS = re.compile(r"\A(?:---\n(?s:.*?)\n---(?:\n|$)|(?::[\w-]+:.*(?:\n|$))+)")
PATH_ARGUMENT = {"figure", "image", "csv-table"}

DIGIT = r"[\d\u00b2\u00b3\u00b9\u00bc-\u00be\u2070-\u2079\u2150-\u215f]"
UNITS = "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen"
UNITS += " sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty"
UNITS += " ninety hundred thousand million billion trillion dozen"
CARDINAL = UNITS.replace(" ", "|")
ORDINAL = r"fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth|\w+tieth"
MULTIPLE = "twice|thrice|(?:double|triple|quadruple)[sd]?"
WORDS = rf"(?:{CARDINAL})(?:s|fold|th)?|{ORDINAL}|tens|{MULTIPLE}"
SCALE = re.compile(rf"{OBJECT}\s+(?:thousand|million|billion|trillion)(?!\w)")  # of a printed value
NUMBER = re.compile(rf"(?<!\w)(?:(?:{WORDS})(?!\w)|\w*{DIGIT}(?:[\w.,]*\w)?)", re.IGNORECASE)

BANNED = rf"""
    honest(?:ly|y)? clarity landscapes? crucial(?:ly)? pivotal robust(?:ly|ness)?
    leverag(?:e|es|ed|ing) unlock(?:s|ed|ing)? delv(?:e|es|ed|ing) underscor(?:e|es|ed|ing)
    (?:serve|stand)s?\s+as not\s+just\b[^.]*?\bbut the\s+real\s+question bottom\s+line in\s+summary
    it(?:['\u2019]s|\s+is)\s+not\b[^.]*?[,;\u2014]\s*it(?:['\u2019]s|\s+is)
    second-order(?![^.]*{OBJECT}) key\s+takeaways? transparent(?:ly)? rigorous(?:ly)?
""".split()
BANNED_WORDS = re.compile(rf"(?<!\w)(?:{'|'.join(BANNED)})(?!\w)", re.IGNORECASE)
EMOJI = re.compile("[\U0001f000-\U0001faff\u2600-\u26ff\u2705\u2728\u274c]")


@dataclass(frozen=True)
class Passage:
    """One block of prose: a heading, a paragraph, a table cell, a caption."""

    text: str
    heading: bool = False
    has_val: bool = False
    has_bold: bool = False


# Names that hold a number: each with a reason, and the one page that it may stand in if any.
ALLOWED = yaml.safe_load((ROOT / "tests/prose_allowed.yaml").read_text(encoding="utf-8"))


@cache
def pattern(name: str) -> re.Pattern[str]:
    words = r"\s+".join(map(re.escape, name.split()))
    return re.compile(rf"(?<!\w){words}(?!\w)")


def allowed_in(page: Path, names: list[dict[str, str]] = ALLOWED) -> list[str]:
    """The names that may stand in a page, the longest first."""
    file = page.relative_to(ROOT).as_posix()
    found = [entry["text"] for entry in names if entry.get("file", file) == file]
    return sorted(found, key=len, reverse=True)


def passages(text: str) -> Iterator[Passage]:
    """Every block of prose of a MyST text, directives included."""
    tokens = PARSER.parse(text)
    for before, token in zip([None, *tokens], tokens, strict=False):
        if token.type == "inline":
            yield inline(token, before.type if before else "")
        elif token.type in ("fence", "colon_fence"):
            yield from directive(token)
        elif token.type == "html_block":
            yield Passage(re.sub(r"<(script|style).*?</\1>|<[^>]*>", " ", token.content))


def inline(token: Token, before: str) -> Passage:
    """The words of one block; what is not prose in it becomes one placeholder."""
    children = token.children or []
    words, in_address = "", False
    for child in children:
        if child.type in ("link_open", "link_close"):
            in_address = child.type == "link_open" and child.markup in ("autolink", "linkify")
        elif not in_address:
            words += spoken(child)
    is_bold = before == "paragraph_open" and any(c.type == "strong_open" for c in children)
    has_val = any(child.meta.get("name") == "val" for child in children)
    return Passage(words, before == "heading_open", has_val, is_bold)


def spoken(child: Token) -> str:
    """What a reader reads of a piece of a sentence."""
    if child.type in ("softbreak", "hardbreak"):
        return "\n"
    if child.type == "image":
        return "".join(map(spoken, child.children or []))
    silent = child.type.endswith(("_open", "_close")) or child.type == "html_inline"
    return child.content if child.type == "text" else "" if silent else OBJECT


def directive(token: Token) -> Iterator[Passage]:
    """The prose of a directive: its title, and its body below the options."""
    found = DIRECTIVE.match(token.info.strip())
    if found and not NOT_PROSE.fullmatch(found[1]):
        title = "" if found[1] in PATH_ARGUMENT else found[2]
        yield from passages(f"{title}\n\n{OPTIONS.sub('', token.content)}")


def numbers(text: str, allowed: list[str]) -> list[str]:
    """The numbers typed in a text, from two up; whole 0 and 1 are no figures."""
    for name in allowed:
        text = pattern(name).sub("", text)
    return [found for found in NUMBER.findall(SCALE.sub("", text)) if found not in ("0", "1")]


def style_faults(passage: Passage) -> list[str]:
    """The banned words and emoji of a passage, bold, and a number in a heading."""
    found = [match[0] for match in BANNED_WORDS.finditer(passage.text)]
    found += EMOJI.findall(passage.text)
    found += ["bold inside a paragraph"] if passage.has_bold else []
    return found + (["an anchor that moves"] if passage.heading and passage.has_val else [])


@cache
def read(page: Path, run: str = "central") -> tuple[Passage, ...]:
    """The prose of a page in a run; a count that is computed stands for no number."""
    state = stating.state(run)
    texts = (spoken_in(COUNTED.sub(OBJECT, part), state) for part in stating.parts(page))
    return tuple(passage for text in texts for passage in passages(text))


@pytest.mark.parametrize("page", [*PAGES, ROOT / "README.md"], ids=lambda page: page.name)
def test_prose_types_no_number_and_keeps_the_house_style_in_every_run(page: Path) -> None:
    allowed, is_page = allowed_in(page), page in PAGES
    for run in stating.RUNS if is_page else ["central"]:
        prose = read(page, run)
        typed = {p.text: faults for p in prose if (faults := numbers(p.text, allowed))}
        assert not (is_page and typed), f"print a key with {{val}}, or allow a name: {typed}"
        wrong = {p.text: faults for p in prose if (faults := style_faults(p))}
        assert not wrong, f"the house style bans: {wrong}"


def test_every_allowed_name_has_a_reason_and_is_used() -> None:
    for entry in ALLOWED:
        name, pages = entry["text"], (page for page in PAGES if entry["text"] in allowed_in(page))
        assert {"text", "why"} <= entry.keys() <= {"text", "why", "file"} and entry["why"].strip()
        assert numbers(name, []), f"{name!r} holds no number: it needs no allowance"
        used = any(pattern(name).search(p.text) for page in pages for p in read(page))
        assert used, f"{name!r} stands in no page it is allowed in: remove it"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("It takes 7.6 years.", ["7.6"]),
        ("Two sites and twenty-five links", ["Two", "twenty", "five"]),
        ("half of 1 site, none of 0", []),
        ("a factor of 0.95, or 1,000", ["0.95", "1,000"]),
        ("twice as fast, a dozen times, a hundredfold", ["twice", "dozen", "hundredfold"]),
        ("the second run, someone, often, attend", []),
        ("on the GH200, by 3.8e25", ["GH200", "3.8e25"]),
        ("the tenth to the ninetieth percentile", ["tenth", "ninetieth"]),
        ("10\u00b2 and \u00bd", ["10\u00b2", "\u00bd"]),
        ("| a | 40 MW |\n|---|---|\n| b | four |", ["40", "four"]),
        ("[the 43 places](https://example.org/2024)", ["43"]),
        ("```{note} Since 2024\n:class: wide-2\n\nAbout 50 sites\n```", ["2024", "50"]),
        (":::{admonition} Why 3\nor *four*\n:::", ["3", "four"]),
        ("```{figure} plot-2.png\n:width: 40%\n\nIt takes 9 years\n```", ["9"]),
        ("![40 sites](a2.png)", ["40"]),
        ("{val}`owned.days` of {cite}`smith2024` and {eq}`eq-2`", []),
        ("{val}`owned.full_meur` million EUR", []),
        ("`x = 3` and $y = 2$\n\n$$\nz = 40\n$$ (eq-3)", []),
        ("```python\nx = 3\n```", []),
        ("```{code-cell} python\n:tags: [hide-9]\n\nx = 3\n```", []),
        ("```{math}\n:label: eq-7\n\nx = 3\n```", []),
        ("(label-2)=\n<https://example.org/2024>\n\n% a note of 2024", []),
        ('---\nnumber: 7\n---\n\n<img width="40">', []),
    ],
)
def test_typed_numbers_are_found(text: str, found: list[str]) -> None:
    assert [hit for p in passages(text) for hit in numbers(p.text, [])] == found


def test_an_allowed_name_covers_itself_in_its_file_and_no_more() -> None:
    name = "Llama 3.1 405B"
    assert numbers("the Llama 3.1\n405B run, 405B", [name]) == ["405B"]
    assert numbers("TOP5000", ["TOP500"]) == ["TOP5000"]
    names = [{"text": name, "file": "book/intro.md"}]
    found = [allowed_in(ROOT / f"book/{page}.md", names) for page in ("intro", "report")]
    assert found == [[name], []]


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("Honestly, it leverages the grid.", ["Honestly", "leverages"]),
        ("It is not a race, it is a queue.", ["It is not a race, it is"]),
        ("It's not just fast but cheap.", ["not just fast but"]),
        ("The cable serves as a link.", ["serves as"]),
        ("A second-order effect.", ["second-order"]),
        ("A second-order effect of {val}`owned.days` days.", []),
        ("The code `robust_fit` and the queue.", []),
        ("A **bold** claim \U0001f680.", ["\U0001f680", "bold inside a paragraph"]),
        ("# The {val}`owned.days` days", ["an anchor that moves"]),
    ],
)
def test_style_faults_are_found(text: str, wrong: list[str]) -> None:
    assert [fault for p in passages(text) for fault in style_faults(p)] == wrong


# Running text: what a sentence holds.

WORDS_FILE = yaml.safe_load((ROOT / "tests/prose_words.yaml").read_text(encoding="utf-8"))
MOST_WORDS, MOST_NUMBERS, MOST_IN_PARAGRAPH = 30, 2, 6
FIGURE = "\N{REPLACEMENT CHARACTER}"  # stands for a value that is printed with a digit
CAPTIONED = {"figure", "image", "chart", "table", "list-table", "csv-table"}
LINK = re.compile(r"\x02(?P<target>[^\x03]*)\x03(?P<text>[^\x04]*)\x04")
TITLED = re.compile(r"\A(?P<text>.*?)\s*<(?P<target>[^<>]+)>\Z", re.DOTALL)
STOP = re.compile(r"(?<=[.!?])[)\u201d]*\s+")


def paragraphs(text: str) -> Iterator[str]:
    """The paragraphs of running text of a MyST text, with their values and links marked."""
    tokens = PARSER.parse(text)
    for before, token in zip([None, *tokens], tokens, strict=False):
        if token.type == "inline" and before and before.type == "paragraph_open":
            yield " ".join("".join(map(marked, token.children or [])).split())
        elif token.type in ("fence", "colon_fence"):
            found = DIRECTIVE.match(token.info.strip())
            if found and found[1] not in CAPTIONED and not NOT_PROSE.fullmatch(found[1]):
                yield from paragraphs(body(found[1], OPTIONS.sub("", token.content)))


def body(name: str, text: str) -> str:
    """The running text of a directive: of a glossary what stands below its terms."""
    return re.sub(r"(?m)^\S.*$", "", text) if name == "glossary" else text


def marked(child: Token) -> str:
    """What a reader reads of a piece of a sentence, a value and a linked term marked as such."""
    name = child.meta.get("name")
    if name == "val":
        central = stating.state("central")
        shown = stating.printed(f"{{val}}`{child.content}`", central)
        is_name = re.match(r"[^\W\d]", str(central.v(child.content.partition(":")[0])))
        return FIGURE if re.search(r"\d", shown) and not is_name else OBJECT
    if name == "term":
        titled = TITLED.match(child.content) or {"target": child.content, "text": child.content}
        return f"\x02{titled['target']}\x03{titled['text']}\x04"
    return spoken(child)


def sentences(paragraph: str) -> list[str]:
    """The sentences of a paragraph as they are read, values and code one word each."""
    return STOP.split(LINK.sub(lambda hit: hit["text"], paragraph).strip())


def too_much(paragraph: str) -> Iterator[str]:
    """The sentences of a paragraph that hold too many words or numbers, or all that it holds."""
    for sentence in sentences(paragraph):
        words = [word for word in sentence.split() if re.search(rf"[\w{OBJECT}{FIGURE}]", word)]
        if len(words) > MOST_WORDS:
            yield f"{len(words)} words: {sentence}"
        if sentence.count(FIGURE) > MOST_NUMBERS:
            yield f"{sentence.count(FIGURE)} numbers: {sentence}"
    if paragraph.count(FIGURE) > MOST_IN_PARAGRAPH:
        yield f"{paragraph.count(FIGURE)} numbers in a paragraph: {paragraph}"


@cache
def entries() -> dict[str, re.Pattern[str]]:
    """The terms of the glossary, each with the pattern of how running text writes it."""
    text = (ROOT / "book/glossary.md").read_text(encoding="utf-8").split("{glossary}\n")[1]
    terms = [line.replace("\\", "") for line in re.findall(r"(?m)^([^\s`].*)$", text)]
    assert set(terms) >= WORDS_FILE["forms"].keys(), "a form of what is no entry of the glossary"
    return {term: written(WORDS_FILE["forms"].get(term, [f"{term}s?"])) for term in terms}


def written(forms: list[str]) -> re.Pattern[str]:
    """Any of these forms, also at the start of a sentence."""
    either = "|".join(forms) or r"(?!)"
    return re.compile(rf"(?<![\w-])(?:{either})(?![\w-])", re.IGNORECASE)


def unlinked(text: str) -> Iterator[str]:
    """The terms whose first use in a text is no link to the glossary."""
    read_as = LINK.sub(lambda hit: OBJECT * len(hit[0]), text)
    linked = {hit["target"].lower(): hit.start() for hit in reversed([*LINK.finditer(text)])}
    for term, form in entries().items():
        first = form.search(read_as)
        if first and first.start() < linked.get(term.lower(), len(text)):
            yield f"{term}: {text[max(0, first.start() - 40) : first.end() + 40]!r}"


@cache
def running(page: Path, run: str = "central") -> tuple[str, ...]:
    """The paragraphs of running text of a page in a run."""
    state, parts = stating.state(run), stating.parts(page, captions=False)
    texts = (spoken_in(COUNTED.sub(OBJECT, part), state) for part in parts)
    return tuple(paragraph for text in texts for paragraph in paragraphs(text))


def excused(page: Path) -> list[str]:
    """The starts of the sentences of a page that may hold more."""
    file = page.relative_to(ROOT).as_posix()
    return [entry["text"] for entry in WORDS_FILE["excused"] if entry["file"] == file]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_sentence_holds_at_most_thirty_words_and_two_numbers(page: Path) -> None:
    faults = [fault for text in running(page) for fault in too_much(text)]
    free = [entry for entry in excused(page) if any(entry in fault for fault in faults)]
    assert free == excused(page), "an excuse that no sentence needs"
    wrong = [fault for fault in faults if not any(entry in fault for entry in free)]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_term_is_linked_to_the_glossary_where_a_page_first_uses_it(page: Path) -> None:
    if page.name != "glossary.md":
        assert not (wrong := [*unlinked("\n\n".join(running(page)))]), "\n".join(wrong)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_each_thing_has_one_name_in_every_run(page: Path) -> None:
    file = page.relative_to(ROOT).as_posix()
    for run in stating.RUNS:
        texts = [LINK.sub(r"\g<text>", text) for text in running(page, run)]
        texts += [passage.text for passage in read(page, run)]
        wrong = {text: names for text in texts if (names := named_wrongly(text, file))}
        assert not wrong, f"prose_words.yaml says what to write: {wrong}"


def named_wrongly(text: str, file: str) -> list[str]:
    """The banned names that a text of a file uses."""
    rules = [entry for entry in WORDS_FILE["banned"] if file not in entry.get("except", [])]
    return [entry["text"] for entry in rules if written([entry["text"]]).search(text)]


def constants(path: Path) -> Iterator[str]:
    """The texts that a module may print: no docstring, no name of a column or a parameter."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        for child in () if isinstance(node, ast.Expr) else ast.iter_child_nodes(node):
            text = child.value if isinstance(child, ast.Constant) else None
            if isinstance(text, str) and " " in text.strip():
                yield text


def test_text_that_code_prints_has_the_same_names() -> None:
    paths = [path for name in ("book", "facts", "charts") for path in CODE.glob(f"{name}/*.py")]
    wrong = {
        text: names
        for path in paths
        for text in constants(path)
        if (names := named_wrongly(text, path.name))
    }
    assert len(paths) > 40 and not wrong


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("word " * 29 + "[a link](x.md).", ["31 words"]),
        ("word " * 20 + "ends. It has {val}`owned.share` and `code with words`.", []),
        ("{val}`owned.share` to {val}`owned.share.low`, of {val}`race.horizon:%Y`.", ["3 numbers"]),
        ("{val}`owned.share`, {val}`race.horizon`. " * 4, ["8 numbers in a paragraph"]),
        ("Of {val}`frontier.largest_name`, {val}`owned.share` and {val}`owned.share.low`.", []),
        ("| {val}`owned.share` | {val}`owned.share` | {val}`owned.share` |\n|---|---|---|", []),
    ],
)
def test_what_is_too_much_for_a_sentence_is_found(text: str, found: list[str]) -> None:
    faults = [fault.split(":")[0] for p in paragraphs(text) for fault in too_much(p)]
    assert faults == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("The leased hall and the {term}`hall <leased hall>`.", ["leased hall"]),
        ("The {term}`leased hall`, and halls.", []),
        ("# A quorum\n\nA {term}`Gini coefficient` {term}`drawn <draw>`.", []),
        ("Quorums matter.", ["quorum"]),
    ],
)
def test_a_term_without_a_link_is_found(text: str, found: list[str]) -> None:
    assert [fault.split(":")[0] for fault in unlinked("\n\n".join(paragraphs(text)))] == found
