"""What a page says of itself, how it is cited, where it stands; and the data beside the pages."""

from __future__ import annotations

import re
import runpy
import shutil
import subprocess
import sys
import tomllib
import zipfile
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml
from bs4 import BeautifulSoup
from frictionless import Package

from euromesh import params
from euromesh.book import package
from euromesh.book.about import DATE, About
from euromesh.folders import ROOT
from tests.conftest import BuiltBook, holding

EM_META = SimpleNamespace(**runpy.run_path(str(ROOT / "book/_ext/em_meta.py")))
CONFIG = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
ADDRESS, CODE = "http://127.0.0.1:8123/mesh", "http://127.0.0.1:8124/code"
BOOK = About("EuroMesh", "Can it?", "Some people", "central", date(2026, 11, 21), "", "")
PLACEHOLDER = re.compile(r"\bexample\.(?:org|com)\b")


def read(path: Path) -> BeautifulSoup:
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


def tops(site: Path) -> dict[str, BeautifulSoup]:
    """Every page by name up to its masthead, but those that lead to another or are a copy."""
    found = {}
    for path in sorted(site.rglob("*.html")):
        head, article, body = path.read_text(encoding="utf-8").partition("<article")
        name = path.relative_to(site).as_posix()
        if 'http-equiv="refresh"' not in head and name != "index.html":
            found[name] = BeautifulSoup(head + article + body[:5000], "html.parser")
    return found


def said(page: BeautifulSoup, key: str) -> str:
    """What a page says in a tag of its head, once."""
    (tag,) = page.select(f'head meta[name="{key}"], head meta[property="{key}"]')
    return str(tag["content"])


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("One. Two.", "One. Two."),
        (f"{'A word ' * 10}ends. {'B word ' * 20}ends.", f"{'A word ' * 10}ends."),
        (f"One. {'on ' * 80}.", f"One. {'on ' * 51}…"),
        ("Of the size of Llama 3.1 405B.", "Of the size of Llama 3.1 405B."),
    ],
)
def test_a_description_is_whole_sentences_and_of_long_ones_the_first_words(
    text: str, found: str
) -> None:
    assert EM_META.shortened(text, 160) == found


def test_a_page_is_cited_with_its_book_and_an_address_only_where_there_is_one() -> None:
    assert BOOK.apa() == "Some people. (2026, November 21). EuroMesh: Can it? (version 0.4.0)."
    cited = BOOK.apa("When & how", f"{ADDRESS}/when.html")
    assert cited.endswith(f"When & how. In EuroMesh: Can it? (version 0.4.0). {ADDRESS}/when.html")
    assert "). Why? In EuroMesh" in BOOK.apa("Why?")
    assert replace(BOOK, run="low").apa().endswith("(version 0.4.0, run low).")
    entry = BOOK.bibtex("when", "When & how")
    assert entry.startswith("@misc{euromesh-when,") and r"{{When \& how}}" in entry
    assert "url" not in entry and entry.count("{") == entry.count("}")


def test_the_citation_file_agrees_with_the_project_and_the_book() -> None:
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    question = (ROOT / "book/intro.md").read_text(encoding="utf-8").partition("\n")[0]
    assert cited["version"] == project["version"]
    assert str(cited["date-released"]) == params.library().parameters[DATE].value
    assert [person["name"] for person in cited["authors"]] == [CONFIG["author"]]
    assert cited["title"] == f"{CONFIG['title']}: {question.removeprefix('# ')}"
    assert cited.get("url", "") == CONFIG["html"]["baseurl"]
    assert cited.get("repository-code", "") == CONFIG["repository"]["url"]


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (("true", "", "False"), "boolean"),
        (("2026", "-3"), "integer"),
        (("1.5e-07", "-inf", "2"), "number"),
        (("2028-01-31", "never", ""), "date"),
        (("2028-01-31T00:00:00", ""), "datetime"),
        (("2028-01", "never"), "yearmonth"),
        (("2028-01", "2028-01-31"), "string"),
        (("", "never"), "string"),
    ],
)
def test_a_column_has_the_type_that_all_its_cells_fit(cells: tuple[str, ...], kind: str) -> None:
    assert package.kind(cells, None) == kind
    assert package.kind(("", ""), "MW") == "number"


@pytest.mark.book
def test_every_page_says_what_it_is_who_made_it_and_how_to_cite_it(built_book: BuiltBook) -> None:
    pages = tops(built_book.site)
    for name, page in pages.items():
        assert page.select("html[lang=en]"), name
        assert 30 < len(said(page, "description")) <= 160, name
    titles = [str(page.title) for page in pages.values()]
    assert len(set(titles)) == len(titles) and all(CONFIG["title"] in title for title in titles)
    for name, page in pages.items():
        if page.select("h1") and name not in {"404.html", "search.html"}:
            (head,) = page.select("h1 + .em-masthead")
            assert CONFIG["author"] in head.get_text() and head.select("details .em-cite pre")
            assert [a.get_text() for a in head.select("a")] == ["PDF", "Data"], name
            assert said(page, "citation_title") in page.select("h1")[0].get_text()


