"""A ZIP file from anybody, read in memory and within limits: nothing is unpacked to the disk."""

from __future__ import annotations

import io
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from qa.errors import QAError

LARGEST, LARGEST_ENTRY, MOST_ENTRIES = 200_000_000, 50_000_000, 1_000
"""Bytes in all, bytes of one entry, entries."""
_END, _END_64 = b"PK\x05\x06", b"PK\x06\x07"
_END_LENGTH, _LOCATOR_LENGTH, _COMMENT = 22, 20, 65_535
_LONGEST_LIST = 1_000_000
_CHUNK = 1 << 20
_KINDS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_NO_ZIP = "it is no ZIP file, or not a whole one"
_HINT = "ask for the pack again where it was made, and send it as one file"
# All that a damaged or hostile ZIP file makes zipfile raise.
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    KeyError,
    NotImplementedError,
    OverflowError,
    RuntimeError,
    ValueError,
)


class Damaged(Exception):
    """An entry cannot be read, or is larger than it says."""


class Sealed:
    """A ZIP file, held in memory, whose list of entries was found in order."""

    def __init__(self, path: str | Path) -> None:
        """Raises QAError for anything but a ZIP file within the limits, its names unique."""
        content = _content(Path(path))
        self._left = LARGEST
        fault = _outer_fault(content)
        try:
            if not fault:
                self._zip = zipfile.ZipFile(io.BytesIO(content))
                infos = self._zip.infolist()
                fault = next(_listing_faults(infos), "")
        except _BROKEN:
            fault = _NO_ZIP
        if fault:
            raise QAError(f"{path} is not an evidence pack: {fault}", hint=_HINT)
        self._infos = {info.filename: info for info in infos}

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the entries, in their order in the file."""
        return tuple(self._infos)

    def read(self, name: str) -> bytes:
        """What the entry holds. Raises Damaged where that cannot be said, or is too large."""
        pieces = []
        size = 0
        try:
            with self._zip.open(self._infos[name]) as entry:
                while piece := entry.read(_CHUNK):
                    size += len(piece)
                    self._left -= len(piece)
                    if size > LARGEST_ENTRY or self._left < 0:
                        raise Damaged("it is larger than a pack may be")
                    pieces.append(piece)
        except (*_BROKEN, OSError) as error:
            raise Damaged("it is damaged") from error
        return b"".join(pieces)


def _content(path: Path) -> bytes:
    """The file's bytes. Raises QAError where it cannot be read, or is larger than a pack may be."""
    try:
        if not path.is_file():
            raise QAError(f"{path} is no file", hint="name the file of an evidence pack: PACK.zip")
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except (OSError, ValueError) as error:
        said = getattr(error, "strerror", "") or str(error)
        raise QAError(f"{path} cannot be read: {said}", hint="name another file") from error
    if len(content) > LARGEST:
        raise QAError(
            f"{path} is not an evidence pack: it is larger than {LARGEST // 1_000_000} MB",
            hint=_HINT,
        )
    return content


def _outer_fault(content: bytes) -> str:
    """What keeps the file from being opened: its list of entries may be made to fill memory."""
    tail = content[-(_END_LENGTH + _COMMENT + _LOCATOR_LENGTH) :]
    at = len(tail) - _END_LENGTH
    if at < 0 or tail[at : at + 4] != _END or tail[-2:] != b"\0\0":
        at = tail.rfind(_END)
    if at < 0 or at + _END_LENGTH > len(tail):
        return _NO_ZIP
    if tail[max(0, at - _LOCATOR_LENGTH) : at].startswith(_END_64):
        return "it is a ZIP file of a kind that packs are not"
    entries, length = struct.unpack("<10xHI6x", tail[at : at + _END_LENGTH])
    if entries > MOST_ENTRIES or length > _LONGEST_LIST:
        return f"it has more than {MOST_ENTRIES:,} entries"
    return ""


def _listing_faults(infos: list[zipfile.ZipInfo]) -> Iterator[str]:
    if len(infos) > MOST_ENTRIES:
        yield f"it has more than {MOST_ENTRIES:,} entries"
    names = [info.filename for info in infos]
    if len({name.casefold() for name in names}) < len(names):
        yield "two of its entries have the same name"
    for info in infos:
        if not _plain(info.filename) or info.orig_filename != info.filename:
            yield "an entry's name leads out of the pack"
        if stat.S_IFMT(info.external_attr >> 16) not in (0, stat.S_IFREG):
            yield "an entry is a link, or another thing than a file"
        if info.flag_bits & 0x1 or info.compress_type not in _KINDS:
            yield "an entry is encrypted, or packed in a way that packs are not"
        if info.file_size > LARGEST_ENTRY:
            yield f"an entry is larger than {LARGEST_ENTRY // 1_000_000} MB"
    if sum(info.file_size for info in infos) > LARGEST:
        yield f"it unpacks to more than {LARGEST // 1_000_000} MB"


def _plain(name: str) -> bool:
    """Whether the name is of a file below the pack's own folder, on every system."""
    path = PurePosixPath(name)
    return (
        name == str(path)
        and name.isprintable()
        and not path.is_absolute()
        and not {"..", "."} & set(path.parts)
        and not set(':\\<>"|?*') & set(name)
    )
