"""Who, when and where, on every page: the masthead, the citation, and what machines read of it.

The address of the site is `html: baseurl` of _config.yml, that of the repository `repository: url`.
While one is empty nothing is written that would need it: no canonical address, no sitemap, no link.
"""

from __future__ import annotations

import html
import re
import shutil
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typst
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config

from euromesh import escape, glyphs
from euromesh.book.about import PDFS, About
from euromesh.charts.pages import CHARTS
from euromesh.charts.render import svg

LONGEST = 160  # letters of a description, which search engines cut there
ROOM = 300  # letters of the answer on the picture
PICTURE, CHART, SIZE = "answer.png", "odds", (1200, 630)
DRAWN = "charts/answer.svg"  # what the first page saves of its figure, if it has one
TEMPLATES = "_templates"


def settle(app: Sphinx, config: Config) -> None:
    """Write the address as Sphinx and the sitemap expect it: with a slash at its end."""
    about = About.read(Path(app.srcdir))
    app.em_about = about  # type: ignore[attr-defined]
    config.html_baseurl = about.address  # type: ignore[attr-defined]
    config.html_theme_options["repository_url"] = about.repository  # type: ignore[attr-defined]


def add_to_page(
    app: Sphinx, page: str, _: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Put the masthead below the title of a page, and its description into its head."""
    about: About = app.em_about  # type: ignore[attr-defined]
    title = plain(context.get("title") or page.capitalize())
    first = page == app.config.root_doc
    cited = ("" if first else title, context.get("pageurl") or "")
    context["em"] = {
        "about": about,
        "apa": about.apa(*cited),
        "bibtex": about.bibtex(page.rpartition("/")[2], *cited),
        "pdf": "report.pdf" if first or page == "report" else "euromesh.pdf",
        "pdfs": PDFS,
    }
    if app.builder.name != "html":
        return
    told = described(doctree) or f"{title}: a page of {about.name}, which asks: {about.question}"
    context["metatags"] = context.get("metatags", "") + "".join(tags(context, title, told))
    if first:
        app.em_answer = told  # type: ignore[attr-defined]
    if doctree:
        head = app.builder.templates.render("masthead.html", context)  # type: ignore[attr-defined]
        context["body"] = context["body"].replace("</h1>", f"</h1>\n{head}", 1)


def plain(title: str) -> str:
    """A title without its number and its mark-up."""
    told = re.sub(r'<span class="section-number">.*?</span>', "", title)
    return html.unescape(re.sub(r"<[^>]+>", "", told)).strip()


def described(doctree: nodes.document | None) -> str:
    """The first paragraph of prose."""
    for paragraph in doctree.findall(nodes.paragraph) if doctree else ():
        text = " ".join(paragraph.astext().split())
        text = re.sub(r" ?\[[\d, ]+\]", "", text)  # which work is cited
        in_full = isinstance(paragraph.parent, nodes.section) and text.endswith((".", "?", "!"))
        if in_full and not any(paragraph.findall(nodes.math)):
            return text
    return ""


def shortened(text: str, longest: int) -> str:
    """The sentences at the start of a text that fit; where they say little, its first words."""
    ends = [end.end() for end in re.finditer(r"[.?!](?= [A-Z]|$)", text) if end.end() <= longest]
    whole = ends and ends[-1] > min(longest / 3, len(text) - 1)
    return text[: ends[-1]] if whole else textwrap.shorten(text, longest, placeholder=" …")


def tags(context: dict[str, Any], title: str, text: str) -> Iterator[str]:
    """What search engines, previews of links and reference managers read."""
    about: About = context["em"]["about"]
    description = shortened(text, LONGEST)
    names = {
        "description": description,
        "author": about.author,
        "citation_title": title,
        "citation_author": about.author,
        "citation_publication_date": f"{about.day:%Y/%m/%d}",
    }
    properties = {
        "og:title": title,
        "og:type": "website",
        "og:site_name": about.name,
        "og:description": description,
    }
    if about.address:
        names["citation_pdf_url"] = about.address + context["em"]["pdf"]
        names["twitter:card"] = "summary_large_image"
        width, height = map(str, SIZE)
        properties |= {
            "og:url": context["pageurl"],
            "og:image": about.address + PICTURE,
            "og:image:width": width,
            "og:image:height": height,
            "og:image:alt": about.question,
        }
    for kind, told in (("name", names), ("property", properties)):
        for key, value in told.items():
            yield f'<meta {kind}="{key}" content="{html.escape(value)}" />\n'


def lost(_: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
    """The page for an address that leads nowhere."""
    yield "404", {"title": "Page not found"}, "404.html"


def finish(app: Sphinx, error: Exception | None) -> None:
    """Write what stands beside the pages: the picture, robots.txt, and the first page as index."""
    if error or app.builder.name != "html":
        return
    site, about = Path(app.outdir), app.em_about  # type: ignore[attr-defined]
    where = f"Sitemap: {about.address}sitemap.xml\n" if about.address else ""
    (site / "robots.txt").write_text(f"User-agent: *\nAllow: /\n{where}", encoding="utf-8")
    # A redirect would leave a preview of the site's own address without title and picture.
    shutil.copyfile(site / f"{app.config.root_doc}.html", site / "index.html")
    if (site / DRAWN).is_file():
        (site / PICTURE).write_bytes(picture(app))


def picture(app: Sphinx) -> bytes:
    """The first chart with its question and its source, as previews of links show it."""
    about: About = app.em_about  # type: ignore[attr-defined]
    known = app.em_values.items()  # type: ignore[attr-defined]
    spec = CHARTS[CHART]({key: value.value for key, value in known}).to_dict()
    folder = Path(app.doctreedir)
    (folder / "chart.svg").write_text(svg(spec), encoding="utf-8")
    shutil.copyfile(Path(app.srcdir) / TEMPLATES / "card.typ", folder / "card.typ")
    source = f"{about.author}, evidence of {about.date}, version {about.version}"
    answer = shortened(app.em_answer, ROOM)  # type: ignore[attr-defined]
    told = {"name": about.name, "question": about.question, "answer": answer, "source": source}
    told |= {"address": about.address.partition("://")[2].rstrip("/")}
    arguments = ", ".join(f"{key}: {escape.typst(text)}" for key, text in told.items())
    main = folder / "card-main.typ"
    main.write_text(f'#import "card.typ": *\n#card({arguments})\n', encoding="utf-8")
    fonts = {key: glyphs.PDF[key] for key in ("font_paths", "ignore_system_fonts")}
    drawn: bytes = typst.compile(main, root=folder, format="png", ppi=144, **fonts)
    return drawn


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the steps with Sphinx."""
    app.connect("config-inited", settle)
    app.connect("html-page-context", add_to_page)
    app.connect("html-collect-pages", lost)
    app.connect("build-finished", finish, priority=950)  # after the policy is in the pages
    return {"parallel_read_safe": True}
