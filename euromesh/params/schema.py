"""A schema of each file in `params/`, for editors and for other programs.

YAML files get a JSON Schema, CSV tables a Frictionless Table Schema, made from the records and the
models: `python -m euromesh.params.schema` writes them to `_build/schema`, where editors look.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from euromesh.params import spec
from euromesh.params.files import SCENARIOS, SOURCES, Faults, read_csv, read_yaml
from euromesh.params.leaf import Leaf, Scenario, SourceEntry
from euromesh.params.library import FOLDER, shown
from euromesh.params.shape_fits import FITS
from euromesh.params.shapes import SINGLE
from euromesh.params.spec import Spec
from euromesh.params.statements import MixtureForm, PartForm

DRAFT = "http://json-schema.org/draft-07/schema#"
DATE = r"^\d{4}(-\d{2}(-\d{2})?)?$"

Schema = dict[str, Any]


def write(target: Path, folder: Path = FOLDER) -> None:
    """Write the schema of every file of a folder, and delete those of files that are gone."""
    texts = documents(folder)
    target.mkdir(parents=True, exist_ok=True)
    for stale in set(target.glob("*.json")) - {target / name for name in texts}:
        stale.unlink()
    for name, text in texts.items():
        (target / name).write_text(text, encoding="utf-8", newline="\n")


def documents(folder: Path = FOLDER) -> dict[str, str]:
    """The text of each schema by its file name."""
    faults = Faults()
    schemas: dict[str, Schema] = {}
    for path in sorted(folder.glob("*.yaml")):
        data = read_yaml(path, shown(path), faults)
        schemas[f"{path.stem}.json"] = {"$schema": DRAFT, **_of_yaml(path.name, list(data))}
    for path in sorted(folder.glob("*.csv")):
        header = read_csv(path, shown(path), faults).header
        schemas[f"{path.stem}.json"] = _of_table(path.stem, header)
    faults.stop()
    return {name: _text(schema) for name, schema in schemas.items()}


def _text(schema: Schema) -> str:
    return json.dumps(schema, indent=1, ensure_ascii=False) + "\n"


def _of_yaml(name: str, topics: list[str]) -> Schema:
    if name == SOURCES:
        return {"type": "object", "additionalProperties": _of_model(SourceEntry)}
    if name == SCENARIOS:
        return {"type": "object", "additionalProperties": _of_model(Scenario)}
    return _object({topic: _of_branch(topic) for topic in topics}) | {
        "definitions": {
            "leaf": _of_model(Leaf),
            "distribution": _of_distribution(),
            "part": _of_part(),
        }
    }


def _of_branch(path: str) -> Schema:
    """The schema of a topic, or of a leaf where the path is a parameter's id."""
    singles = spec.singles()
    if path in singles:
        return _of_leaf(singles[path])
    depth = path.count(".") + 1
    words = [key.split(".")[depth] for key in singles if key.startswith(f"{path}.")]
    return _object({word: _of_branch(f"{path}.{word}") for word in dict.fromkeys(words)})


def _object(properties: Schema) -> Schema:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _of_leaf(kind: Spec) -> Schema:
    """A leaf whose value and ends are of this kind, and whose unit is the record's."""
    end = _of_value(kind)
    value = {"anyOf": [end, {"type": "null"}]} if kind.optional else end
    cells = {"value": value, "low": end, "high": end}
    shape: Schema = {"$ref": "#/definitions/distribution"}
    numeric = {"distribution": shape, "unit": {"const": kind.unit}}
    unit = numeric if kind.numeric else dict.fromkeys(numeric, False)
    needs = ["value", "unit"] if kind.numeric else ["value"]
    return {
        "allOf": [{"$ref": "#/definitions/leaf"}],
        "properties": cells | unit,
        "required": needs,
    }


def _of_distribution() -> Schema:
    """A name that is fitted to the range, or a form."""
    mixture = _of_model(MixtureForm)
    mixture["properties"]["parts"]["items"] = {"$ref": "#/definitions/part"}
    return {"anyOf": [{"enum": list(FITS)}, *_forms(), mixture]}


def _forms() -> list[Schema]:
    """Every family with its name, by its own arguments and by quantiles."""
    told = [*SINGLE.items(), *((name, form) for name, (form, _) in FITS.items())]
    found = [(name, _of_model(form)) for name, form in told]
    for name, form in found:
        form["properties"] = {"name": {"const": name}} | form["properties"]
        form["required"] = ["name", *form["required"]]
    return [form for _, form in found]


def _of_part() -> Schema:
    """A part of a mixture: looser than the reader, as any form's arguments may stand here."""
    found = _of_model(PartForm)
    for form in _forms():
        found["properties"] |= form["properties"]
    found["properties"]["name"] = {"enum": list(SINGLE)}
    return found | {"required": ["weight", "name"]}


def _of_model(model: type[BaseModel]) -> Schema:
    schema = model.model_json_schema()
    for inner in schema["properties"].values():
        inner.pop("title", None)
        inner.pop("default", None)
    return {key: schema[key] for key in ("type", "properties", "required", "additionalProperties")}


def _of_value(kind: Spec) -> Schema:
    if kind.numeric:
        low, high = kind.plausible
        ends = {"minimum": low, "maximum": high}
        return {"type": "number"} | {k: v for k, v in ends.items() if math.isfinite(v)}
    if kind.choices:
        return {"enum": list(kind.choices)}
    kinds: dict[str, Schema] = {
        "flag": {"type": "boolean"},
        "date": {"type": "string", "pattern": DATE},
        "text": {"type": "string", "minLength": 1},
    }
    return kinds[kind.unit]


def _of_table(name: str, header: tuple[str, ...]) -> Schema:
    """A Frictionless Table Schema of a table with its row ids and provenance."""
    columns = spec.tables()[name]
    fields = [{"name": cell, **_of_column(cell, columns)} for cell in header]
    return {"fields": fields, "primaryKey": ["id"], "missingValues": [""]}


def _of_column(cell: str, columns: spec.Columns) -> Schema:
    name = cell.partition(" [")[0]
    kind = columns.get(name)
    of_range = columns.get(name.removesuffix("_low").removesuffix("_high"))
    if kind is None and of_range is None:
        return {"type": "string", "constraints": {"required": name == "id"}}
    found = _of_value(kind or of_range or Spec("text"))
    limits: Schema = {k: v for k, v in found.items() if k != "type"}
    limits["required"] = kind is not None and not kind.optional
    return {"type": found.get("type", "string"), "constraints": limits}


if __name__ == "__main__":
    write(FOLDER.parent / "_build" / "schema")
