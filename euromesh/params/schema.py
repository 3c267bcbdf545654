"""A JSON Schema of each YAML file in `params/`, for editors, made from the records and the models.

`python -m euromesh.params.schema` writes them to `_build/schema`, where editors look.
"""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from euromesh.params import spec
from euromesh.params.files import SCENARIOS, SOURCES, Place, read_yaml, shown
from euromesh.params.forms import Leaf, Scenario, SourceEntry
from euromesh.params.library import FOLDER
from euromesh.params.shapes import FITS, SINGLE, Mixture, Part
from euromesh.params.spec import Spec

DRAFT = "http://json-schema.org/draft-07/schema#"
DATE = r"^\d{4}(-\d{2}(-\d{2})?)?$"

Schema = dict[str, Any]


def write(target: Path, folder: Path = FOLDER) -> None:
    """Write the schema of every file of a folder in the place of all that the target holds."""
    texts = documents(folder)
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    for name, text in texts.items():
        (target / name).write_text(text, encoding="utf-8", newline="\n")


def documents(folder: Path = FOLDER) -> dict[str, str]:
    """The text of each schema by its file name."""
    here = Place(folder.name)
    schemas: dict[str, Schema] = {}
    for path in sorted(folder.glob("*.yaml")):
        data = read_yaml(path, here.of(shown(path)))
        schemas[f"{path.stem}.json"] = {"$schema": DRAFT, **_of_yaml(path.name, data)}
    here.stop()
    return {
        name: json.dumps(schema, indent=1, ensure_ascii=False) + "\n"
        for name, schema in schemas.items()
    }


def _of_yaml(name: str, topics: Iterable[str]) -> Schema:
    if name in (SOURCES, SCENARIOS):
        model = SourceEntry if name == SOURCES else Scenario
        return {"type": "object", "additionalProperties": model.model_json_schema()}
    leaf = Leaf.model_json_schema()
    definitions = {"leaf": leaf, "distribution": _of_distribution(), "part": _of_part()}
    return _object({topic: _of_branch(topic) for topic in topics}) | {"definitions": definitions}


def _of_branch(path: str) -> Schema:
    """The schema of a topic, or of a leaf where the path is a parameter's id."""
    singles = spec.singles()
    if path in singles:
        return _of_leaf(singles[path])
    depth = path.count(".") + 1
    words = [key.split(".")[depth] for key in singles if key.startswith(f"{path}.")]
    return _object({word: _of_branch(f"{path}.{word}") for word in dict.fromkeys(words)})


def _object(properties: Schema) -> Schema:
    told = {"type": "object", "properties": properties, "required": list(properties)}
    return told | {"additionalProperties": False}


def _of_leaf(kind: Spec) -> Schema:
    """A leaf whose value and ends are of this kind, and whose unit is the record's."""
    end = _of_value(kind)
    value = {"anyOf": [end, {"type": "null"}]} if kind.optional else end
    shape = {"$ref": "#/definitions/distribution"} if kind.numeric else False
    unit = {"const": kind.unit} if kind.numeric else False
    return {
        "allOf": [{"$ref": "#/definitions/leaf"}],
        "properties": {
            "value": value,
            "low": end,
            "high": end,
            "distribution": shape,
            "unit": unit,
        },
        "required": ["value", "unit"] if kind.numeric else ["value"],
    }


def _of_distribution() -> Schema:
    """A name that is fitted to the range, or a form."""
    mixture = _named("mixture", Mixture.model_json_schema())
    del mixture["$defs"]
    mixture["properties"]["parts"]["items"] = {"$ref": "#/definitions/part"}
    return {"anyOf": [{"enum": list(FITS)}, *_forms(), mixture]}


def _forms() -> list[Schema]:
    """Every family with its name, by its own arguments and by quantiles."""
    told = [*SINGLE.items(), *((name, form) for name, (form, _) in FITS.items())]
    return [_named(name, form.model_json_schema()) for name, form in told]


def _named(name: str, form: Schema) -> Schema:
    form["properties"]["name"] = {"const": name}
    form["required"].append("name")
    return form


def _of_part() -> Schema:
    """A part of a mixture: looser than the reader, as any form's arguments may stand here."""
    found = Part.model_json_schema()
    del found["$defs"], found["properties"]["shape"]
    for form in _forms():
        found["properties"] |= form["properties"]
    found["properties"]["name"] = {"enum": list(SINGLE)}
    return found | {"required": ["weight", "name"]}


def _of_value(kind: Spec) -> Schema:
    if kind.numeric:
        low, high = kind.plausible
        ends = {"minimum": low, "maximum": high}
        return {"type": "number"} | {k: v for k, v in ends.items() if math.isfinite(v)}
    kinds: dict[str, Schema] = {
        "flag": {"type": "boolean"},
        "date": {"type": "string", "pattern": DATE},
        "text": {"type": "string", "minLength": 1},
        "choice": {"enum": list(kind.choices)},
    }
    return kinds[kind.unit]


if __name__ == "__main__":
    write(FOLDER.parent / "_build" / "schema")
