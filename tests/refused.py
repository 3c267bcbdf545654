"""What a reader of parameters says of what it refuses, and the leaf that it is given to refuse."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest
import yaml

from euromesh import params
from euromesh.params import ParamsError, files

Edit: TypeAlias = Callable[[str, str, str], None]  # the fixture `edit`


def refusal(read: Callable[..., object], *asked: object, **more: object) -> str:
    """The message with which a reader refuses what it was asked; that it does is asserted."""
    with pytest.raises(ParamsError) as caught:
        read(*asked, **more)
    return str(caught.value)


def state(folder: Path, key: str, **changes: Any) -> None:
    """Change words of one leaf of a YAML file of a copy; None takes a word away."""
    path = folder.parent / params.library().parameters[key].file
    tree = files.read_yaml(path, files.Place(path.name))
    node = tree
    for word in key.split("."):
        node = node[word]
    kept = {word: value for word, value in {**node, **changes}.items() if value is not None}
    node.clear()
    node.update(kept)
    path.write_text(yaml.safe_dump(tree), encoding="utf-8")
