"""The verb `qa show`: a page or a paragraph of a document, as it is asked for."""

from __future__ import annotations

import argparse
import re
import shlex
from dataclasses import asdict, dataclass
from pathlib import Path

from qa import assistant as library
from qa.assistant import Assistant
from qa.documents import find_words, locate, locate_paragraph, page_at, places_told
from qa.errors import DocumentError, QAError
from qa.settings import load
from qa.terminal import page_words, print_json, say, show_facts
from qa.text import Span
from qa.types import Document, Page

_AROUND = 2
"""So many paragraphs before and after the one asked for are shown where there are no pages."""
_CONTEXT = 60


@dataclass(frozen=True, slots=True)
class View:
    """What is shown of a document: the text of ``window``, with ``mark`` marked in it."""

    window: Span
    mark: Span = (0, 0)
    page: Page | None = None


def add_flags(parser: argparse.ArgumentParser) -> None:
    """The parser takes what `show` reads."""
    parser.add_argument("uri", metavar="URI", help="as `qa list` names it")
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--page", metavar="N", help="the page printed so, or counted from 1")
    where.add_argument("--paragraph", metavar="P", help="as cited: 7.12, Recommendation 4")
    where.add_argument("--quote", metavar="A:B", type=_span, help="characters A to B of the text")
    where.add_argument("--find", metavar="WORDS", help="every place where these words stand")
    parser.add_argument("--image", metavar="OUT.png", help="write the page as a picture as well")
    parser.add_argument(
        "--original", metavar="OUT", help="write the file that the document was made of as well"
    )


def show(args: argparse.Namespace) -> int:
    """Run the verb; 1 where the words that are looked for do not stand in the document."""
    settings = load(index=args.index)
    with library.open(settings.index, settings=settings) as assistant:
        document = assistant.document(args.uri)
        if args.original:
            _write(args.original, assistant.original(args.uri).read_bytes())
        if args.find is not None:
            return _show_found(document, args.find, as_json=args.json)
        view = _view(document, args)
        if args.image:
            _draw(assistant, document, view, args.image)
        if args.json:
            print_json(_told(assistant, document, view))
        elif args.page is None and args.paragraph is None and args.quote is None:
            _show_whole(assistant, document)
        else:
            _show_view(document, view)
    return 0


def _view(document: Document, args: argparse.Namespace) -> View:
    """What is asked for. Raises DocumentError where the document has no such place."""
    if args.quote is not None:
        start, end = args.quote
        if not 0 <= start < end <= len(document.text):
            raise DocumentError(
                f"{document.uri} has no characters {start} to {end}",
                uri=document.uri,
                hint=f"its text has {len(document.text)} characters",
            )
        return _around(document, (start, end))
    if args.paragraph is not None:
        spot = locate_paragraph(document, args.paragraph)
        if spot is None:
            raise _no_such(document, f"paragraph {args.paragraph}")
        return _around(document, spot.span)
    if args.page is not None:
        found = locate(document, f"page {args.page}")
        if found is None or found.page is None:
            raise _no_such(document, f"page {args.page}")
        return View((found.page.start, found.page.end), page=found.page)
    return View((0, len(document.text)), page=document.pages[0] if document.pages else None)


def _no_such(document: Document, name: str) -> DocumentError:
    return DocumentError(
        f"{document.uri} has no {name}", uri=document.uri, hint=places_told(document)
    )


def _around(document: Document, mark: Span) -> View:
    """The page or pages that the span stands on; without pages, the paragraphs around it."""
    on = [page for page in document.pages if page.start < mark[1] and mark[0] < page.end]
    if on:
        return View((on[0].start, on[-1].end), mark, on[0])
    blocks = document.paragraphs
    inside = [n for n, one in enumerate(blocks) if one.start < mark[1] and mark[0] < one.end]
    if not inside:
        return View(mark, mark, page_at(document.pages, mark[0]))
    first, last = max(0, inside[0] - _AROUND), min(len(blocks) - 1, inside[-1] + _AROUND)
    return View((blocks[first].start, blocks[last].end), mark)


def _show_view(document: Document, view: View) -> None:
    say(f"{document.title}")
    if view.page:
        say(page_words(view.page, len(document.pages)))
    (start, end), (low, high) = view.window, view.mark
    low, high = max(start, low), min(end, high)
    text = document.text
    if low < high:
        say(f"\n{text[start:low]}>>{text[low:high]}<<{text[high:end]}")
    else:
        say(f"\n{text[start:end].strip() or 'There is no text on this page.'}")
    if view.page:
        beside = [("before", view.page.number - 1), ("after", view.page.number + 1)]
        steps = [
            f"{name}: qa show {shlex.quote(document.uri)} --page {number}"
            for name, number in beside
            if 1 <= number <= len(document.pages)
        ]
        say("\n" + "\n".join(steps))


def _show_whole(assistant: Assistant, document: Document) -> None:
    """What is known of the document, and its headings; the whole text where it has no pages."""
    show_facts(assistant.summary(document.uri))
    say("")
    if not document.pages:
        say(document.text)
        return
    for paragraph in document.paragraphs:
        if paragraph.kind == "heading":
            page = page_at(document.pages, paragraph.start)
            depth = paragraph.heading.count(" > ") + 1 if paragraph.heading else 0
            at = f" ({page.label or page.number})" if page else ""
            say(f"{document.text[paragraph.start : paragraph.end]}{at}", indent="  " * depth)


def _show_found(document: Document, words: str, *, as_json: bool) -> int:
    found = find_words(document.text, words)
    if as_json:
        print_json([_match(document, span) for span in found])
        return 0 if found else 1
    for start, end in found:
        page = page_at(document.pages, start)
        where = f"{page_words(page, 0)}: " if page else ""
        text = document.text[max(0, start - _CONTEXT) : end + _CONTEXT]
        say(f"{where}…{' '.join(text.split())}… (--quote {start}:{end})")
    count = f"in {len(found)} place{'' if len(found) == 1 else 's'}" if found else "nowhere"
    say(f"“{words}” stands {count} in {document.title}")
    return 0 if found else 1


def _match(document: Document, span: Span) -> dict[str, object]:
    page = page_at(document.pages, span[0])
    start, end = span
    return {
        "start": start,
        "end": end,
        "text": document.text[start:end],
        "page": page.number if page else None,
        "page_label": page.label if page else "",
    }


def _told(assistant: Assistant, document: Document, view: View) -> dict[str, object]:
    low, high = view.window
    return {
        "uri": document.uri,
        "title": document.title,
        "meta": dict(document.meta),
        "pages": len(document.pages),
        "page": asdict(view.page) if view.page else None,
        "start": low,
        "end": high,
        "text": document.text[low:high],
        "mark": list(view.mark) if any(view.mark) else None,
        "boxes": [asdict(box) for box in assistant.boxes(document.uri, *view.mark)],
    }


def _draw(assistant: Assistant, document: Document, view: View, path: str) -> None:
    page = view.page.number if view.page else 1
    start, end = view.mark
    _write(path, assistant.page_image(document.uri, page, start=start, end=end))


def _write(path: str, content: bytes) -> None:
    try:
        Path(path).write_bytes(content)
    except OSError as error:
        raise QAError(
            f"{path} cannot be written: {error.strerror or error}", hint="name another file"
        ) from error


def _span(text: str) -> Span:
    match = re.fullmatch(r"(\d{1,12}):(\d{1,12})", text)
    if match is None:
        raise argparse.ArgumentTypeError(f"{text!r} is not like 120:310")
    return int(match.group(1)), int(match.group(2))
