"""A folder or a file into documents; a file that cannot be read is an error with its reason."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from qa.documents.formats import (
    Parsed,
    decode,
    parse_docx,
    parse_epub,
    parse_html,
    parse_markdown,
    parse_pdf,
    parse_text,
)
from qa.errors import DocumentError
from qa.types import Document, Failure, Layout

LOADER_VERSION = "4"
"""Raised when the same file would make another document: it is then read again."""

_PARSERS: Mapping[str, Callable[[bytes, str], Parsed]] = {
    ".md": lambda content, uri: parse_markdown(decode(content, uri=uri), uri=uri),
    ".markdown": lambda content, uri: parse_markdown(decode(content, uri=uri), uri=uri),
    ".txt": lambda content, uri: parse_text(decode(content, uri=uri), uri=uri),
    ".html": lambda content, uri: parse_html(content, uri=uri),
    ".htm": lambda content, uri: parse_html(content, uri=uri),
    ".xhtml": lambda content, uri: parse_html(content, uri=uri),
    ".docx": lambda content, uri: parse_docx(content, uri=uri),
    ".docm": lambda content, uri: parse_docx(content, uri=uri),
    ".epub": lambda content, uri: parse_epub(content, uri=uri),
    ".pdf": lambda content, uri: parse_pdf(content, uri=uri),
}
KINDS = tuple(_PARSERS)
"""The endings of files that are read."""

_OTHER_DOCUMENTS = frozenset(
    ".azw .azw3 .doc .dotx .key .mobi .odp .ods .odt .pages .ppt .pptx .rtf .xls .xlsx".split()
)
"""Endings of documents that a reader would miss; other files are passed over without a word."""
_PASSED_OVER = frozenset(["readme", "readme.md", "readme.markdown", "readme.txt"])


@dataclass(frozen=True, slots=True)
class Loaded:
    """A document, what of its file was not read, and where the words stand on its pages.

    ``scanned``: there are pages that want OCR, whether it was there or not.
    """

    document: Document
    warnings: tuple[str, ...] = ()
    layouts: tuple[Layout, ...] = ()
    scanned: bool = False


def scan(root: Path) -> tuple[list[tuple[str, Path]], list[Failure]]:
    """The files to read under a folder as (uri, path), by uri, and those that are refused.

    The uri is the path below the folder. Hidden files, READMEs and files that hold no text are
    passed over; a document of a kind that is not read, and a link that leads out of the folder,
    are refused. Raises DocumentError where there is no
    such folder or file.
    """
    if root.is_file():
        return [(root.name, root)], []
    if not root.is_dir():
        raise DocumentError(
            f"there is no folder {root}", uri=str(root), hint="name a folder of documents"
        )
    files: list[tuple[str, Path]] = []
    refused: list[Failure] = []
    for path, problem in _found(root):
        uri = path.relative_to(root).as_posix()
        named = uri.encode("utf-8", "replace").decode()
        problem = problem or ("" if named == uri else "its name is not UTF-8; rename it")
        if problem:
            refused.append(Failure(named, problem))
        else:
            files.append((uri, path))
    return sorted(files), sorted(refused, key=lambda failure: (failure.uri, failure.reason))


def fingerprint(path: Path) -> str:
    """The SHA-256 of the file's bytes. Raises DocumentError where it cannot be read."""
    try:
        _check_regular(path, path.name)
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise unreadable(path, path.name, error) from error


