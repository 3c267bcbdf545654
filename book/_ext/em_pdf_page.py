"""The merged page, made plain for print: what a reader cannot click is opened or left out.

Elements that Typst sets in a way of their own are marked `data-typst="call"`; the filter
`_templates/typst.lua` wraps them in that call, which `_templates/report.typ` defines.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Sequence

from bs4 import BeautifulSoup, Tag
from bs4.element import Script
from sphinx.errors import ExtensionError

from euromesh.escape import typst

LEFT_OUT = (
    "script, style, .headerlink, details.hide, .sd-summary-state-marker, button, colgroup, "
    ".toctree-l1, nav"
)
BLOCKS = (
    ("div.admonition, details", "data-typst", "note"),
    (".em-entry, .citation", "data-typst", "entry"),
    (".em-results", "data-typst", "results"),
    (".em-inputs", "data-typst", "inputs"),
    (".sd-row", "data-typst-each", "cards"),
    (".sd-col", "data-typst-cell", "card"),
)
"""What becomes a call of `report.typ`: selector, kind of mark, function."""
WIDE_COLUMNS = 8  # tables with more columns go on a page of their own width


class Page:
    """The article of the merged page, rewritten in place."""

    def __init__(self, html: str, root: str) -> None:
        article = BeautifulSoup(html, "html.parser").select_one("article")
        if article is None:
            raise ExtensionError("the merged page has no <article>: did the theme change?")
        self.root = root
        self.article = article
        self.soup = BeautifulSoup("", "html.parser")
        self.charts: dict[str, str] = {}
        self._take_charts()
        for element in self.article.select(LEFT_OUT):
            element.decompose()
        self._headings()
        self._name_anchors()
        for rewrite in (self._math, self._code, self._tables, self._figures, self._blocks):
            rewrite()
        self.title = self._take_title()

    def html(self) -> str:
        """The page as pandoc reads it."""
        return self.article.decode_contents()

    def _take_charts(self) -> None:
        """Each chart becomes a picture in a file, with its alternative text."""
        for number, chart in enumerate(self.article.select(".em-chart"), start=1):
            drawing = chart.select_one("svg")
            if drawing is None:
                raise ExtensionError(f"chart {chart['data-chart']} holds no picture")
            name = f"chart-{number}-{chart['data-chart']}.svg"
            # The parser lowers the case of attributes; SVG needs this one as it is written.
            self.charts[name] = str(drawing).replace(" viewbox=", " viewBox=")
            width = float(str(drawing["width"]))
            call = f"chart({typst(name)}, {typst(str(chart['data-alt']))}, {width:g})"
            chart.replace_with(self._new("div", call))

    def _name_anchors(self) -> None:
        """Ids by page, on anchors of their own, only where a link leads."""
        places = list(self._places())
        links = [(page, a) for page, a in places if a.name == "a" and a.get("href")]
        wanted = {target for page, a in links if (target := self._target(page, str(a["href"])))}
        for page, element in places:
            name = str(element.attrs.pop("id", ""))
            if not name:
                continue
            label = name if name.startswith("document-") else _label(page, name)
            if label in wanted:
                wanted.discard(label)
                self._anchor(element, label)
        if wanted := wanted - {f"document-{self.root}"}:
            raise ExtensionError(f"links of the merged page lead nowhere: {sorted(wanted)[:5]}")
        for page, a in links:
            target = self._target(page, str(a["href"]))
            a.attrs = {"href": f"#{target}" if target else a["href"]}

    def _places(self) -> Iterator[tuple[str, Tag]]:
        """Every element with the page it comes from."""
        page = self.root
        for element in self.article.find_all(True):
            name = str(element.get("id", ""))
            if element.name == "span" and name.startswith("document-"):
                page = name.removeprefix("document-")
            yield page, element

    def _target(self, page: str, href: str) -> str:
        """The label a link leads to, or nothing for one that leaves the document."""
        if href.startswith("#em:"):
            _, other, anchor = href.split(":", 2)
            return _label(other, anchor)
        if href.startswith("#document-"):
            return href[1:]
        return _label(page, href[1:]) if href.startswith("#") else ""

    def _anchor(self, element: Tag, label: str) -> None:
        """A place to jump to: before a block that pandoc would strip of it, inside others."""
        mark = self.soup.new_tag("span", attrs={"data-anchor": label})
        if element.name in {"section", "div", "dl", "figure", "details"}:
            element.insert_before(mark)
        else:
            element.insert(0, mark)

    def _headings(self) -> None:
        """Pages become chapters: the merged page has all but the first one level too deep."""
        for page, heading in list(self._places()):
            if re.fullmatch(r"h[1-6]", heading.name):
                level = int(heading.name[1]) - (page != self.root)
                heading.name, heading.attrs = f"h{level}", {}

    def _math(self) -> None:
        """TeX is marked, or words would be taken for it; equations keep their numbers."""
        for span in self.article.select("span.math"):
            span.replace_with(self._tex(span.get_text(), ""))
        for block in self.article.select("div.math"):
            number = block.select_one(".eqno")
            shown = number.get_text(strip=True) if number else ""
            if number:
                number.decompose()
            text = block.get_text().replace("{split}", "{aligned}")
            wrapped = self._new("div", f"equation({typst(shown)})")
            wrapped.append(self._tex(text, "; mode=display"))
            block.replace_with(wrapped)

    def _tex(self, text: str, mode: str) -> Tag:
        """TeX without its delimiters, in the element that pandoc reads it from."""
        script = self.soup.new_tag("script", attrs={"type": f"math/tex{mode}"})
        script.string = Script(text.strip()[2:-2])
        return script

    def _code(self) -> None:
        """Code without the colours of the website: Typst has its own."""
        for block in self.article.select("div[class*=highlight-]"):
            language = re.search(r"highlight-(\w+)", " ".join(block.get("class", [])))
            name = language[1] if language else ""
            pre, code = self.soup.new_tag("pre"), self.soup.new_tag("code")
            pre["class"] = "python" if "python" in name else ""
            code.string = block.get_text().strip("\n")
            pre.append(code)
            block.replace_with(pre)

    def _tables(self) -> None:
        """Tables of notebooks and of pages alike; wide ones get the room they need."""
        for table in self.article.select("table"):
            if "dataframe" in table.get("class", []):
                _join_header(table)
            for row in table.select("tr"):
                _align(row, table.get("class", []))
            self._place_table(table)

    def _place_table(self, table: Tag) -> None:
        """Put a table where its width fits, below its caption."""
        first = table.select_one("tr")
        columns = len(first.find_all(["td", "th"])) if first else 0
        kind = "wide" if columns > WIDE_COLUMNS else "narrow"
        holder = self._new("div", f"{kind}({columns})")
        table.attrs = {}
        table.replace_with(holder)
        if caption := table.select_one("caption"):
            caption.extract()
            caption.name, caption.attrs = "div", {"data-typst": "caption"}
            holder.insert_before(caption)
        holder.append(table)
        if kind == "wide":
            self._move_headings(holder)

    def _move_headings(self, holder: Tag) -> None:
        """Take the headings right above a wide table along to its page."""
        outer = holder
        while outer.parent and outer.parent.name == "div" and outer.find_previous_sibling() is None:
            outer = outer.parent
        before = outer.find_previous_sibling()
        while isinstance(before, Tag) and before.name in {"h1", "h2", "h3", "span"}:
            holder.insert(0, before.extract())
            before = outer.find_previous_sibling()

    def _figures(self) -> None:
        """A figure with its caption below, numbered as on the website."""
        for figure in self.article.select("figure"):
            caption = figure.select_one("figcaption")
            if caption:
                caption.name, caption.attrs = "div", {"data-typst": "caption"}
            figure.name, figure.attrs = "div", {"data-typst": "picture"}
        for number in self.article.select(".caption-number"):
            number.name, number.attrs = "strong", {}

    def _blocks(self) -> None:
        """Blocks that print has a form for; folded text stands open."""
        for selector, mark, call in BLOCKS:
            for block in self.article.select(selector):
                block.name, block.attrs = "div", {mark: call}
        for block in self.article.select(".sd-card-title"):
            block.name, block.attrs = "p", {}
            block.wrap(self._new("div", "headline"))
        for block in self.article.select("summary, .admonition-title"):
            strong = self.soup.new_tag("strong")
            strong.string = block.get_text(" ", strip=True)
            block.clear()
            block.name, block.attrs = "p", {}
            block.append(strong)

    def _take_title(self) -> str:
        """The first heading is the book's question; it stands on the title page as well."""
        heading = self.article.select_one("h1")
        return copy.copy(heading).get_text(" ", strip=True) if heading else ""

    def _new(self, name: str, call: str) -> Tag:
        return self.soup.new_tag(name, attrs={"data-typst": call})


def _join_header(table: Tag) -> None:
    """pandas names the index in a header row of its own: move the name up beside the columns."""
    rows = table.select("thead tr")
    if len(rows) != 2:
        return
    upper, lower = (row.find_all("th") for row in rows)
    named = [cell.get_text(strip=True) for cell in lower]
    if named and not any(named[1:]) and not upper[0].get_text(strip=True):
        upper[0].string = named[0]
        rows[1].decompose()


def _label(page: str, anchor: str) -> str:
    return f"{page}--{anchor}"


def _align(row: Tag, kinds: Sequence[str]) -> None:
    """Numbers of a data frame to the right; words, and what pages write, to the left."""
    for place, cell in enumerate(row.find_all(["td", "th"]), start=1):
        is_words = f"w{place}" in kinds or (cell.name == "th" and cell.find_parent("tbody"))
        is_number = "dataframe" in kinds and not is_words
        right = is_number or "text-right" in cell.get("class", [])
        cell.attrs = {"style": f"text-align: {'right' if right else 'left'}"}
