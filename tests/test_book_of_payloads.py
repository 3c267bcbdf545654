"""Values that are mark-up somewhere: nothing runs, and each is shown as the text it is."""

from __future__ import annotations

import dataclasses
import re
import shutil
from pathlib import Path

import pypdfium2 as pdfium
import pytest
import yaml
from playwright.sync_api import Browser, Page

from euromesh import book, facts, params, runs
from euromesh.params import Library
from tests import stating
from tests.conftest import BuiltBook, holding
from tests.test_escape import one_line
from tests.test_site import page_names, serving, visits

pytestmark = pytest.mark.book

PAYLOADS = (
    "<script>window.ran=1;alert(1)</script>",
    "</script><SCRIPT>window.ran=1</SCRIPT>",
    "<!--<script>window.ran=1",
    '<img src=x onerror="window.ran=1">',
    "\"'><svg onload=window.ran=1>",
    "[press](javascript:window.ran=1) <javascript:window.ran=1>",
    "```{include} /etc/passwd",
    "{raw}`html` {val}`owned.share` `` a ` b ``",
    ":::{raw} html",
    "$x^2$ and \\(y_1\\) and \\[z\\]",
    "a | b \\| c \\\\| d \\",
    "-- --- ... \"quoted\" 'so'",
    "&lt;b&gt; &amp; &#60;script&#62;",
    '#import "/etc/passwd" @label <label> $x$ \\u{41} #panic("no")',
    "{{ title }} {% if no %} {= 7 * 7 =} {# no #}",
    "*a* _b_ ~c~ ^d^ **e** ==f==",
    'f id="g" role="h" aria-i="j" url(#k)',
    "1. one",
    "# head",
    "(label)= % no +++ comment",
    "! https://example.org/?a=1&b=2 www.example.org",
)
AGAIN = "another folder"
PAGE = """\
---
kernelspec: {display_name: Python 3, language: python, name: python3}
---

# A notebook

```{code-cell} ipython3
:tags: [parameters]

scenario: str = "central"
overrides: dict = {}
```

```{code-cell} ipython3
import altair as alt
import pandas as pd
from euromesh import charts, params

names = [machine.name for machine in params.load(scenario, overrides).machines.values()]
data = pd.DataFrame({"name": names, "number": range(len(names))})
print(*names, sep="\\n")
display(charts.table(data))
named = alt.Y("name:N", axis=alt.Axis(labelLimit=0))
alt.Chart(data).mark_bar().encode(x="number:Q", y=named, tooltip=["name", "number"]).properties(
    name="payloads", description="; ".join(names)
)
```
"""


def hostile(library: Library) -> Library:
    """The library with a payload for each title, publisher and note of its first entries."""
    sources, parameters = dict(library.sources), dict(library.parameters)
    for text, source, key in zip(PAYLOADS, library.sources, library.parameters, strict=False):
        told = dict.fromkeys(("title", "publisher", "licence", "read_at"), text)
        sources[source] = sources[source].model_copy(update=told)
        parameters[key] = dataclasses.replace(parameters[key], note=text, why=text)
    return dataclasses.replace(library, sources=sources, parameters=parameters)


def machines() -> list[str]:
    """The names that hold the payloads, by id."""
    rows = params.library().tables["machines"].rows
    return [f"machines.{row}.name" for row in rows[: len(PAYLOADS)]]


