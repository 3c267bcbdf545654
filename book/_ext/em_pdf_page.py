"""The merged page, made plain for print: what a reader cannot click is opened or left out.

Elements that Typst sets in a way of their own are marked `data-typst="call"`; the filter
`_templates/typst.lua` wraps them in that call, which `_templates/print.typ` defines.
"""

from __future__ import annotations

import copy
import re
from collections import Counter
from collections.abc import Callable, Iterator

import em_pdf_table
from bs4 import BeautifulSoup, Tag
from bs4.element import Script
from sphinx.errors import ExtensionError

from euromesh.escape import typst

LEFT_OUT = (
    "script, style, .headerlink, details.hide, button, colgroup, .toctree-l1, nav, template, "
    ".em-masthead, .em-figure-links, .em-web, footer"
)
BLOCKS = (
    ("div.admonition, details", "note"),
    (".em-entry", "entry"),
    (".citation", "citation"),
    (".em-results", "results"),
    (".em-inputs", "inputs"),
)
"""What becomes a call of `print.typ`: selector, function."""
HEADINGS = ["h1", "h2", "h3", "h4", "h5", "h6"]
NUMBER = ".caption-number"
MARK = "document-"  # starts the id of the place where a page begins
LISTED = ".em-entry, .em-results, .em-inputs, .citation-list, dl:has(> dt:nth-of-type(6))"
"""Short texts, which stand in two columns together with those that follow."""
REFERENCE = (
    *("objections", "limits", "modelling-choices", "glossary"),
    *("how-to-rerun", "on-a-cluster", "benchmark", "downloads", "references"),
)
"""Pages to look something up in: they are set smaller."""
CALLS = {**dict.fromkeys(REFERENCE, "reference"), "api": "pair"}
SOUP = BeautifulSoup("", "html.parser")


class Merged:
    """The article of the merged page, taken apart into pages that are plain."""

    def __init__(self, html: str, root: str, room: Callable[[str], float]) -> None:
        article = BeautifulSoup(html, "html.parser").select_one("article")
        if article is None:
            raise ExtensionError("the merged page has no <article>: did the theme change?")
        self.charts: dict[str, str] = {}
        self._take_charts(article)
        for element in article.select(LEFT_OUT):
            element.decompose()
        for rewrite in (_headings, _math, _code, _cells, _tables, _figures, _listings, _blocks):
            rewrite(article)
        for number, whole in enumerate(article.select("[data-typst=whole]")):
            whole["data-typst"] = f"whole({number}, {typst(_instead(whole))})"
        self.pages = _pages(article, root)
        for name, page in self.pages.items():
            _size_tables(page, room(name))

    def _take_charts(self, article: Tag) -> None:
        """Each chart becomes a picture in a file, with its alternative text."""
        for number, chart in enumerate(article.select(".em-chart"), start=1):
            drawing = chart.select_one("svg")
            if drawing is None:
                raise ExtensionError(f"chart {chart['data-chart']} holds no picture")
            name = f"chart-{number}-{chart['data-chart']}.svg"
            # The parser lowers the case of attributes; SVG needs this one as it is written.
            self.charts[name] = str(drawing).replace(" viewbox=", " viewBox=")
            size = ", ".join(f"{float(str(drawing[side])):g}" for side in ("width", "height"))
            call = f"chart({typst(name)}, {typst(str(chart['data-alt']))}, {size})"
            chart.replace_with(_new("div", call))


