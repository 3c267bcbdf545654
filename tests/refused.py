"""What a reader of parameters says of what it refuses."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import pytest

from euromesh.params import ParamsError

Edit: TypeAlias = Callable[[str, str, str], None]  # the fixture `edit`


def refusal(read: Callable[..., object], *asked: object, **more: object) -> str:
    """The message with which a reader refuses what it was asked; that it does is asserted."""
    with pytest.raises(ParamsError) as caught:
        read(*asked, **more)
    return str(caught.value)
