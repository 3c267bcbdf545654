"""What the model in a page needs: the parameters of a run, its first draws, and the code itself."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from euromesh import params as parameters
from euromesh.book import controls, engine
from euromesh.book.model import Evidence
from euromesh.ensemble import chance
from euromesh.ensemble.columns import Columns, Varied, behind, varied
from euromesh.ensemble.inputs import CHOICES, weighing, weights_of
from euromesh.ensemble.marginals import Array, Choice, DateSpread, Dependent, Flag
from euromesh.ensemble.outcomes import outcomes
from euromesh.ensemble.race import finishes
from euromesh.ensemble.tally import Plan, points_of
from euromesh.explore.odds import DRAWN, LEAD
from euromesh.facts.draws import SEED
from euromesh.facts.watch import watched
from euromesh.folders import ROOT
from euromesh.params import rules, spec
from euromesh.records import Params
from euromesh.routes import ROUTES

N: Final = 512  # draws
LEAST: Final = 2.0**-24  # so near to 0 or 1 that four bytes still tell it from them
PACKAGES: Final = ("records", "availability", "efficiency", "search", "routes", "explore")
MODULES: Final = (
    *("__init__", "units", "elementwise", "fleet", "frontier"),
    *("params/rules", "params/spec", "params/texts"),
)
LAWS: Final = {law: law.__name__ for law in (chance.slip_years, chance.happens, chance.lost_sites)}
EPOCH: Final = (1980, 1, 1, 0, 0, 0)  # of the files in the archive: same code, same bytes


def write(evidence: Evidence, params: Params, tree: Path) -> None:
    """Write what the explorer needs into the tree of a book: model, code, engine and words."""
    static = tree / "_static"
    to = static / "explorer"
    to.mkdir(parents=True, exist_ok=True)
    model, data = payload(evidence.resolved, params)
    (to / "model.json").write_text(_compact(model), encoding="utf-8")
    (to / "draws.bin").write_bytes(data)
    write_code(to / "core.zip")
    present = engine.copy(static / "pyodide")
    size = engine.megabytes(static / "pyodide", to) if present else 0.0
    told = controls.data(evidence, params)
    told |= {"present": present, "megabytes": f"{size:.1f}", "n": N}
    (tree / "explorer.json").write_text(_compact(told), encoding="utf-8")


def _compact(found: Mapping[str, Any]) -> str:
    return json.dumps(found, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def write_code(path: Path) -> None:
    """The modules that the page runs, which need nothing but the standard library."""
    here = ROOT / "euromesh"
    files = [here / f"{name}.py" for name in MODULES]
    files += [file for name in PACKAGES for file in sorted((here / name).glob("*.py"))]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("euromesh/params/__init__.py", EPOCH), "")
        for file in files:
            info = zipfile.ZipInfo(file.relative_to(ROOT).as_posix(), EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, file.read_bytes())


def payload(values: Mapping[str, Any], params: Params) -> tuple[dict[str, Any], bytes]:
    """The model as JSON, and its numbers: columns of the draws, then finishes by target and route.

    The draws are the first of the published ensemble, four bytes a number.
    """
    targets = list(params.targets)
    points = next(points_of(Plan(params, tuple(targets), 1, N, SEED), 0))
    of = varied(params)
    columns = Columns(of, points)
    numbers = [_numbers(key, columns) for key in of.marginals]
    found = outcomes(params, targets, points).years
    model = {
        "n": N,
        "values": dict(values),
        "held": list(params.held),
        "columns": [_column(key, of) for key in of.marginals],
        "routes": list(ROUTES),
        "targets": targets,
        "flags": dict(chance.flags()),
        "reads": _reads(of, targets, points),
        "names": names(params),
        "fixed": fixed(),
    }
    whole = np.concatenate([np.asarray(numbers), found.reshape(-1, N)]).astype("<f4")
    return model, whole.tobytes()


def _reads(of: Varied, targets: Sequence[str], points: Array) -> dict[str, int]:
    """Which routes read a parameter in any of the draws, a bit each, by its id.

    All draws are raced at once. Whether a route is built only weighs it: it is told that it is.
    """
    found: dict[str, int] = {}
    for at, name in enumerate(ROUTES):
        read: set[str] = set()
        seen = Columns(replace(of, params=watched(of.params, read)), points)
        finishes(name, seen, targets, chance.flags().get(name, ("",))[0])
        read |= seen.made.keys()
        read |= {key.removesuffix(DRAWN) + LEAD for key in read if key.endswith(DRAWN)}
        for key in read | behind(of, read):
            found[key] = found.get(key, 0) | 1 << at
    return dict(sorted(found.items()))


def _law(key: str, of: Varied) -> Dependent | None:
    """The law of a parameter that the page does itself."""
    marginal = of.marginals[key]
    return marginal if isinstance(marginal, Dependent) and marginal.law in LAWS else None


def _numbers(key: str, columns: Columns) -> Any:
    if _law(key, columns.of):
        return columns.points[:, columns.of.columns[key]].clip(LEAST, 1 - LEAST)
    return columns.drawn(key)


def _column(key: str, of: Varied) -> dict[str, Any]:
    marginal, law = of.marginals[key], _law(key, of)
    kinds = {DateSpread: "date", Choice: "choice", Flag: "flag"}
    return {
        "id": key,
        "kind": next(
            (kind for made, kind in kinds.items() if isinstance(marginal, made)), "number"
        ),
        "names": list(marginal.names) if isinstance(marginal, Choice) else [],
        "law": LAWS[law.law] if law else "",
        "others": list(law.others) if law else [],
    }


def names(params: Params) -> dict[str, list[str]]:
    """The names that single values may have which name a row, by id."""
    tables: dict[str, Any] = {
        name: table.rows for name, table in parameters.library().tables.items()
    }
    given = parameters.library().parameters
    found = {}
    for key in sorted(spec.singles().keys() & rules.LINKS.keys()):
        table, _, column = rules.LINKS[key].partition(".")
        rows = tables.get(table, {})
        known = (
            {str(given[f"{table}.{row}.{column}"].value) for row in rows} if column else set(rows)
        )
        if key == "campus.region":
            known |= rules.OF_SEVEN
        found[key] = sorted(known)
    return found


def fixed() -> list[str]:
    """The ids that the draws of the page cannot follow: laws that it does not do again."""
    weights = {key for choice in CHOICES for key in weights_of(choice).values()}
    return sorted({chance.CORRELATION, *weights, *weighing()})
