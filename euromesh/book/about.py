"""Who made a book, when and where: what the masthead, the citation and the data package say."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import yaml

from euromesh import __version__, units
from euromesh.escape import tex

DATE = "evidence.gathered_on"
PDFS = {
    "report.pdf": "the report",
    "euromesh.pdf": "the whole book",
    "sources.pdf": "the sources",
}
"""The PDFs beside the site's pages, and what each of them holds."""


@dataclass(frozen=True, slots=True)
class About:
    """What is the same on every page of a book."""

    name: str
    question: str  # the title of the first page
    author: str
    run: str
    day: date  # of the evidence: no build reads the clock
    address: str  # of the site, with a slash at its end; nothing while it is not known
    repository: str  # likewise, without one

    @classmethod
    def read(cls, tree: Path) -> About:
        """The facts of a staged tree."""
        config = yaml.safe_load((tree / "_config.yml").read_text(encoding="utf-8"))
        values = json.loads((tree / "values.json").read_text(encoding="utf-8"))
        first, _, _ = (tree / "intro.md").read_text(encoding="utf-8").partition("\n")
        address = (config["html"].get("baseurl") or "").rstrip("/")
        return cls(
            name=config["title"],
            question=first.removeprefix("# ").strip(),
            author=config["author"],
            run=json.loads((tree / "run.json").read_text(encoding="utf-8"))["name"],
            day=units.first_day(values[DATE]["value"]),
            address=f"{address}/" if address else "",
            repository=(config["repository"].get("url") or "").rstrip("/"),
        )

    @property
    def title(self) -> str:
        """The title of the book."""
        return f"{self.name}: {self.question}"

    @property
    def date(self) -> str:
        """The date of the evidence as it is printed."""
        return f"{self.day.day} {self.day:%B %Y}"

    @property
    def version(self) -> str:
        """The version of the book, and the run where it is not the central one."""
        return __version__ + ("" if self.run == "central" else f", run {self.run}")

    def apa(self, page: str = "", url: str = "") -> str:
        """How a page of the book, or all of it, is cited in the style of the APA."""
        part = f"{page}{'' if page.endswith('?') else '.'} In " if page else ""
        day = f"{self.day.year}, {self.day:%B} {self.day.day}"
        told = f"{self.author}. ({day}). {part}{self.title} (version {self.version})."
        return f"{told} {url}".rstrip()

    def bibtex(self, stem: str, page: str = "", url: str = "") -> str:
        """The same as an entry of BibTeX; `stem` makes its key."""
        fields = {
            "author": f"{{{tex(self.author)}}}",
            "title": f"{{{tex(page or self.title)}}}",
            "howpublished": tex(self.title) if page else "",
            "year": str(self.day.year),
            "month": f"{self.day:%b}".lower(),
            "note": tex(f"Version {self.version}; evidence of {self.date}"),
            "url": url,
        }
        lines = (f"  {name} = {{{text}}}" for name, text in fields.items() if text)
        return f"@misc{{{self.name.lower()}-{stem},\n" + ",\n".join(lines) + "\n}"