@pytest.mark.book
def test_without_an_address_no_page_says_where_it_stands(built_book: BuiltBook) -> None:
    assert not (built_book.site / "sitemap.xml").exists()
    assert "Sitemap" not in (built_book.site / "robots.txt").read_text(encoding="utf-8")
    pages = [path.read_text(encoding="utf-8") for path in built_book.site.rglob("*.html")]
    assert not [found for page in pages for found in PLACEHOLDER.findall(page)]
    absolute = "link[rel=canonical], meta[property='og:url'], meta[property='og:image']"
    assert not [name for name, page in tops(built_book.site).items() if page.select(absolute)]


@pytest.fixture(scope="module")
def addressed(
    built_book: BuiltBook, tmp_path_factory: pytest.TempPathFactory, shared: Path
) -> Path:
    """Two pages of the book, with the addresses of site and repository set."""
    folder = tmp_path_factory.mktemp("addressed")
    tree = Path(shutil.copytree(built_book.site.parent / "tree", folder / "tree"))
    config = (tree / "_config.yml").read_text(encoding="utf-8")
    for name, address in (("baseurl", ADDRESS), ("url", CODE)):
        config, count = re.subn(rf'\n  {name}: ""', f"\n  {name}: {address}", config)
        assert count == 1
    (tree / "_config.yml").write_text(config, encoding="utf-8")
    toc = {"format": "jb-book", "root": "intro", "chapters": [{"file": "downloads"}]}
    (tree / "_toc.yml").write_text(yaml.safe_dump(toc), encoding="utf-8")
    start = "from jupyter_book.cli.main import main; main()"
    command = [sys.executable, "-c", start, "build", str(tree), "--path-output", str(folder)]
    with holding(shared / "machine", together=True):
        subprocess.run(command, check=True, capture_output=True)
    return folder / "_build" / "html"


@pytest.mark.book
def test_with_an_address_every_page_says_where_it_stands(addressed: Path) -> None:
    for name in ("intro.html", "downloads.html"):
        page, here = read(addressed / name), f"{ADDRESS}/{name}"
        assert [link["href"] for link in page.select("link[rel=canonical]")] == [here]
        assert said(page, "og:url") == here and here in page.select(".em-cite")[0].get_text()
        for key in ("og:image", "citation_pdf_url"):
            assert said(page, key).startswith(f"{ADDRESS}/")
        assert (addressed / said(page, "og:image").removeprefix(f"{ADDRESS}/")).is_file()
        assert page.select(f'.em-masthead a[href="{CODE}/issues"]')
    places = (addressed / "sitemap.xml").read_text(encoding="utf-8")
    listed = {f"{ADDRESS}/{name}.html" for name in ("intro", "downloads")}
    assert set(re.findall("<loc>(.*?)</loc>", places)) == listed
    assert f"Sitemap: {ADDRESS}/sitemap.xml" in (addressed / "robots.txt").read_text()
    home = str(read(addressed / "404.html").select("main a")[0]["href"])
    assert home == "/mesh/intro.html"


@pytest.mark.book
def test_the_data_package_is_valid_and_holds_every_table(built_book: BuiltBook) -> None:
    site = built_book.site
    found = Package(str(site / package.DESCRIPTOR))
    report = found.validate()
    assert report.valid, report.flatten(["name", "fieldName", "note"])[:5]
    paths = {str(one.path) for one in found.resources}
    tables = {f"{package.TABLES}/{path.name}" for path in (built_book.run / "tables").iterdir()}
    assert (
        tables | {f"{package.PARAMS}/{path.name}" for path in params.FOLDER.glob("*.csv")} < paths
    )
    assert all(one.description for one in found.resources)
    fields = {field.name: field for field in found.get_resource("tables.finish").schema.fields}
    assert fields["date"].type == "date" and fields["compute_days"].custom["unit"] == "days"
    links = {str(a["href"]) for a in read(site / "downloads.html").select("article li a")}
    assert {path for path in paths if path.startswith("data/")} < links
    inside = zipfile.ZipFile(site / package.ARCHIVE).namelist()
    assert sorted(inside) == sorted([package.DESCRIPTOR, *paths])


@pytest.mark.book
def test_the_same_run_gives_the_same_bytes(built_book: BuiltBook, tmp_path: Path) -> None:
    if (charts := built_book.site / package.CHARTS).is_dir():
        shutil.copytree(charts, tmp_path / package.CHARTS)
    package.write(built_book.run, built_book.site.parent / "tree", tmp_path)
    for name in (package.DESCRIPTOR, package.ARCHIVE):
        assert (tmp_path / name).read_bytes() == (built_book.site / name).read_bytes()
