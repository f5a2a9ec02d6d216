"""Every error the library raises on purpose, in one tree.

    QAError                     .hint: the command or setting that fixes it
    ├── SettingsError           an unknown or unusable setting
    ├── DocumentError           .uri: a file or document that cannot be read or found
    ├── ModelMissing            .name: a model that is not on this machine
    └── IndexUnusable
        ├── IndexMissing        nothing has been built there yet
        ├── IndexLocked         .holder: another process is writing
        ├── IndexMismatch       .built_with, .asked_for: another encoder or splitter built it
        └── IndexDamaged        the ledger itself cannot be read

Programming mistakes stay ``ValueError`` and ``TypeError``.
"""

from __future__ import annotations


class QAError(Exception):
    """The base of every error here; ``str(error)`` says what is wrong, ``hint`` what to do."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint

    @property
    def in_full(self) -> str:
        """What is wrong and what to do about it, in one line."""
        return f"{self} ({self.hint})" if self.hint else str(self)


class SettingsError(QAError):
    """A setting is unknown or its value cannot be used."""


class DocumentError(QAError):
    """A document cannot be read, or is not in the index."""

    def __init__(self, message: str, *, uri: str = "", hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.uri = uri


class ModelMissing(QAError):
    """A model that was asked for is not on this machine."""

    def __init__(self, message: str, *, name: str, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.name = name


class IndexUnusable(QAError):
    """The index cannot be used as it stands."""


class IndexMissing(IndexUnusable):
    """There is no index at this place."""


class IndexLocked(IndexUnusable):
    """Another process is writing to the index."""

    def __init__(self, message: str, *, holder: str, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.holder = holder


class IndexMismatch(IndexUnusable):
    """The index was built with another encoder or splitter than the one asked for."""

    def __init__(self, message: str, *, built_with: str, asked_for: str, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.built_with = built_with
        self.asked_for = asked_for


class IndexDamaged(IndexUnusable):
    """The ledger cannot be read; the index has to be built again from the documents."""