class Document:
    """Some of the pages as one document, whose links lead within it, to an address, or nowhere."""

    def __init__(self, pages: dict[str, Tag], address: str) -> None:
        self.pages = {name: copy.copy(page) for name, page in pages.items()}
        self.address = address
        self._drop_uncited()
        self._name_anchors()

    def html(self) -> str:
        """The pages as pandoc reads them."""
        return "".join(str(page) for page in self.pages.values())

    def title(self) -> str:
        """The first heading."""
        heading = next(iter(self.pages.values())).find("h1")
        return heading.get_text(" ", strip=True) if heading else ""

    def take_title(self) -> None:
        """Leave the first heading to the head of the document; those below it move up."""
        first = next(iter(self.pages.values()))
        for heading in first.find_all(HEADINGS):
            level = int(heading.name[1])
            heading.name = f"h{level - 1}" if level > 1 else "div"
            if level == 1:
                heading.clear()

    def count_afresh(self) -> None:
        """Number figures and tables from one, in their captions and in the links to them."""
        counts: Counter[str] = Counter()
        now = {}
        for number in [found for page in self.pages.values() for found in page.select(NUMBER)]:
            was = number.get_text(strip=True)
            kind = was.split()[0]
            counts[kind] += 1
            now[was] = f"{kind} {counts[kind]}"
            number.string = f"{now[was]} "
        for _, a in self._links():
            if a["href"].startswith("#") and (told := now.get(a.get_text(strip=True))):
                a.string = told

    def _drop_uncited(self) -> None:
        """Keep of the references those that a page of this document cites."""
        cited = {self._target(page, str(a["href"])) for page, a in self._links()}
        for page, part in self.pages.items():
            for entry in part.select("[data-typst=citation]"):
                if _label(page, str(entry["id"])) not in cited:
                    entry.decompose()

    def _name_anchors(self) -> None:
        """Ids by page, on anchors of their own, only where a link leads."""
        links = list(self._links())
        wanted = {target for page, a in links if (target := self._target(page, str(a["href"])))}
        for page, element in list(self._elements()):
            name = str(element.attrs.pop("id", ""))
            label = name if name.startswith(MARK) else _label(page, name)
            if name and label in wanted:
                wanted.discard(label)
                _anchor(element, label)
        if wanted:
            raise ExtensionError(f"links of the merged page lead nowhere: {sorted(wanted)[:5]}")
        for page, a in links:
            self._aim(page, a)

    def _aim(self, page: str, a: Tag) -> None:
        """Lead a link to its place here or on the site; without either it is text."""
        href = str(a["href"])
        if target := self._target(page, href):
            a.attrs = {"href": f"#{target}"}
        elif "://" in href:
            a.attrs = {"href": href}
        elif self.address:
            a.attrs = {"href": self.address + _on_site(page, href)}
        else:
            a.unwrap()

    def _links(self) -> Iterator[tuple[str, Tag]]:
        """Every link with the page that it stands on."""
        for page, part in self.pages.items():
            for a in part.find_all("a", href=True):
                yield page, a

    def _elements(self) -> Iterator[tuple[str, Tag]]:
        """Every element with the page it comes from."""
        for page, part in self.pages.items():
            for element in part.find_all(True):
                yield page, element

    def _target(self, page: str, href: str) -> str:
        """The label a link leads to, or nothing for one that leaves the document."""
        other, anchor = _place(page, href) if href.startswith("#") else ("", "")
        if other not in self.pages:
            return ""
        return _label(other, anchor) if anchor else f"{MARK}{other}"


def _pages(article: Tag, root: str) -> dict[str, Tag]:
    """The pages by name, in their order, each with a mark at its start."""
    found = {}
    for mark in reversed(article.select(f"span[id^={MARK}]")):  # a page may hold those below it
        name = str(mark["id"]).removeprefix(MARK)
        found[name] = _new("div", CALLS.get(name, ""))
        found[name].extend([mark, *mark.next_siblings])
    first = _new("div", "")
    first.extend([SOUP.new_tag("span", attrs={"id": f"{MARK}{root}"}), *article.contents])
    found[root] = first
    return dict(reversed(found.items()))


def _headings(article: Tag) -> None:
    """The first heading of each page is a chapter's, whatever holds the page."""
    deeper, is_first = 0, False
    for element in article.find_all(["span", *HEADINGS]):
        if element.name == "span":
            is_first = is_first or str(element.get("id", "")).startswith(MARK)
            continue
        level = int(element.name[1])
        if is_first:
            deeper, is_first = level - 1, False
        element.name, element.attrs = f"h{max(1, level - deeper)}", _id(element)


def _math(article: Tag) -> None:
    """TeX is marked, or words would be taken for it; equations keep their numbers."""
    for span in article.select("span.math"):
        span.replace_with(_tex(span.get_text(), ""))
    for block in article.select("div.math"):
        number = block.select_one(".eqno")
        shown = number.get_text(strip=True) if number else ""
        if number:
            number.decompose()
        wrapped = _new("div", f"equation({typst(shown)})")
        wrapped.attrs |= _id(block)
        wrapped.append(_tex(block.get_text().replace("{split}", "{aligned}"), "; mode=display"))
        block.replace_with(wrapped)


def _tex(text: str, mode: str) -> Tag:
    """TeX without its delimiters, in the element that pandoc reads it from."""
    script = SOUP.new_tag("script", attrs={"type": f"math/tex{mode}"})
    script.string = Script(text.strip()[2:-2])
    return script


def _code(article: Tag) -> None:
    """Code without the colours of the website: Typst has its own."""
    for block in article.select("div[class*=highlight-]"):
        language = re.search(r"highlight-(\w+)", " ".join(block.get("class", [])))
        pre, code = SOUP.new_tag("pre", attrs=_id(block)), SOUP.new_tag("code")
        pre["class"] = "python" if language and "python" in language[1] else ""
        code.string = re.sub(r"\n{3,}", "\n\n", block.get_text().strip("\n"))
        pre.append(code)
        block.replace_with(pre)
    for code in article.select(":not(pre) > code"):
        code.string, code.attrs = code.get_text(), {}


