"""Files that are broken, odd or made to harm, all made by code.

`FILES` maps a file's name to what makes its content. `REFUSED` says which must be refused and why;
the others may be read or refused. `DANGEROUS` are those that may exhaust or crash whoever reads
them: they are read in a process of their own.
"""

from __future__ import annotations

import io
import random
import struct
import zipfile
import zlib
from collections.abc import Callable, Sequence

from books import (
    CONTAINER,
    STYLES,
    chapter,
    level,
    make_docx,
    make_epub,
    number,
    packed,
    para,
    part,
    row,
    run,
    table,
    unpacked,
)
from pdfs import Put, column, make_pdf

Maker = Callable[[], bytes]
FILES: dict[str, Maker] = {}
REFUSED: dict[str, str] = {}
DANGEROUS: set[str] = set()

SENTENCES = [
    "The inspection of Denby Bridge found 11 defects in the north span.",
    "The county council repaired it within two years of that, at some cost.",
]
PDF = make_pdf([column(SENTENCES), column(SENTENCES)], title="Denby Bridge", author="Ann Carr")
NUMBERS = (
    f'<w:abstractNum w:abstractNumId="0">{level(0, "%1")}{level(1, "%1.%2")}</w:abstractNum>'
    '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>'
)
NOTES = {"footnotes": f'<w:footnote w:id="1">{para("Denby Times, 2019.")}</w:footnote>'}
DOCX = make_docx(
    para("Findings", "Heading1")
    + para("It has defects.", properties=number(1, 1),
           inside='<w:r><w:footnoteReference w:id="1"/></w:r>')
    + table(row("Year", "Cases"), row("2013", "157")),
    numbering=NUMBERS, notes=NOTES, title="Denby Bridge", author="Ann Carr",
)  # fmt: skip
EPUB = make_epub([chapter(f"<h1>Findings</h1><p>{SENTENCES[0]}</p><table><tr><th>Year</th>"
                          "<th>Cases</th></tr><tr><td>2013</td><td>157</td></tr></table>"),
                  chapter(f'<a role="doc-pagebreak" id="p2"/><p>{SENTENCES[1]}</p>')])  # fmt: skip
HTML = (
    "<!doctype html><html><head><title>Denby</title><meta name='author' content='Ann Carr'></head>"
    f"<body><h1>Findings</h1><p>{SENTENCES[0]}</p><ul><li>one</li></ul><table><tr><th>Year</th>"
    f"<th>Cases</th></tr><tr><td>2013</td><td>157</td></tr></table><p>{SENTENCES[1]}</p></body>"
).encode()
MARKDOWN = (
    f"---\ntitle: Denby\nreview: Denby\n---\n\n# Denby\n\n## Findings\n\n{SENTENCES[0]}[^a]\n\n"
    f"- one\n- two\n\n| Year | Cases |\n|---|---|\n| 2013 | 157 |\n\n{SENTENCES[1]}\n\n"
    "[^a]: Times, https://example.org/a\n"
).encode()
TEXT = f"{SENTENCES[0]}\n\n7.12 {SENTENCES[1]}\n".encode()
VALID = {
    ".pdf": PDF, ".docx": DOCX, ".epub": EPUB, ".html": HTML, ".md": MARKDOWN, ".txt": TEXT,
}  # fmt: skip


def file(name: str, content: bytes | Maker, *, refused: str = "", dangerous: bool = False) -> None:
    """The corpus has such a file; ``refused`` is a pattern of why it is not read."""
    assert name not in FILES
    FILES[name] = content if callable(content) else lambda: content
    if refused:
        REFUSED[name] = refused
    if dangerous:
        DANGEROUS.add(name)


def raw_pdf(objects: Sequence[str | bytes], *, trailer: str = "/Root 1 0 R") -> bytes:
    """A PDF of these objects, numbered from 1."""
    made = io.BytesIO()
    made.write(b"%PDF-1.7\n")
    places = []
    for place, body in enumerate(objects, start=1):
        places.append(made.tell())
        content = body if isinstance(body, bytes) else body.encode("latin-1")
        made.write(b"%d 0 obj\n%b\nendobj\n" % (place, content))
    start = made.tell()
    made.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    made.writelines(b"%010d 00000 n \n" % place for place in places)
    head = f"trailer\n<< /Size {len(objects) + 1} {trailer} >>\nstartxref\n{start}\n%%EOF\n"
    made.write(head.encode("latin-1"))
    return made.getvalue()


