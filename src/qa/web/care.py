"""The note on what the material is about, and where to find support: words of whoever deploys it.

A file of TOML holds them, so that a place in another country can name its own.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qa.errors import SettingsError

NOTE = "This material concerns the sexual abuse of children."
_HINT = "see corpus/support.toml of the project for the form, or unset QA_SUPPORT"


@dataclass(frozen=True, slots=True)
class SupportPlace:
    """Someone to talk to: a name, for whom or what, a telephone number, an address of the web."""

    name: str
    what: str = ""
    phone: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Support:
    """The note under the question box, and the places, under a few words of their own."""

    note: str = NOTE
    words: str = ""
    places: tuple[SupportPlace, ...] = ()


def read_support(path: str | Path) -> Support:
    """What the file says; the plain note where there is no file. Raises SettingsError."""
    try:
        said = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Support()
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{path} cannot be read: {error}", hint=_HINT) from error
    known = {"note", "words", "place"}
    if not known.issuperset(said):
        raise SettingsError(f"{path}: unknown {sorted({*said} - known)[0]!r}", hint=_HINT)
    places = said.get("place", [])
    if not isinstance(places, list):
        raise SettingsError(f"{path}: 'place' is not a list of tables", hint=_HINT)
    return Support(
        note=_text(path, said, "note", NOTE),
        words=_text(path, said, "words", ""),
        places=tuple(_place(path, place) for place in places),
    )


def _place(path: str | Path, said: Any) -> SupportPlace:
    names = ("name", "what", "phone", "url")
    if not isinstance(said, dict) or not said.get("name") or {*said} - {*names}:
        raise SettingsError(
            f"{path}: a place has a name, and may have {', '.join(names[1:])}", hint=_HINT
        )
    return SupportPlace(**{name: _text(path, said, name, "") for name in names})


def _text(path: str | Path, said: dict[str, Any], name: str, default: str) -> str:
    value = said.get(name, default)
    if not isinstance(value, str):
        raise SettingsError(f"{path}: {name} is not a text", hint=_HINT)
    return value
