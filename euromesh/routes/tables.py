"""Every route by name, in the order of the parameters, in which they are raced.

A route is entered where it is defined, by `raced`, in any module of this folder.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from importlib import import_module
from pkgutil import iter_modules
from typing import Final

from euromesh import routes
from euromesh.records import Params
from euromesh.routes.route import KINDS, Kind

for module in iter_modules(routes.__path__):
    import_module(f"{routes.__name__}.{module.name}")

ROUTES: Final[Mapping[str, Kind]] = {
    field.name: KINDS[field.name] for field in fields(Params) if field.name in KINDS
}