def stream(body: bytes, entries: str = "") -> bytes:
    return f"<< {entries} /Length {len(body)} >>\nstream\n".encode() + body + b"\nendstream"


CATALOGUE = "<< /Type /Catalog /Pages 2 0 R >>"
PAGES = "<< /Type /Pages /Kids [3 0 R] /Count 1 >>"
FONT = "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"
SHOWN = b"BT /F 12 Tf 72 700 Td (The inspection of Denby Bridge found 11 defects.) Tj ET"


def page(more: str = "", *, box: str = "/MediaBox [0 0 595 842]", resources: str = "") -> str:
    return (
        f"<< /Type /Page /Parent 2 0 R {box} /Contents 4 0 R"
        f" /Resources << /Font << /F 5 0 R >> {resources} >> {more} >>"
    )


def one_page(
    content: bytes = SHOWN,
    *,
    entries: str = "",
    more: str = "",
    box: str = "/MediaBox [0 0 595 842]",
    resources: str = "",
    objects: Sequence[str | bytes] = (),
    catalogue: str = CATALOGUE,
    pages: str = PAGES,
    trailer: str = "/Root 1 0 R",
) -> bytes:
    """A PDF of one page; ``objects`` are numbered from 6."""
    made = page(more, box=box, resources=resources)
    shown = stream(content, entries)
    return raw_pdf([catalogue, pages, made, shown, FONT, *objects], trailer=trailer)


