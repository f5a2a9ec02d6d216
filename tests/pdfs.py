"""A writer of small PDFs, so that the tests know what stands where on every page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 595, 842
PLAIN, BOLD, ITALIC = "F1", "F2", "F3"
_FONTS = {PLAIN: "Helvetica", BOLD: "Helvetica-Bold", ITALIC: "Helvetica-Oblique"}

# Lines as wide as each other, so that they read as one paragraph.
OPENING = [
    "The inspection of Denby Bridge took place in May 2019 over three",
    "days, and the county engineer was present on the first of them to",
    "answer the questions that the inspectors had about the masonry.",
]
BODY = [
    "The inspectors found eleven defects in the north span, of which two",
    "had been known to the county council since the survey of 2011 but",
    "had never been repaired for want of money in the budget for roads.",
]


@dataclass(frozen=True)
class Put:
    """Text at a place. ``turned`` text runs upwards."""

    x: float
    y: float
    text: str
    size: float = 12
    font: str = PLAIN
    turned: bool = False


@dataclass(frozen=True)
class Picture:
    """A grey picture that fills the page."""


@dataclass(frozen=True)
class Frame:
    """A box of four thin rules."""

    x0: float
    y0: float
    x1: float
    y1: float


Page = Sequence[Put | Picture | Frame]


def column(
    lines: Iterable[str], *, x: float = 72, y: float = 700, size: float = 12, lead: float = 14
) -> list[Put]:
    """Lines one below the other; "" is a blank line."""
    return [Put(x, y - lead * place, line, size) for place, line in enumerate(lines) if line]


def make_pdf(
    pages: Sequence[Page],
    *,
    title: str = "",
    author: str = "",
    made: str = "",
    catalogue: str = "",
    extra: str = "",
    entries: str = "",
) -> bytes:
    """The pages as a PDF; ``catalogue``, ``extra`` and ``entries`` stand in its catalogue, its
    trailer and each page's dictionary."""
    objects: list[bytes] = []

    def add(body: str | bytes) -> int:
        objects.append(body if isinstance(body, bytes) else body.encode("cp1252"))
        return len(objects)

    fonts = " ".join(f"/{name} {add(_font(face))} 0 R" for name, face in _FONTS.items())
    grey = add(_stream("/Type /XObject /Subtype /Image /Width 1 /Height 1 /BitsPerComponent 8"
                       " /ColorSpace /DeviceGray", b"\x80"))  # fmt: skip
    tree = len(objects) + 1 + 2 * len(pages)
    kids = []
    for page in pages:
        drawn = add(_stream("", "\n".join(map(_drawn, page)).encode("cp1252")))
        resources = f"<< /Font << {fonts} >> /XObject << /P {grey} 0 R >> >>"
        kids.append(
            add(
                f"<< /Type /Page /Parent {tree} 0 R /MediaBox [0 0 {WIDTH} {HEIGHT}]"
                f" /Resources {resources} /Contents {drawn} 0 R {entries} >>"
            )
        )
    listed = " ".join(f"{kid} 0 R" for kid in kids)
    assert add(f"<< /Type /Pages /Kids [{listed}] /Count {len(kids)} >>") == tree
    root = add(f"<< /Type /Catalog /Pages {tree} 0 R {catalogue} >>")
    info = add(
        f"<< /Title ({_escaped(title)}) /Author ({_escaped(author)}) /CreationDate ({made}) >>"
    )
    return _file(objects, f"/Root {root} 0 R /Info {info} 0 R {extra}")


def _font(face: str) -> str:
    return f"<< /Type /Font /Subtype /Type1 /BaseFont /{face} /Encoding /WinAnsiEncoding >>"


def _stream(entries: str, body: bytes) -> bytes:
    head = f"<< {entries} /Length {len(body)} >>\nstream\n".encode()
    return head + body + b"\nendstream"


def _drawn(item: Put | Picture | Frame) -> str:
    if isinstance(item, Picture):
        return f"q {WIDTH} 0 0 {HEIGHT} 0 0 cm /P Do Q"
    if isinstance(item, Frame):
        return f"{item.x0} {item.y0} {item.x1 - item.x0} {item.y1 - item.y0} re S"
    matrix = "0 1 -1 0" if item.turned else "1 0 0 1"
    place = f"{matrix} {item.x} {item.y} Tm"
    return f"BT /{item.font} {item.size} Tf {place} ({_escaped(item.text)}) Tj ET"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")


def _file(objects: Sequence[bytes], trailer: str) -> bytes:
    parts = [b"%PDF-1.7\n"]
    places = []
    for number, body in enumerate(objects, start=1):
        places.append(sum(map(len, parts)))
        parts.append(b"%d 0 obj\n%b\nendobj\n" % (number, body))
    start = sum(map(len, parts))
    parts.append(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    parts += [b"%010d 00000 n \n" % place for place in places]
    head = f"trailer\n<< /Size {len(objects) + 1} {trailer} >>\n".encode("cp1252")
    parts += [head, b"startxref\n%d\n%%%%EOF\n" % start]
    return b"".join(parts)
