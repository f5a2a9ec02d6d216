"""JSON from other hands as a frozen dataclass, or one line that says what is wrong with it."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from pydantic import TypeAdapter

T = TypeVar("T")


def parsed(kind: Callable[..., T], text: str) -> T:
    """The value that the JSON says. Raises ValueError for anything that is not wholly of the type.

    Strictly so: no text for a number, no field that the type does not have, no NaN.
    """
    try:
        (value,) = _adapter(kind).validate_json(f"[{text}]", strict=True)
    except ValueError as error:
        raise ValueError(_first(error)) from None
    made: T = value
    return made


@functools.cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    # Inside a tuple, so that these strict settings hold for dataclasses, which have none.
    from pydantic import ConfigDict, TypeAdapter  # noqa: PLC0415

    strict = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False)
    return TypeAdapter(tuple[kind], config=strict)


def _first(error: ValueError) -> str:
    """The first thing that is wrong, in one line."""
    found: list[Mapping[str, Any]] = getattr(error, "errors", list)()
    if not found:
        return one_line(str(error))
    place = one_line(".".join(str(part) for part in found[0]["loc"][1:]))
    said = one_line(found[0]["msg"])
    return f"{place[:100]}: {said}" if place else said


def one_line(text: str) -> str:
    """The text in one line, without what cannot be printed."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())