def repeated(unit: bytes, size: int) -> bytes:
    """So many bytes of one thing, deflated, made without holding them."""
    squeeze = zlib.compressobj(6)
    block = unit * (1_000_000 // len(unit))
    parts = [squeeze.compress(block) for _ in range(size // len(block))]
    return b"".join(parts) + squeeze.flush()


def flipped(content: bytes, seed: int, flips: int = 20) -> bytes:
    chance = random.Random(seed)
    made = bytearray(content)
    for _ in range(flips):
        made[chance.randrange(len(made))] ^= 1 << chance.randrange(8)
    return bytes(made)


def zipped(name: str, deflated: bytes, size: int) -> bytes:
    """A zip file of one member that is deflated already; what it says of its size may be a lie."""
    deflated = deflated[2:-4]  # without zlib's own head and sum
    title = name.encode()
    head = struct.pack("<HHHHHIIIHH", 20, 0, 8, 0, 33, 0, len(deflated), size, len(title), 0)
    body = b"PK\x03\x04" + head + title + deflated
    listed = b"PK\x01\x02" + struct.pack("<H", 20) + head
    listed += struct.pack("<HHHII", 0, 0, 0, 0, 0) + title
    end = struct.pack("<HHHHIIH", 0, 0, 1, 1, len(listed), len(body), 0)
    return body + listed + b"PK\x05\x06" + end


def patched(content: bytes, offset: int, value: int) -> bytes:
    """The zip file with two bytes changed in every header, ``offset`` from that in the list."""
    made = bytearray(content)
    for mark, shift in ((b"PK\x01\x02", 0), (b"PK\x03\x04", -2)):
        at = made.find(mark)
        while at >= 0:
            struct.pack_into("<H", made, at + offset + shift, value)
            at = made.find(mark, at + 4)
    return bytes(made)


def laughs(root: str) -> str:
    """XML that is short and, if its entities were put in, would be three thousand million long."""
    names = "".join(f'<!ENTITY e{place} "{f"&e{place - 1};" * 10}">' for place in range(1, 10))
    return f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e0 "ha!">{names}]>{root}'


def with_part(name: str, content: str | bytes, base: bytes = DOCX) -> bytes:
    return packed({**unpacked(base), name: content})


def body(inside: str) -> str:
    return part("document", f"<w:body>{inside}</w:body>")


def _anything() -> None:
    for ending in VALID:
        file(
            f"one byte{ending}", b"x", refused="" if ending in (".txt", ".md", ".html") else "not "
        )
        file(f"empty{ending}", b"", refused="empty")
        file(f"zeros{ending}", b"\x00" * 5000, refused="not ")
        noise = random.Random(7).randbytes(20_000)
        file(f"noise{ending}", noise, refused="not |damaged")
    for ending, other in ((".docx", PDF), (".pdf", DOCX), (".epub", DOCX), (".md", DOCX),
                          (".txt", PDF), (".html", EPUB), (".docm", EPUB)):  # fmt: skip
        file(f"wrong ending{ending}", other, refused="not |damaged")
    file("picture.html", b"\xff\xd8\xff\xe0\x00\x10JFIF" + b"\x00" * 50, refused="not text")
    file("packed.md", b"\x1f\x8b\x08\x00" + zlib.compress(TEXT), refused="not text")
    for ending in (".pdf", ".docx", ".epub"):
        whole = VALID[ending]
        for share in (1, 10, 50, 90, 99):
            cut = whole[: len(whole) * share // 100]
            file(f"cut at {share}{ending}", cut, refused="damaged|not ")
        for seed in range(6):
            file(f"flipped {seed}{ending}", flipped(whole, seed))


def _pdfs() -> None:
    for share in (20, 50, 80):
        file(f"cut and ended {share}.pdf", PDF[: len(PDF) * share // 100] + b"\n%%EOF\n")
    file("only ends.pdf", b"%PDF-1.7\n%%EOF\n", refused="damaged")
    file("page tree loop.pdf", one_page(pages="<< /Type /Pages /Kids [2 0 R 3 0 R] /Count 2 >>"))
    file("page tree of itself.pdf", one_page(pages="<< /Type /Pages /Kids [2 0 R] /Count 1 >>"))
    for count in ("1000000000", "-5", "99999999999999999999", "(one)"):
        pages = f"<< /Type /Pages /Kids [3 0 R] /Count {count} >>"
        file(f"count {count}.pdf", one_page(pages=pages), dangerous=True)
    many = f"<< /Type /Pages /Kids [{'3 0 R ' * 6000}] /Count 6000 >>"
    file("6000 pages.pdf", lambda: one_page(pages=many), dangerous=True)
    deep = [CATALOGUE, *(f"<< /Type /Pages /Kids [{place} 0 R] /Count 1 >>"
                         for place in range(3, 3003))]  # fmt: skip
    file("deep page tree.pdf", lambda: raw_pdf([*deep, page()]), dangerous=True)
    outlined = "<< /Type /Catalog /Pages 2 0 R /Outlines 6 0 R >>"
    mark = "<< /Title (Findings) /First 7 0 R /Last 7 0 R /Next 7 0 R /Prev 7 0 R /Parent 6 0 R >>"
    loop = ["<< /First 7 0 R /Last 7 0 R /Count 9 >>", mark]
    file("outline loop.pdf", one_page(catalogue=outlined, objects=loop), dangerous=True)
    torn = [loop[0], mark.replace("(Findings)", "<feffd800>").replace("/Next 7 0 R", "")]
    file("torn outline.pdf", one_page(catalogue=outlined, objects=torn))
    for box in ("[0 0 1e30 1e30]", "[0 0 0 0]", "[9 9 -9 -9]", "[a b c d]", "[0 0 1e-9 1e-9]"):
        file(f"box {box}.pdf", one_page(box=f"/MediaBox {box}"), dangerous=True)
    file("no box.pdf", one_page(box=""))
    file("turned.pdf", one_page(more="/Rotate 37"))
    file("unit.pdf", one_page(more="/UserUnit 1e20"))
    file("no font.pdf", one_page(SHOWN.replace(b"/F ", b"/G ")))
    file("huge type.pdf", one_page(SHOWN.replace(b"12 Tf", b"1e30 Tf")))
    file("tiny type.pdf", one_page(SHOWN.replace(b"12 Tf", b"1e-30 Tf")))
    file("far away.pdf", one_page(SHOWN.replace(b"72 700", b"1e30 -1e30")))
    form = stream(b"/X Do " + SHOWN, "/Type /XObject /Subtype /Form /BBox [0 0 595 842]"
                  " /Resources << /XObject << /X 6 0 R >> /Font << /F 5 0 R >> >>")  # fmt: skip
    drawn = "/XObject << /X 6 0 R >>"
    file("form of itself.pdf", one_page(b"/X Do", resources=drawn, objects=[form]), dangerous=True)
    doubling = [
        stream(b"/X Do /X Do" if place < 30 else SHOWN,
               "/Type /XObject /Subtype /Form /BBox [0 0 595 842] /Resources <<"
               f" /XObject << /X {place + 1} 0 R >> /Font << /F 5 0 R >> >>")
        for place in range(6, 31)
    ]  # fmt: skip
    file(
        "doubling forms.pdf", one_page(b"/X Do", resources=drawn, objects=doubling), dangerous=True
    )
    file("bomb.pdf", lambda: one_page(repeated(b" ", 200_000_000), entries="/Filter /FlateDecode"),
         dangerous=True)  # fmt: skip
    twice: Maker = lambda: one_page(  # noqa: E731
        zlib.compress(repeated(b"(x) Tj ", 200_000_000)),
        entries="/Filter [/FlateDecode /FlateDecode]",
    )
    file("bomb twice packed.pdf", twice, dangerous=True)
    listing = "/Type /ObjStm /N 50000000 /First 400 /Filter /FlateDecode"
    listed: Maker = lambda: stream(repeated(b"9 0 ", 200_000_000), listing)  # noqa: E731
    file("object stream bomb.pdf", lambda: one_page(objects=[listed()]), dangerous=True)
    file("long words.pdf", one_page(b"BT /F 12 Tf (" + b"word" * 100_000 + b") Tj ET"),
         dangerous=True)  # fmt: skip
    file("many lines.pdf", one_page(b"BT /F 2 Tf 1 TL 9 800 Td " + b"(a b) ' " * 8_000 + b"ET"),
         dangerous=True)  # fmt: skip
    file("nested arrays.pdf", one_page(b"[" * 200_000 + SHOWN), dangerous=True)
    file("nested object.pdf", one_page(objects=["[" * 100_000]), dangerous=True)
    file("many states.pdf", one_page(b"q " * 300_000 + SHOWN), dangerous=True)
    lock = f"/Filter /Standard /V 1 /R 2 /P -4 /O <{'00' * 32}> /U <{'11' * 32}>"
    locked = one_page(trailer=f"/Root 1 0 R /Encrypt << {lock} >> /ID [<00> <00>]")
    file("locked.pdf", locked, refused="encrypted")
    file("unknown lock.pdf", one_page(trailer="/Root 1 0 R /Encrypt << /Filter /Own /V 99 >>"))
    file("no root.pdf", one_page(trailer=""))
    file("previous is itself.pdf", one_page(trailer="/Root 1 0 R /Prev 9 /XRefStm 9"))
    file("far xref.pdf", one_page().replace(b"startxref\n", b"startxref\n99999999999"))
    file("long stream.pdf", one_page().replace(b"/Length ", b"/Length 999999999"))
    file("negative stream.pdf", one_page().replace(b"/Length ", b"/Length -"))
    labels = "<< /Type /Catalog /Pages 2 0 R /PageLabels 6 0 R >>"
    file(
        "label loop.pdf",
        one_page(catalogue=labels, objects=["<< /Kids [6 0 R] /Nums [0 6 0 R] >>"]),
    )
    # pdfium follows this one until its stack is full.
    bare_loop = one_page(catalogue=labels, objects=["<< /Kids [6 0 R] >>"])
    file("bare label loop.pdf", bare_loop, dangerous=True)
    torn_label = "<< /Nums [0 << /P <feffd800> /S /D >>] >>"
    file("torn label.pdf", one_page(catalogue=labels, objects=[torn_label]))
    roman = "<< /Nums [0 << /S /r /St 2000000000 >>] >>"
    file("huge label.pdf", one_page(catalogue=labels, objects=[roman]), dangerous=True)
    odd = make_pdf([[Put(72, 700, SENTENCES[0])]], title="\xfe\xff\xd8\x00\xdc", author="\x00\x07")
    file("odd title.pdf", odd)
    image = stream(b"", "/Type /XObject /Subtype /Image /Width 100000 /Height 100000"
                   " /BitsPerComponent 8 /ColorSpace /DeviceRGB")  # fmt: skip
    placed = b"595 0 0 842 0 0 cm /X Do"
    file("huge picture.pdf", one_page(placed, resources=drawn, objects=[image]), dangerous=True)
    coded = image.replace(b"/BitsPer", b"/Filter /JBIG2Decode /BitsPer")
    coded = coded.replace(b"100000", b"500")
    file("broken picture.pdf", one_page(placed, resources=drawn, objects=[coded]), dangerous=True)
    mapped = stream(b"1 begincmap 1 beginbfrange <00> <ff> <d800> endbfrange endcmap")
    font = FONT.replace(" >>", " /ToUnicode 6 0 R >>")
    file("half characters.pdf", raw_pdf([CATALOGUE, PAGES, page(), stream(SHOWN), font, mapped]))


def _archives() -> None:
    size = 100_000_000
    text = "word/document.xml"
    file("bomb.docx", lambda: zipped(text, repeated(b" ", size), size), refused="unpacks to more")
    modest: Maker = lambda: zipped(text, repeated(b" ", size), 100)  # noqa: E731
    file("modest bomb.docx", modest, refused="cannot be unpacked|not XML")
    boast = zipped(text, zlib.compress(b"<x/>"), 2**31)
    file("boasting.docx", boast, refused="cannot be unpacked")
    big: Maker = lambda: b"<p>" + b"word " * 15_000_000  # noqa: E731
    file("bomb.epub", lambda: packed({**unpacked(EPUB), "OEBPS/text/c1.xhtml": big()}),
         refused="unpacks to more")  # fmt: skip
    spread: Maker = lambda: make_epub([chapter("<p>x</p>") for _ in range(3)], more={  # noqa: E731
        f"OEBPS/{place}.png": bytes(3_000_000) for place in range(20)})  # fmt: skip
    file("packed pictures.epub", spread)
    crowd: Maker = lambda: packed({**unpacked(DOCX), **{f"x/{at}": b"" for at in range(25_000)}})  # noqa: E731
    file("many members.docx", crowd, refused="files are packed in it")
    file("encrypted members.docx", patched(DOCX, 8, 1), refused="encrypted")
    file("encrypted members.epub", patched(EPUB, 8, 1), refused="encrypted")
    file("unknown packing.docx", patched(DOCX, 10, 14), refused="damaged")
    file("packed by nobody.epub", patched(EPUB, 10, 99), refused="damaged")
    file("two texts.docx", _twice, refused="in it twice")
    file("stored twice.docx", DOCX + DOCX)
    file("in front.docx", b"#!/bin/sh\nrm -rf x\n" + DOCX)
    file("packed in itself.docx", with_part("word/embeddings/a.docx", DOCX))
    file("overlapping.epub", _overlapping())
    names = ["../../../etc/passwd", "/etc/passwd", "C:\\a", "a\nb", "x" * 60_000, "\u202egnp.exe"]
    file("odd names.docx", packed({**unpacked(DOCX), **dict.fromkeys(names, b"x")}))
    for reference in ("../../../../etc/passwd", "/etc/passwd", "file:///etc/passwd", "%2e%2e/x",
                      "http://[", "document.xml", "_rels/document.xml.rels"):  # fmt: skip
        kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles"
        relations = f'<R><Relationship Type="{kind}" Target="{reference}"/></R>'
        name = reference.replace("/", "|")
        file(f"leads to {name}.docx", with_part("word/_rels/document.xml.rels", relations))
        out = CONTAINER.replace("OEBPS/book.opf", reference)
        file(f"leads to {name}.epub", with_part("META-INF/container.xml", out, EPUB),
             refused="damaged")  # fmt: skip


def _twice() -> bytes:
    import warnings

    made = io.BytesIO(DOCX)
    with warnings.catch_warnings(), zipfile.ZipFile(made, "a") as archive:
        warnings.simplefilter("ignore")
        archive.writestr("word/document.xml", body(para("Another text.")))
    return made.getvalue()


def _overlapping() -> bytes:
    """Every member of the list is one and the same stretch of the file."""
    made = bytearray(EPUB)
    at = made.find(b"PK\x01\x02")
    while at >= 0:
        struct.pack_into("<I", made, at + 42, 0)
        at = made.find(b"PK\x01\x02", at + 4)
    return bytes(made)


def _xml() -> None:
    text = "<w:p><w:r><w:t>{}</w:t></w:r></w:p>"
    bare = body(text.format("&e9;")).partition("?>")[2]
    file("laughs.docx", with_part("word/document.xml", laughs(bare)), refused="defines entities")
    wide = laughs(bare).replace('version="1.0"', 'version="1.0" encoding="UTF-16"')
    file("laughs in 16 bits.docx", with_part("word/document.xml", wide.encode("utf-16")),
         refused="defines entities")  # fmt: skip
    outside = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e9 SYSTEM "file:///etc/passwd">]>'
    file("outside.docx", with_part("word/document.xml", outside + bare), refused="defines entities")
    linked = '<?xml version="1.0"?><!DOCTYPE x SYSTEM "file:///etc/passwd">'
    file("outside grammar.docx", with_part("word/document.xml", linked + bare), refused="damaged")
    for name, member in (("chapter", "OEBPS/text/c1.xhtml"), ("package", "OEBPS/book.opf"),
                         ("container", "META-INF/container.xml")):  # fmt: skip
        file(f"laughs in the {name}.epub", with_part(member, laughs("<p>&e9;</p>"), EPUB),
             refused="defines entities")  # fmt: skip
    included = '<x xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="/etc/passwd"/></x>'
    file("include.docx", with_part("word/styles.xml", included))
    file("deep.docx", lambda: with_part("word/document.xml", "<a>" * 1_000_000), refused="damaged")
    nested = body("<w:sdt><w:sdtContent>" * 700 + para("x") + "</w:sdtContent></w:sdt>" * 700)
    file("deep controls.docx", with_part("word/document.xml", nested), refused="nested too deeply")
    tags: Maker = lambda: with_part("word/document.xml", "<w:p/>" * 7_000_000)  # noqa: E731
    file("many tags.docx", tags, refused="tags|unpacks to more")
    heads: Maker = lambda: make_docx(para("x", "Heading1") * 10_000)  # noqa: E731
    file("many headings.docx", heads, refused="empty")
    file("deep.epub", lambda: make_epub([chapter("<div>" * 1_000_000 + "x")]), refused="deep")
    file("no namespace.docx", with_part("word/document.xml", "<document><body><p><r><t>Text."
         "</t></r></p></body></document>"))  # fmt: skip
    loops = STYLES.replace('w:val="Heading2"/></w:style>', 'w:val="Section"/></w:style>')
    file("styles in a circle.docx", make_docx(para("x", "Section"), styles=loops))
    circle = (
        '<w:abstractNum w:abstractNumId="0"><w:numStyleLink w:val="Para"/></w:abstractNum>'
        '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>'
    )
    file("numbers in a circle.docx", make_docx(para("x", "Para"), numbering=circle))
    vast = NUMBERS.replace('w:val="%1"', f'w:val="{"%1" * 100_000}"').replace(
        'w:start w:val="1"', 'w:start w:val="999999999999"'
    )
    listed = para("x", properties=number(1)) + para("x", properties=number(1, 10**12))
    file("vast numbers.docx", make_docx(listed * 100, numbering=vast))
    wide_cell = '<w:tc><w:tcPr><w:gridSpan w:val="999999999"/></w:tcPr><w:p/></w:tc>'
    file("vast cells.docx", make_docx(para("x") + table(row(wide_cell, wide_cell, "y"))))
    own = para("A note", inside='<w:r><w:footnoteReference w:id="1"/></w:r>')
    note = {"footnotes": f'<w:footnote w:id="1">{own}</w:footnote>'}
    file("note of itself.docx", make_docx(own, notes=note))
    fields = '<w:r><w:fldChar w:fldCharType="begin"/></w:r>' * 50_000
    file("fields never ended.docx", make_docx(para("x", inside=fields) + para("y")))
    tabled = (
        "<w:tbl><w:tr><w:tc><w:p/></w:tc><w:tc>" * 120 + para("x") + "</w:tc></w:tr></w:tbl>" * 120
    )
    file("tables in tables.docx", make_docx(tabled))
    file("runs.docx", lambda: make_docx(f"<w:p>{run('x') * 100_000}</w:p>"))


def _texts() -> None:
    joined = (
        "é".encode()
        + "é".encode("cp1252")
        + "桥".encode("shift-jis", "replace")
        + "é".encode("utf-16-le")
    )
    file("mixed.txt", b"Text " + joined * 50)
    file("mixed.html", b'<meta charset="shift_jis"><p>Text ' + "é桥".encode() * 50)
    file("half a pair.txt", "Text".encode("utf-16") + b"\x00\xd8" * 9, refused="not text")
    file("escaped halves.html", b"<p>Text &#xD800;&#xDFFF;&#0;&#x110000;&#xFFFE; end</p>")
    file("only a mark.txt", b"\xef\xbb\xbf", refused="empty")
    file("marks inside.txt", "Text\ufeff in\ufeff two\u2028lines\u2029and\x85more".encode())
    file("only spaces.txt", "\u3000\u00a0\u2003\n\n".encode(), refused="empty")
    file("only joiners.txt", "\u200d\u200b\u2060".encode() * 99, refused="empty")
    file("ebcdic.txt", SENTENCES[0].encode("cp500"))
    file("utf-7.html", b'<meta charset="utf-7"><p>Text +ADw-b+AD4- end</p>')
    file("odd charset.html", b'<meta charset="base64"><p>Text of a page</p>')
    file("terminal.txt", b"\x1b[31mText\x1b[0m\x07 of a \x9b terminal\n" * 5)
    file("right to left.txt", "تفتيش الجسر \u202egnp.exe\u202c שלום\n\nمتن".encode())
    file("accents.txt", ("a" + "\u0301\u0323" * 50_000).encode())
    file("accents to compose.md", ("# e" + "\u200d\u0301" * 50_000).encode())
    file("stops.txt", b"x " + b"." * 150_000 + b"x", dangerous=True)
    file("spaces.txt", b"x" + b" " * 3_000_000 + b"y")
    file("spaces.md", b"x" + b" " * 1_000_000 + b"[^a]\n\n" + b"\t" * 300_000 + b"y")
    file("blank lines.txt", b"x" + b"\n \t" * 500_000 + b"y")
    file("brackets.txt", b"(" * 50_000 + b"\"'" * 50_000)
    file("numbers.txt", b"1.1.1." * 30_000)
    file("long line.txt", b"word " * 150_000, dangerous=True)
    file("long word.txt", b"w" * 5_000_000)
    file("paragraphs.txt", b"a\n\n" * 10_000, dangerous=True)
    file("headings.md", b"# x\n" * 300_000, refused="too long")
    file("quotes.md", b">" * 20_000 + b" x")
    file("lists.md", b"".join(b" " * at + b"- a\n" for at in range(800)))
    file("open links.md", b"[a](" * 10_000 + b"![[" * 10_000)
    file("emphasis.md", b"*a _b " * 8_000 + b"`" * 20_000 + b"x")
    file("comments.md", b"<!--" * 20_000 + b"\n\n<div>\n" + b"<a href='" * 20_000)
    file("notes.md", b"x [^a]\n\n[^a]: y\n" + b"    more\n" * 50_000)
    file(
        "note of notes.md", b"".join(b"[^%d]: x [^%d]\n" % (at, at) for at in range(5_000)) + b"\nx"
    )
    file("address.md", b"x [^a]\n\n[^a]: https://e.org/" + b")" * 500_000)
    file("alias.md", b"---\na: &a [x, x]\nb: [*a, *a, *a]\n---\nText", refused="front matter")
    file("deep matter.md", b"---\na: " + b"[" * 20_000 + b"\n---\nText", refused="front matter")
    file("long matter.md", b"---\n" + b"a: b\n" * 50_000 + b"---\nText", refused="longer than")
    file("code in matter.md", b"---\ntitle: !!python/object/apply:os.system ['x']\n---\nText")
    file("deep.html", b"<div>" * 1_000_000 + b"x", refused="nested too deeply")
    file("deep tables.html", b"<table><tr><td>" * 150 + b"x", dangerous=True)
    file("headings.html", b"<h1>x</h1>" * 1_000_000, refused="tags")
    file("many paragraphs.html", b"<p>x" * 20_000, dangerous=True)
    file("attributes.html", b"<p " + b"".join(b"a%d=1 " % at for at in range(100_000)) + b">x</p>",
         refused="attributes")  # fmt: skip
    file(
        "entity.html", b"<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><p>Text &e; end</p>"
    )
    file("broken tags.html", b"<p <b <i <<<< text >>> </ </p <table><b></table><td>x<select><p>y")
    file("never closed.html", b"<p>Text.</p><script>" + b"<p>x" * 50_000)
    file("comment.html", b"<p>Text.</p><!-- " + b"-- >" * 100_000)
    file(
        "misnested.html",
        b"<b><i><u><a href=x>" * 400 + b"<p>Text of a page.</p>" + b"</b></i>" * 400,
    )


_anything()
_pdfs()
_archives()
_xml()
_texts()
