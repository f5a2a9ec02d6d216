"""The words on a picture of a page, read by Tesseract where it is installed."""

from __future__ import annotations

import functools
import os
import re
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

from qa.errors import DocumentError

if TYPE_CHECKING:
    from PIL.Image import Image

LANGUAGE = "eng"
SECONDS = 50
"""How long Tesseract may look at one page, both times together where it has to look twice."""

_POOR = 0.65
"""Words this uncertain on average come of a page that lies on its side, or of no text at all."""
_KEPT = 0.4
"""A line less certain than this on average is a pattern in a picture."""
_CAPITALS = 1.3
"""From the top of a "d" to the foot of a "p", in heights of a capital."""
_ON_WINDOWS = r"C:\Program Files\Tesseract-OCR\tesseract.exe"
_OS_RELEASE = Path("/etc/os-release")
_XHTML = "{http://www.w3.org/1999/xhtml}"
_LINES = frozenset("ocr_line ocr_header ocr_caption ocr_textfloat".split())
_FIELD = re.compile(r"(\w+) ([-\d. ]+)")
_LETTER = re.compile(r"[^\W_]")
_BELOW = re.compile(r"[gjpqyQ,;()\[\]]")
_BAR = re.compile(r"[“‘\"'(]?\|(?:[’'](?:m|ve|d|ll)\b.*|[,;.”’]*)$")
_MARK = re.compile(
    r"(.*?[^\W\d_][.,;:!?]?[”’\"')]?[.,;:]?)"
    r"(?:(?=[^°®©º*]*[°®©º*])[\d°®©º*?>%&'\"]{2,5}|['\"]\?\?)"
)
_LIKE_A_BULLET = frozenset("e o © ° ¢ * « » @ ® . · -".split())
_PACKAGES = {"debian": "apt install tesseract-ocr", "fedora": "dnf install tesseract",
             "rhel": "dnf install tesseract", "arch": "pacman -S tesseract tesseract-data-eng",
             "suse": "zypper install tesseract-ocr", "alpine": "apk add tesseract-ocr"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class SeenWord:
    """A word, how sure Tesseract is of it in [0, 1], and where it stands, in pixels."""

    text: str
    confidence: float
    box: tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class SeenLine:
    """Words on one line, in pixels from the upper left corner of the picture.

    ``base`` is where the line stands, for text that is level; ``turn`` counts the quarter turns
    by which it is not. ``size`` is the height from the top of a "d" to the foot of a "p",
    ``below`` that of the foot alone; ``stroke`` is how thick the letters are.
    """

    words: tuple[SeenWord, ...]
    box: tuple[int, int, int, int]
    base: float
    size: float
    below: float
    turn: int
    stroke: float = 0.0

    @property
    def confidence(self) -> float:
        """How sure Tesseract is of the line, long words counting more."""
        length = sum(len(word.text) for word in self.words)
        return sum(word.confidence * len(word.text) for word in self.words) / max(1, length)


def ocr_version() -> str:
    """What reads pages without a text layer, as "tesseract 5.3.0"; "" where nothing does."""
    program = _program()
    return _version_of(program) if program else ""


def install_hint() -> str:
    """The command that installs Tesseract on this system."""
    if sys.platform == "darwin":
        return "brew install tesseract"
    if sys.platform == "win32":
        return "winget install UB-Mannheim.TesseractOCR"
    for name in _system():
        if name in _PACKAGES:
            return _PACKAGES[name]
    return _PACKAGES["debian"]


def read_picture(image: Image, *, dpi: int) -> list[SeenLine]:
    """The lines on the picture, paragraph by paragraph, without what is most likely no text.

    A picture that reads badly is looked at again the way its letters stand upright. Raises
    DocumentError where Tesseract fails or takes longer than SECONDS.
    """
    began = time.monotonic()
    lines = _lines(_hocr(image, dpi, segmentation=3, seconds=SECONDS))
    words = sum(len(line.words) for line in lines)
    if words and (_certainty(lines) < _POOR or 2 * sum(map(_stands, lines)) > len(lines)):
        left = SECONDS - (time.monotonic() - began)
        upright = _lines(_hocr(image, dpi, segmentation=1, seconds=max(1.0, left)))
        if any(line.turn for line in upright):
            lines = upright
    kept = [seen for line in lines if (seen := _without_noise(line)).words]
    return _with_strokes(kept, image)


def _program() -> str:
    found = shutil.which("tesseract")
    if not found and sys.platform == "win32" and Path(_ON_WINDOWS).is_file():
        return _ON_WINDOWS  # its installer leaves the search path alone
    return found or ""


@functools.cache
def _version_of(program: str) -> str:
    try:
        done = subprocess.run(
            [program, "--version"], capture_output=True, timeout=10, check=True, text=True
        )
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        return ""
    match = re.search(r"tesseract v?(\d+(?:\.\d+)*)", f"{done.stdout}\n{done.stderr}")
    return f"tesseract {match.group(1)}" if match else "tesseract"


def _system() -> list[str]:
    """What this Linux calls itself, and what it is like."""
    try:
        told = _OS_RELEASE.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return []
    fields = dict(line.split("=", 1) for line in told.splitlines() if "=" in line)
    return f"{fields.get('ID', '')} {fields.get('ID_LIKE', '')}".replace('"', "").split()


def _hocr(image: Image, dpi: int, *, segmentation: int, seconds: float) -> bytes:
    """What Tesseract writes of the picture."""
    import pytesseract.pytesseract as tesseract  # noqa: PLC0415

    tesseract.tesseract_cmd = _program() or "tesseract"
    # Two pages are read at once: threads inside each would only wait for one another. The
    # variable is for Tesseract alone; set here, it would slow everything else in this process.
    tesseract.environ = {**os.environ, "OMP_THREAD_LIMIT": "1"}
    try:
        written: bytes = tesseract.image_to_pdf_or_hocr(
            image,
            lang=LANGUAGE,
            config=f"--dpi {dpi} --psm {segmentation}",
            extension="hocr",
            timeout=seconds,
        )
    except tesseract.TesseractError as error:
        told = " ".join(str(error.message).split())[-200:]
        raise DocumentError(f"OCR failed: {told}", hint=_REPAIR) from error
    except (OSError, RuntimeError) as error:
        slow = "timeout" in str(error)
        why = f"it took longer than {SECONDS} s" if slow else str(error)
        raise DocumentError(f"OCR failed: {why}", hint=_REPAIR) from error
    return written


_REPAIR = "run `tesseract --list-langs`: it has to list eng; install Tesseract again if not"


def _lines(hocr: bytes) -> list[SeenLine]:
    try:
        root = ElementTree.fromstring(hocr)
    except ElementTree.ParseError as error:
        raise DocumentError("OCR failed: its output is no XML", hint=_REPAIR) from error
    found: list[SeenLine] = []
    for paragraph in root.iter(f"{_XHTML}p"):
        spans = [span for span in paragraph if span.get("class") in _LINES]
        lines = [line for span in spans if (line := _line(span)).words]
        found += _of_one_size(lines)
    return found


def _line(span: ElementTree.Element) -> SeenLine:
    told = _fields(span)
    box = _box(told)
    words = tuple(_words(span))
    turn = round(told.get("textangle", [0.0])[0] / 90) % 4
    size = _size(words, told.get("x_size", [0.0])[0] or float(box[3] - box[1]))
    below = told.get("x_descenders", [0.0])[0]
    slope, offset = (*told.get("baseline", []), 9.0, 9.0)[:2]
    if not turn and abs(slope) < 0.2:
        base = box[3] + offset + slope * (box[2] - box[0]) / 2
    else:
        base = box[3] - (below if any(_BELOW.search(word.text) for word in words) else 0.0)
    return SeenLine(words, box, base, size, below, turn)


def _size(words: tuple[SeenWord, ...], told: float) -> float:
    """The height of type, which Tesseract cannot tell of a line of capitals and figures alone."""
    if any(char.islower() for word in words for char in word.text):
        return told
    high = [x.box[3] - x.box[1] for x in words if _LETTER.search(x.text)]
    return statistics.median(high) * _CAPITALS if high else told


def _words(span: ElementTree.Element) -> Iterator[SeenWord]:
    for word in span.iter(f"{_XHTML}span"):
        text = "".join("".join(word.itertext()).split())
        if word.get("class") == "ocrx_word" and text:
            told = _fields(word)
            yield SeenWord(text, told.get("x_wconf", [0.0])[0] / 100, _box(told))


def _fields(element: ElementTree.Element) -> dict[str, list[float]]:
    """The numbers in an element's title: "bbox 1 2 3 4; x_size 5"."""
    found: dict[str, list[float]] = {}
    for part in element.get("title", "").split(";"):
        match = _FIELD.fullmatch(part.strip())
        if match:
            found[match.group(1)] = [float(number) for number in match.group(2).split()]
    return found


def _box(told: dict[str, list[float]]) -> tuple[int, int, int, int]:
    x0, y0, x1, y1 = (int(number) for number in told.get("bbox", [0.0] * 4))
    return x0, y0, x1, y1


def _of_one_size(lines: list[SeenLine]) -> list[SeenLine]:
    """A paragraph's lines with one size, but for those that are clearly of another."""
    if not lines:
        return lines
    usual = statistics.median(line.size for line in lines)
    return [
        replace(line, size=usual) if 0.75 * usual < line.size < 1.25 * usual else line
        for line in lines
    ]


def _certainty(lines: list[SeenLine]) -> float:
    found = [word.confidence for line in lines for word in line.words]
    return sum(found) / max(1, len(found))


def _stands(line: SeenLine) -> bool:
    """Whether a line without a turn is drawn from top to bottom all the same."""
    x0, y0, x1, y1 = line.box
    return not line.turn and len(line.words) > 2 and y1 - y0 > 3 * (x1 - x0)


def _without_noise(line: SeenLine) -> SeenLine:
    """The line without specks; without words where it is most likely none.

    An uncertain word of a line that reads well stays: a quote with a hole would say something
    else, and the page's confidence tells of the doubt.
    """
    words = [_without_mark(_with_i(word, line)) for word in line.words]
    words = [x for x in words if _LETTER.search(x.text) or x.confidence >= 0.5]
    while words and words[-1].text in "|_~":
        words.pop()
    while words and words[0].text in "|_~":
        words.pop(0)
    seen = replace(line, words=tuple(words))
    if seen.confidence < _KEPT or not any(_LETTER.search(word.text) for word in words):
        return replace(line, words=())
    return _with_bullet(seen)


def _with_i(word: SeenWord, line: SeenLine) -> SeenWord:
    """The word with an "I" where Tesseract saw a bar no higher than the letters around it."""
    x0, y0, x1, y1 = word.box
    height = x1 - x0 if line.turn % 2 else y1 - y0
    if _BAR.match(word.text) and 0.5 * line.size < height < 1.3 * line.size:
        return replace(word, text=word.text.replace("|", "I", 1))
    return word


def _without_mark(word: SeenWord) -> SeenWord:
    """The word without the raised number of a footnote, which is too small to be read."""
    match = _MARK.fullmatch(word.text)
    return replace(word, text=match.group(1)) if match else word


def _with_bullet(line: SeenLine) -> SeenLine:
    """The line with its bullet, which Tesseract takes for a letter, as one.

    It is told by its shape: round, smaller than any "e", half way up.
    """
    first = line.words[0]
    x0, y0, x1, y1 = first.box
    if len(line.words) < 2 or line.turn or first.text not in _LIKE_A_BULLET:
        return line
    height, width, above = y1 - y0, x1 - x0, line.base - y1
    is_round = 0.75 * height <= width <= 1.33 * height
    is_small = 0.15 * line.size <= height < 0.45 * line.size
    if is_round and is_small and 0.06 * line.size < above < 0.4 * line.size:
        return replace(line, words=(replace(first, text="•"), *line.words[1:]))
    return line


def _with_strokes(lines: list[SeenLine], image: Image) -> list[SeenLine]:
    """The lines, each with the thickness of its letters in pixels."""
    import numpy  # noqa: PLC0415

    pixels = numpy.asarray(image.convert("L"))
    return [replace(line, stroke=_stroke(pixels, line, numpy)) for line in lines]


def _stroke(pixels: Any, line: SeenLine, numpy: Any) -> float:
    """How long the runs of ink along the line mostly are; rules under the text are left out."""
    x0, y0, x1, y1 = line.box
    part = pixels[y0:y1, x0:x1]
    if line.turn % 2:
        part = part.T
    if part.size == 0:
        return 0.0
    dark, light = numpy.percentile(part, (2, 98))
    ink = numpy.pad(part < (float(dark) + float(light)) / 2, ((0, 0), (1, 1)))
    change = numpy.flatnonzero(numpy.diff(ink.astype("int8"), axis=1).ravel())
    runs = change[1::2] - change[::2]
    if not len(runs):
        return 0.0
    return float(runs[runs <= 2 * numpy.median(runs)].mean())