def repository(folder: Path) -> Path:
    """A repository with one written page, which prints every payload in text and in a table."""
    written = shutil.ignore_patterns("*.md")
    shutil.copytree(book.ROOT / "book", folder / "book", ignore=written)
    shutil.copyfile(book.ROOT / "_config.yml", folder / "_config.yml")
    chapters = [{"file": name} for name in ("notebooks/01_page", "references", "sources")]
    contents = {"format": "jb-book", "root": "intro", "chapters": chapters}
    (folder / "_toc.yml").write_text(yaml.safe_dump(contents), encoding="utf-8")
    roles = [f"{{val}}`{key}`" for key in machines()]
    rows = [f"| {role} | {role} |" for role in roles]
    intro = ["# What is shown?", *roles, "\n".join(["| a | b |", "| --- | --- |", *rows])]
    (folder / "book/intro.md").write_text("\n\n".join(intro), encoding="utf-8")
    cited = ", ".join(list(params.library().sources)[: len(PAYLOADS)])
    references = f"# References\n\n{{cite:p}}`{cited}`\n\n```{{bibliography}}\n```\n"
    (folder / "book/references.md").write_text(references, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def hostile_book(tmp_path_factory: pytest.TempPathFactory, shared: Path) -> BuiltBook:
    """The book of a run whose names, titles and notes are payloads."""
    place = tmp_path_factory.mktemp("hostile")
    (place / "notebooks").mkdir()
    (place / "notebooks/01_page.md").write_text(PAGE, encoding="utf-8")
    overrides = dict(zip(machines(), PAYLOADS, strict=True))
    (place / "mine.yaml").write_text(yaml.safe_dump(overrides), encoding="utf-8")
    together = holding(shared / "machine", together=True)
    with together, pytest.MonkeyPatch.context() as patch:
        patch.setattr(runs, "NOTEBOOKS", place / "notebooks")
        stating.nothing_computed(patch)
        patch.setenv(facts.FOLDER, "")  # given back at the end
        asked = {"scenario": "central", "name": "hostile", "pairs": (), "command": "pytest"}
        plan = runs.plan(**asked, file=place / "mine.yaml", build_dir=place / "build")
        run = runs.make(plan)
        library = hostile(params.library())
        patch.setattr(params, "library", lambda: library)
        built = book.build(run, place / "build", repository(place / "repository"))
        book.build(run, place / AGAIN, place / "repository")
    return BuiltBook(run=run, site=built.site.parent, pdf=built.pdf)


def test_the_same_run_gives_the_same_bytes_in_another_folder(hostile_book: BuiltBook) -> None:
    build = hostile_book.run.parents[1]
    pdfs = [*hostile_book.pdf.parent.glob("*.pdf")]
    assert len(pdfs) == 2  # it has no page called report
    for pdf in pdfs:
        again = build.with_name(AGAIN) / pdf.relative_to(build)
        assert again.read_bytes() == pdf.read_bytes(), pdf.name


SCRIPTS = """() => [...document.querySelectorAll("*")].filter(element =>
    [...element.attributes].some(a => a.name.startsWith("on") || /^\\s*javascript:/i.test(a.value))
).map(element => element.outerHTML)"""


def test_nothing_runs_and_every_page_and_live_chart_shows_the_text(
    hostile_book: BuiltBook, browser: Browser
) -> None:
    names, wrong = page_names(hostile_book.site), []
    wide = {"width": 1600, "height": 1000}
    with serving(hostile_book.site) as base:
        for visit in visits(browser, base, names, viewport=wide):
            page, name = visit.page, visit.name
            wrong += visit.wrong
            wrong += [f"{name}: {found}" for found in page.evaluate(SCRIPTS)]
            wrong += [f"{name}: it ran"] * bool(page.evaluate("window.ran"))
            wrong += [f"{name}: {text}" for text in missing(page, name)]
        for visit in visits(browser, base, ["notebooks/01_page.html"], viewport=wide):
            page = visit.page
            assert set(PAYLOADS) <= set(page.locator(".em-chart svg text").all_text_contents())
            page.focus(".em-chart")
            told = ""
            for _ in params.library().tables["machines"].rows:  # a mark each
                page.keyboard.press("ArrowRight")
                told += one_line(page.locator(".em-tip").inner_text())
            assert PAYLOADS[1] in told
    assert not wrong


def missing(page: Page, name: str) -> list[str]:
    """The payloads that a page should show and does not, with how often each was seen."""
    wanted = {"intro.html": 3, "notebooks/01_page.html": 3, "sources-machines.html": 1}
    wanted |= {"sources-list.html": 4, "references.html": 3}
    article = page.locator("article").first
    text = one_line(article.inner_text()) if name in wanted else ""
    known = {} if name != "references.html" else str.maketrans("{}", "()")  # BibTeX has no braces
    counts = {p: text.count(one_line(p).translate(known)) for p in PAYLOADS}
    least = wanted.get(name, 0)
    return [f"{payload} {count} times" for payload, count in counts.items() if count < least]


def test_the_pdfs_show_the_text(hostile_book: BuiltBook) -> None:
    def squeezed(text: str) -> str:  # without what its lines were broken at
        return re.sub(r"[\s\u200b\ufffe\u0002-]", "", text)

    documents = map(pdfium.PdfDocument, hostile_book.pdf.parent.glob("*.pdf"))
    pages = (page for document in documents for page in document)
    text = squeezed("".join(page.get_textpage().get_text_range() for page in pages))
    assert [payload for payload in PAYLOADS if text.count(squeezed(payload)) < 6] == []