def load_file(
    path: Path,
    *,
    uri: str,
    max_bytes: int,
    meta: Mapping[str, str] | None = None,
    password: str = "",
    progress: Callable[[int, int], None] | None = None,
) -> Loaded:
    """The file as a document. ``meta`` overrides what the file says of itself, its title too.

    ``password`` opens an encrypted PDF; ``progress`` is called with the pages of a PDF that are
    done, and their number. Raises DocumentError for a file that is too large, empty, damaged,
    encrypted, without text or of a kind that is not read. Nothing partial is ever returned.
    """
    check_kind(uri, path.suffix)
    content = _content(path, uri, max_bytes)
    if path.suffix.lower() == ".pdf":
        parsed = parse_pdf(content, uri=uri, password=password, progress=progress)
    else:
        parsed = _PARSERS[path.suffix.lower()](content, uri)
    if not any(paragraph.kind == "text" for paragraph in parsed.paragraphs):
        raise DocumentError(
            "empty: it holds no text", uri=uri, hint="there is nothing to search in it"
        )
    named = {**parsed.meta, **(meta or {})}
    title = named.pop("title", "") or parsed.title or Path(uri).stem
    document = Document(
        uri=uri,
        title=title,
        text=parsed.text,
        pages=parsed.pages,
        meta=named,
        sha256=hashlib.sha256(content).hexdigest(),
        paragraphs=parsed.paragraphs,
    )
    return Loaded(document, parsed.warnings, parsed.layouts, parsed.scanned)


def check_kind(uri: str, suffix: str) -> None:
    """Files with this ending are read. Raises DocumentError where they are not."""
    if suffix.lower() not in _PARSERS:
        problem = f"files ending in {suffix or 'nothing'} are not read"
        raise DocumentError(problem, uri=uri, hint=f"the endings read are {', '.join(KINDS)}")


def check_size(path: Path, *, uri: str, max_bytes: int) -> None:
    """It is a file, and not too large. Raises DocumentError, or OSError where it is not there."""
    size = _check_regular(path, uri)
    if size > max_bytes:
        raise _too_large(uri, size, max_bytes)


def _content(path: Path, uri: str, max_bytes: int) -> bytes:
    try:
        check_size(path, uri=uri, max_bytes=max_bytes)
        with path.open("rb") as file:
            content = file.read(max_bytes + 1)
    except OSError as error:
        raise unreadable(path, uri, error) from error
    if len(content) > max_bytes:  # it grew since it was looked at
        raise _too_large(uri, len(content), max_bytes)
    if not content.strip():
        raise DocumentError("empty", uri=uri, hint="there is nothing to search in it")
    return content


def _check_regular(path: Path, uri: str) -> int:
    """The file's size. Raises DocumentError for what is no file: reading a pipe would not end."""
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        raise DocumentError("not a file", uri=uri, hint="name a file, or a folder to index")
    return status.st_size


def _too_large(uri: str, size: int, max_bytes: int) -> DocumentError:
    return DocumentError(
        f"too large: {size / 1e6:,.1f} MB, and the limit is {max_bytes / 1e6:,.1f} MB",
        uri=uri,
        hint="raise the setting max_file_mb, or split the file",
    )


def _found(root: Path) -> Iterator[tuple[Path, str]]:
    """The files of the kinds that are read, each with the reason why it is refused, or ""."""
    inside = root.resolve()
    unreadable: list[OSError] = []
    for folder, folders, names in os.walk(root, onerror=unreadable.append):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in folders:
            path = Path(folder, name)
            if path.is_symlink():  # never followed; one to within is found at its own place
                problem = _leads_out(path, inside)
                if problem:
                    yield path, problem
        for name in names:
            path = Path(folder, name)
            suffix = path.suffix.lower()
            if name.startswith(".") or name.casefold() in _PASSED_OVER:
                continue
            if suffix in _PARSERS:
                yield path, _leads_out(path, inside)
            elif suffix in _OTHER_DOCUMENTS:
                yield path, f"files ending in {suffix} are not read; save it as PDF or HTML"
    for error in unreadable:
        yield Path(error.filename), f"the folder cannot be read: {error.strerror}"


def _leads_out(path: Path, inside: Path) -> str:
    try:
        within = path.resolve().is_relative_to(inside)
    except (OSError, RuntimeError):
        return "a link that leads to itself"
    return "" if within else "a link that leads out of the folder"


def unreadable(path: Path, uri: str, error: OSError) -> DocumentError:
    """The error to raise where the system does not let the file be read."""
    if isinstance(error, PermissionError):
        hint = f"give yourself the permission to read {path.name}"
    else:
        hint = "check that the file is still there"
    return DocumentError(
        f"cannot be read: {error.strerror or error}",
        uri=uri,
        hint=hint,
    )