def _cells(article: Tag) -> None:
    """A call stays with what it prints; of one that draws or tabulates only that is shown."""
    for cell in article.select("div.cell:has(.cell_input)"):
        if cell.select_one("table, figure, [data-typst^=chart]"):
            cell.select_one(".cell_input").decompose()
        else:
            cell.attrs = {"data-typst": "cell"}


def _tables(article: Tag) -> None:
    """Tables of notebooks and of pages alike, in the type at which they fit, with a caption."""
    for table in article.select("table"):
        kinds = table.get("class", [])
        if "dataframe" in kinds:
            em_pdf_table.join_header(table)
        for row in table.select("tr"):
            em_pdf_table.align(row, kinds)
        _hold(table)


def _hold(table: Tag) -> None:
    """Wrap a table with its caption; one that stands in a figure is whole with the figure."""
    holder = _new("div", "whole")
    holder.attrs |= _id(table)
    table.attrs = {}
    table.replace_with(holder)
    if caption := table.select_one("caption"):
        caption.name, caption.attrs = "div", {"data-typst": "caption"}
        holder.append(caption.extract())
    holder.append(table)


def _size_tables(page: Tag, room: float) -> None:
    """Set the tables of a page in the type at which they fit so many points."""
    for table in page.select("table"):
        size = em_pdf_table.fit(table, room)
        table.wrap(_new("div", f"sized({size:g})"))


def _figures(article: Tag) -> None:
    """A figure with its caption below, numbered as on the website."""
    for figure in article.select("figure"):
        if caption := figure.select_one("figcaption"):
            caption.name, caption.attrs = "div", {"data-typst": "caption"}
        for inner in figure.select("[data-typst=whole]"):
            inner.unwrap()
        figure.name = "div"
        figure.attrs = {"data-typst": "whole", **_id(figure)}
    for number in article.select(NUMBER):
        number.name = "strong"  # it keeps its class: a document may count afresh


def _instead(whole: Tag) -> str:
    """What stands below a heading whose only text, a table or a figure, moves to the next page."""
    before = whole.find_previous(["p", "pre", "li", "td", *HEADINGS])
    if before is None or before.name not in HEADINGS:
        return ""
    kind = "figure" if whole.select_one("[data-typst^=chart]") else "table"
    return f"The {kind} is on the next page."


def _listings(article: Tag) -> None:
    """Short texts stand in two columns."""
    objections = (claim.parent.parent for claim in article.select("section > blockquote"))
    for entry in [*article.select(LISTED), *dict.fromkeys(objections)]:
        before = entry.find_previous_sibling()
        if before is not None and before.get("data-typst") == "pair":
            before.append(entry.extract())
        else:
            entry.wrap(_new("div", "pair"))


def _blocks(article: Tag) -> None:
    """Blocks that print has a form for; folded text stands open."""
    for selector, call in BLOCKS:
        for block in article.select(selector):
            block.name, block.attrs = "div", {"data-typst": call, **_id(block)}
    for signature in article.select("dt.sig"):
        signature.string = signature.get_text()
    for block in article.select("summary, .admonition-title"):
        strong = SOUP.new_tag("strong")
        strong.string = block.get_text(" ", strip=True)
        block.clear()
        block.name, block.attrs = "p", {}
        block.append(strong)


def _anchor(element: Tag, label: str) -> None:
    """A place to jump to: before a block that pandoc would strip of it, inside others."""
    mark = SOUP.new_tag("span", attrs={"data-anchor": label})
    if element.name in {"section", "div", "dl", "figure", "details"}:
        element.insert_before(mark)
    else:
        element.insert(0, mark)


def _place(page: str, href: str) -> tuple[str, str]:
    """Page and anchor that a link of the merged page leads to."""
    if href.startswith("#em:"):
        _, other, anchor = href.split(":", 2)
        return other, anchor
    return (href[1 + len(MARK) :], "") if href.startswith(f"#{MARK}") else (page, href[1:])


def _on_site(page: str, href: str) -> str:
    """What a link of the merged page is on the site: a place of a page, or a file."""
    other, anchor = _place(page, href)
    return f"{other}.html#{anchor}".rstrip("#") if href.startswith("#") else href


def _label(page: str, anchor: str) -> str:
    return f"{page}--{anchor}"


def _id(element: Tag) -> dict[str, str]:
    """Of the attributes the one that links may lead to."""
    return {"id": str(element["id"])} if "id" in element.attrs else {}


def _new(name: str, call: str) -> Tag:
    return SOUP.new_tag(name, attrs={"data-typst": call} if call else {})
