"""Lines of JSON, each an object whose fields are checked as they are taken out."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qa.errors import DocumentError


@dataclass(frozen=True, slots=True)
class Row:
    """An object out of a file, and where it stands there ("line 7").

    A field that is absent or null has its default; where there is none, or the field is something
    else than is asked for, DocumentError names the file, the place and the field.
    """

    path: Path
    place: str
    values: Mapping[str, Any]
    hint: str

    def error(self, reason: str) -> DocumentError:
        """The error to raise for what is wrong with this row."""
        return malformed(self.path, self.place, reason, self.hint)

    def name(self, *fields: str) -> str:
        """The first of these fields that is there, as the name of something: never empty."""
        for field in fields:
            value = self.values.get(field)
            if value is None:
                continue
            if isinstance(value, bool) or not isinstance(value, str | int) or value == "":
                raise self.error(f"{field!r} is {_shown(value)}, not a name")
            return self._whole_text(field, str(value))
        raise self.error(f"there is no {fields[0]!r}")

    def name_or(self, field: str, default: str) -> str:
        """The same of one field, which may also be absent, null or empty."""
        return default if self.values.get(field) in (None, "") else self.name(field)

    def text(self, field: str, default: str | None = None) -> str:
        """The field's text."""
        value = self._value(field, default)
        if not isinstance(value, str):
            raise self.error(f"{field!r} is {_shown(value)}, not a text")
        return self._whole_text(field, value)

    def flag(self, field: str, default: bool | None = None) -> bool:
        """Whether the field is true."""
        value = self._value(field, default)
        if not isinstance(value, bool):
            raise self.error(f"{field!r} is {_shown(value)}, not true or false")
        return value

    def number(self, field: str) -> int | None:
        """The field's whole number, None where it is absent."""
        value = self.values.get(field)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
            raise self.error(f"{field!r} is {_shown(value)}, not a whole number")
        return value

    def texts(self, field: str) -> tuple[str, ...]:
        """The field's list of texts, empty where it is absent."""
        value = self.values.get(field)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            raise self.error(f"{field!r} is {_shown(value)}, not a list of texts")
        return tuple(self._whole_text(field, each) for each in value)

    def text_or_texts(self, field: str) -> tuple[str, ...]:
        """A text, or a list of them."""
        value = self.values.get(field)
        if isinstance(value, str):
            return (self._whole_text(field, value),) if value else ()
        return self.texts(field)

    def rows(self, field: str) -> list[Row]:
        """The field's list of objects, empty where it is absent."""
        value = self.values.get(field)
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
            raise self.error(f"{field!r} is {_shown(value)}, not a list of objects")
        place = f"{self.place}, " if self.place else ""
        return [
            Row(self.path, f"{place}{field}[{at}]", each, self.hint)
            for at, each in enumerate(value)
        ]

    def _value(self, field: str, default: Any) -> Any:
        value = self.values.get(field)
        if value is None and default is None:
            raise self.error(f"there is no {field!r}")
        return default if value is None else value

    def _whole_text(self, field: str, text: str) -> str:
        # "\ud800" is half a character: JSON can write it, no file and no index can hold it.
        try:
            text.encode("utf-8")
        except UnicodeEncodeError:
            raise self.error(f"{field!r} holds half a character") from None
        return text


def read_rows(path: Path, hint: str) -> Iterator[Row]:
    """The objects of a file that holds one a line; empty lines are passed over."""
    for number, line in enumerate(read_text(path, hint).split("\n"), start=1):
        if line.strip():
            yield parsed(path, f"line {number}", line, hint)


def parsed(path: Path, place: str, text: str, hint: str) -> Row:
    """The JSON object that the text is. Raises DocumentError, naming the file and the place."""
    try:
        values = json.loads(text)
    except json.JSONDecodeError as error:
        where = place or f"line {error.lineno}"
        raise malformed(path, where, f"not JSON: {error.msg}", hint) from error
    except (ValueError, RecursionError) as error:
        raise malformed(path, place, f"not JSON: {error}", hint) from error
    if not isinstance(values, dict):
        raise malformed(path, place, f"{_shown(values)} is not an object", hint)
    return Row(path, place, values, hint)


def read_text(path: Path, hint: str) -> str:
    """The file's text. Raises DocumentError, naming the file, where it cannot be read."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        reason = error.strerror or str(error)
    except UnicodeDecodeError as error:
        number = path.read_bytes()[: error.start].count(b"\n") + 1
        raise malformed(path, f"line {number}", "not UTF-8", hint) from error
    raise DocumentError(f"{path} cannot be read: {reason}", uri=str(path), hint=hint)


def malformed(path: Path, place: str, reason: str, hint: str) -> DocumentError:
    """The error for a file that says something it must not, at a place."""
    where = f"{path}, {place}" if place else str(path)
    return DocumentError(f"{where}: {reason}", uri=str(path), hint=hint)


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
