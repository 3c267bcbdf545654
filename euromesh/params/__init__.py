"""The parameters: read, validated and resolved to records.

The only module that opens `params/`. `load` gives the records that every calculation takes,
`resolve` the same values flat, `library` each value with its range and provenance, `outlines` the
countries that a map draws.
"""

from euromesh.params.files import ParamsError
from euromesh.params.forms import Scenario, Source
from euromesh.params.library import FOLDER, Library, Parameter, Table, library
from euromesh.params.outlines import Outlines, outlines
from euromesh.params.scenarios import ends, load, read_overrides, resolve
from euromesh.params.shapes import Shape
from euromesh.params.texts import Value
