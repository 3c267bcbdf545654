"""Values that are mark-up somewhere: nothing runs, and each is shown as the text it is."""

from __future__ import annotations

import dataclasses
import functools
import re
import shutil
import threading
from pathlib import Path

import nbformat
import pypdfium2 as pdfium
import pytest
import yaml
from playwright.sync_api import Page, sync_playwright

from euromesh import book, params, runs
from euromesh.params import Library
from tests import stating
from tests.conftest import BuiltBook
from tests.test_site import LIVE, Quiet, Server, chromium

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

given = params.load(scenario, overrides)
names = [machine.name for machine in given.machines.values()]
data = pd.DataFrame({"name": names, "number": range(len(names))})
charts.table(data)
```

```{code-cell} ipython3
data
```

```{code-cell} ipython3
print(*names, sep="\\n")
```

```{code-cell} ipython3
alt.Chart(data).mark_bar().encode(
    x="number:Q",
    y=alt.Y("name:N", axis=alt.Axis(labelLimit=0)),
    tooltip=["name", "number"],
).properties(name="payloads", description="; ".join(names))
```
"""
INTRO = "# What is shown?\n\n{note}\n\n"


def hostile(library: Library) -> Library:
    """The library with a payload for each title, publisher and note of its first entries."""
    sources, parameters = dict(library.sources), dict(library.parameters)
    for payload, key in zip(PAYLOADS, library.sources, strict=False):
        sources[key] = dataclasses.replace(
            sources[key], title=payload, publisher=payload, licence=payload
        )
    for payload, key in zip(PAYLOADS, library.parameters, strict=False):
        parameters[key] = dataclasses.replace(parameters[key], note=payload, why=payload)
    return dataclasses.replace(library, sources=sources, parameters=parameters)


def machines() -> list[str]:
    """The names that hold the payloads, by id."""
    rows = params.library().tables["machines"].rows
    return [f"machines.{row}.name" for row in rows[: len(PAYLOADS)]]


def repository(folder: Path) -> Path:
    """A repository with one written page, which prints every payload in text and in a table."""
    for name in ("_ext", "_static", "_templates"):
        shutil.copytree(book.ROOT / "book" / name, folder / "book" / name)
    shutil.copyfile(book.ROOT / "book" / "methods.bib", folder / "book" / "methods.bib")
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
def hostile_book(tmp_path_factory: pytest.TempPathFactory) -> BuiltBook:
    """The book of a run whose names, titles and notes are payloads."""
    place = tmp_path_factory.mktemp("hostile")
    (place / "notebooks").mkdir()
    (place / "notebooks/01_page.md").write_text(PAGE, encoding="utf-8")
    overrides = dict(zip(machines(), PAYLOADS, strict=True))
    (place / "mine.yaml").write_text(yaml.safe_dump(overrides), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runs, "NOTEBOOKS", place / "notebooks")
        stating.nothing_computed(patch)
        plan = runs.plan(
            scenario="central",
            name="hostile",
            pairs=(),
            file=place / "mine.yaml",
            build_dir=place / "build",
            command="pytest",
        )
        run = runs.make(plan)
        library = hostile(params.library())
        patch.setattr(params, "library", lambda: library)
        built = book.build(run, place / "build", repository(place / "repository"))
    return BuiltBook(run=run, site=built.site.parent, pdf=built.pdf)


SCRIPTS = """() => [...document.querySelectorAll("*")].filter(element =>
    [...element.attributes].some(a => a.name.startsWith("on") || /^\\s*javascript:/i.test(a.value))
).map(element => element.outerHTML)"""


def one_line(text: str) -> str:
    return " ".join(text.split())


def shown(page: Page, selector: str = "article") -> str:
    """The text of a page as a reader sees it."""
    return one_line(page.locator(selector).first.inner_text())


def test_nothing_runs_and_every_page_shows_the_text(hostile_book: BuiltBook) -> None:
    handler = functools.partial(Quiet, directory=str(hostile_book.site))
    server = Server(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    wrong: list[str] = []
    with sync_playwright() as playwright:
        browser = chromium(playwright.chromium)
        page = browser.new_page(viewport={"width": 1600, "height": 1000})
        page.on("dialog", lambda dialog: wrong.append(f"dialog {dialog.message}"))
        page.on("pageerror", lambda error: wrong.append(f"error {error}"))
        page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
        for path in sorted(hostile_book.site.rglob("*.html")):
            name = path.relative_to(hostile_book.site).as_posix()
            page.goto(f"http://127.0.0.1:{server.server_port}/{name}")
            page.wait_for_function(LIVE, timeout=20_000)
            page.wait_for_timeout(100)
            wrong += [f"{name}: {found}" for found in page.evaluate(SCRIPTS)]
            wrong += [f"{name}: it ran"] * bool(page.evaluate("window.ran"))
            wrong += [f"{name}: {text}" for text in missing(page, name)]
        browser.close()
    server.shutdown()
    assert not wrong


def missing(page: Page, name: str) -> list[str]:
    """The payloads that a page should show and does not, with how often each was seen."""
    wanted = {"intro.html": 3, "notebooks/01_page.html": 4, "sources-machines.html": 1}
    wanted |= {"sources-list.html": 3, "references.html": 2}
    text = shown(page) if name in wanted else ""
    known = {} if name != "references.html" else str.maketrans("{}", "()")  # BibTeX has no braces
    counts = {p: text.count(one_line(p).translate(known)) for p in PAYLOADS}
    least = wanted.get(name, 0)
    return [f"{payload} {count} times" for payload, count in counts.items() if count < least]


def test_the_live_chart_and_its_tooltip_show_the_text(hostile_book: BuiltBook) -> None:
    with sync_playwright() as playwright:
        browser = chromium(playwright.chromium)
        page = browser.new_page(viewport={"width": 1600, "height": 1000})
        page.goto(f"{hostile_book.site.as_uri()}/notebooks/01_page.html")
        page.wait_for_function(LIVE, timeout=20_000)
        labels = page.locator(".em-chart svg text").all_text_contents()
        assert set(PAYLOADS) <= set(labels)
        (label,) = page.evaluate(
            """() => [...document.querySelectorAll('.em-chart [role=graphics-symbol]')]
                .filter(bar => bar.getAttribute('aria-label')?.includes('<SCRIPT>'))
                .map(bar => { bar.dispatchEvent(new MouseEvent('pointermove', {bubbles: true}));
                    bar.dispatchEvent(new MouseEvent('mousemove', {bubbles: true}));
                    return document.querySelector('#vg-tooltip-element')?.innerText })"""
        )
        browser.close()
    assert PAYLOADS[1] in one_line(label)


def test_the_pdf_shows_the_text(hostile_book: BuiltBook) -> None:
    document = pdfium.PdfDocument(hostile_book.pdf)
    text = squeezed("".join(page.get_textpage().get_text_range() for page in document))
    assert [payload for payload in PAYLOADS if text.count(squeezed(payload)) < 6] == []


def squeezed(text: str) -> str:
    """A text without what its lines were broken at."""
    return re.sub(r"[\s\u200b\ufffe\u0002-]", "", text)


def test_the_notebook_of_the_run_holds_the_values_as_they_were_given(
    hostile_book: BuiltBook,
) -> None:
    notebook = nbformat.read(hostile_book.run / "notebooks/01_page.ipynb", as_version=4)
    injected = next(c for c in notebook.cells if "injected-parameters" in c.metadata.tags)
    given: dict[str, object] = {}
    exec(injected.source, given)
    assert given["overrides"] == dict(zip(machines(), PAYLOADS, strict=True))
