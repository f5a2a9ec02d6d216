"""Load mutated files for some minutes and report whatever is neither a document nor a refusal.

    python tests/fuzzing.py --minutes 10 [--seed N] [--kinds .pdf,.docx] [--out FOLDER]

The files are read in a child process, so that a crash or a hang ends that one only; the input is
then kept in the folder. Members of zip files are mutated inside, which their checksums would
otherwise give away. Exits 1 where anything was found.
"""

from __future__ import annotations

import argparse
import copy
import random
import re
import selectors
import shutil
import subprocess
import sys
import tempfile
import time
import traceback
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import IO, cast

from books import packed, unpacked
from hostile import DANGEROUS, FILES, VALID
from laws import assert_lawful
from lxml import etree

from qa.documents import load_file, split
from qa.errors import DocumentError

SLOW = 10
LIMIT = 200_000_000
LARGEST_SEED = 100_000
MEMORY = 4 << 30
NUMBERS = [b"0", b"-1", b"1", b"65536", b"2147483648", b"99999999999999999999", b"1e308", b"nan"]
XML = [
    "&#0;", "&#xD800;", "&lt;", "&none;", "<!--", "-->", "<![CDATA[", "]]>", "<?x?>", "\u202e",
    "\u0301", "\ufeff", "\ue000", "🌉", "<w:p/>", "<w:t>x</w:t>", "<w:br/>", "<w:del/>", "<w:tbl>",
    "</w:tbl>", "<w:tr/>", "<w:tc>", "<w:sdt>", "<w:txbxContent>",
    '<w:fldChar w:fldCharType="begin"/>', '<w:fldChar w:fldCharType="end"/>',
    '<w:numId w:val="1"/>', '<w:ilvl w:val="8"/>', "<w:p>", "</w:p>", '<w:vMerge/>',
    '<w:gridSpan w:val="7"/>', '<w:footnoteReference w:id="1"/>', "<p>", "</p>", "<table>",
    "<tr>", "<td>", "<th>", "<li>", "<ol>", "<h1>", "<sup>", "<br/>", "<br>", "<script>",
    "<title/>", ' epub:type="pagebreak"', ' role="doc-pagebreak"', ' id="1"', ' colspan="9"', " ",
    "\n", "x", "12",
]  # fmt: skip
PDF = [
    b"1 0 R", b"2 0 R", b"3 0 R", b"<<", b">>", b"[", b"]", b"(", b")", b"stream", b"endstream",
    b"obj", b"endobj", b"/Kids", b"/Count", b"/Parent", b"/Contents", b"/Type", b"/Pages",
    b"/Page", b"/Filter", b"/FlateDecode", b"/ASCIIHexDecode", b"/LZWDecode", b"/Length",
    b"/MediaBox", b"/Rotate 90", b"/Font", b"/Encoding", b"/ToUnicode", b"/Title", b"/Outlines",
    b"/First", b"/Next", b"/PageLabels", b"/Nums", b" Tj", b" Td", b" Tm", b" Tf", b" Do", b" cm",
    b" q", b" Q", b"BT", b"ET", b"\xfe\xff", b"\\377", b"<feffd800>", b"null", b"true", b" ",
    b"\n", b"\x00", b"%", b"xref", b"trailer",
]  # fmt: skip
MARKUP = [
    b"#", b"# ", b"- ", b"1. ", b"> ", b"```", b"~~~", b"|", b"|---|", b"[^a]", b"[^a]: ", b"[",
    b"](", b"*", b"_", b"`", b"---\n", b"title: ", b"\n\n", b"\n", b"    ", b"\t", b"<div>",
    b"<!--", b"&amp;", b"\\", b"\xef\xbb\xbf", b"\xff\xfe", b"\x00", b"\r", b"\x0c", b"\xc2\x85",
    b"\xe2\x80\xa8", b"\xcc\x81", b"7.12 ", b"http://e.org", b"\xf0\x9f\x8c\x89", b"\xed\xa0\x80",
    b"1,400", b"...", b"Recommendation 4: ",
]  # fmt: skip


def seeds() -> dict[str, list[bytes]]:
    """For each kind of file, small ones to begin with: a valid one, then harmless hostile ones."""
    found = {kind: [content] for kind, content in VALID.items()}
    for name, make in FILES.items():
        kind = Path(name).suffix
        if kind in found and name not in DANGEROUS and not name.startswith(("empty", "zeros")):
            content = make()
            packs = kind in (".docx", ".epub")
            if 0 < len(content) <= LARGEST_SEED and (not packs or _unpacked(content)):
                found[kind].append(content)
    return found


def mutated(chance: random.Random, kind: str, known: list[bytes]) -> bytes:
    """A file of that kind, not quite as one of the known ones."""
    content = known[0] if chance.random() < 0.6 else chance.choice(known)
    if kind in (".docx", ".epub") and chance.random() < 0.8:
        content = _members(chance, content, chance.choice(known))
    elif kind == ".html" and chance.random() < 0.6:
        content = _tags(chance, content.decode("utf-8", "replace")).encode("utf-8", "replace")
    else:
        words = PDF if kind == ".pdf" else MARKUP
        content = _bytes(chance, content, chance.choice(known), words)
        if kind == ".pdf" and chance.random() < 0.7:
            content += b"\n%%EOF\n"
    return content


def _members(chance: random.Random, content: bytes, other: bytes) -> bytes:
    """The zip file with what is in it changed, and its sums right."""
    members, donors = _unpacked(content), _unpacked(other)
    for _ in range(chance.choice((1, 1, 1, 2, 4))):
        if not members:
            break
        name = chance.choice(sorted(members))
        way = chance.random()
        if way < 0.05:
            del members[name]
        elif way < 0.12 and donors:
            members[name] = donors[chance.choice(sorted(donors))]
        elif way < 0.2:
            members[name] = _bytes(chance, members[name], content, MARKUP)
        elif way < 0.35:
            text = _tags(chance, members[name].decode("utf-8", "replace"))
            members[name] = text.encode("utf-8", "replace")
        else:
            members[name] = _tree(chance, members[name])
    return packed(members)


def _unpacked(content: bytes) -> dict[str, bytes]:
    """The members that are not large; none where the file is broken."""
    try:
        return {name: text for name, text in unpacked(content).items() if len(text) < 10**6}
    except (zipfile.BadZipFile, zlib.error, RuntimeError, OSError, ValueError, EOFError):
        return {}


def _tree(chance: random.Random, content: bytes) -> bytes:
    """The XML with elements moved, doubled, dropped and changed, and still well formed."""
    try:
        root = etree.fromstring(content)
    except (etree.LxmlError, ValueError):
        return content
    for _ in range(chance.choice((1, 2, 3, 8, 20))):
        every = [element for element in root.iter() if isinstance(element.tag, str)]
        element, other = chance.choice(every), chance.choice(every)
        above = element.getparent()
        way = chance.randrange(7)
        if way == 0 and above is not None:
            above.remove(element)
        elif way == 1 and len(every) < 5000 and len([*islice(element.iter(), 99)]) < 99:
            other.extend([copy.deepcopy(element) for _ in range(chance.choice((1, 3, 30)))])
        elif way == 2 and above is not None and other not in set(element.iter()):
            other.insert(chance.randrange(len(other) + 1), element)
        elif way == 3 and element.attrib:
            key = chance.choice(sorted(element.attrib))
            value = chance.choice(NUMBERS).decode()
            element.set(key, chance.choice((value, other.get(key, "x"), "", "on", "continue")))
        elif way == 4:
            element.tag = other.tag
        elif way == 5:
            element.text = (element.text or "") + chance.choice((" ", "x", "\u0301", "7.12 ", "é"))
        else:
            element.tail = chance.choice(("", "loose", "\n", "12"))
    return bytes(etree.tostring(root))


def _tags(chance: random.Random, text: str) -> str:
    """The markup with tags and values changed."""
    parts = re.findall(r"<[^<>]*>|[^<]+|<", text) or [""]
    for _ in range(chance.choice((1, 1, 2, 3, 8, 20))):
        at = chance.randrange(len(parts))
        way = chance.randrange(8)
        if way == 0:
            del parts[at : at + chance.randint(1, 4)]
        elif way == 1:
            parts[at:at] = parts[at : at + chance.randint(1, 30)] * chance.choice((1, 2, 9))
        elif way == 2:
            to = chance.randrange(len(parts))
            parts[at], parts[to] = parts[to], parts[at]
        elif way == 3:
            parts.insert(at, chance.choice(XML))
        elif way == 4:
            value = chance.choice(NUMBERS).decode()
            parts[at] = re.sub(r"\d+", value, parts[at], count=1)
        elif way == 5:
            parts[at] = re.sub(r'"[^"]*"', f'"{chance.choice(XML[:12])}"', parts[at], count=1)
        elif way == 6:
            cut = chance.randrange(len(parts[at]) + 1)
            parts[at] = parts[at][:cut] + chance.choice(XML) + parts[at][cut:]
        else:
            parts[at] = parts[at] * chance.choice((2, 3, 50))
        parts = parts[:20_000] or [""]
    return "".join(parts)[:2_000_000]


def _bytes(chance: random.Random, content: bytes, other: bytes, words: list[bytes]) -> bytes:
    """The bytes with some changed, cut, doubled, or taken from another file."""
    made = bytearray(content)
    for _ in range(chance.choice((1, 1, 2, 4, 8, 30))):
        at = chance.randrange(len(made) + 1)
        size = chance.choice((1, 2, 8, 64, 500))
        way = chance.randrange(8)
        if way == 0 and made:
            made[at % len(made)] ^= 1 << chance.randrange(8)
        elif way == 1 and made:
            made[at % len(made)] = chance.randrange(256)
        elif way == 2:
            del made[at : at + size]
        elif way == 3:
            made[at:at] = made[at : at + size] * chance.choice((1, 2, 20))
        elif way == 4:
            start = chance.randrange(len(other) + 1)
            made[at : at + size] = other[start : start + size]
        elif way in (5, 6):
            made[at : at + chance.choice((0, 0, 3))] = chance.choice(words)
        else:
            match = re.compile(rb"\d+").search(made, at)
            if match:
                made[match.start() : match.end()] = chance.choice(NUMBERS)
    if chance.random() < 0.1:
        del made[chance.randrange(len(made) + 1) :]
    return bytes(made[:2_000_000])


def work(seed: int, first: int, kinds: list[str], folder: Path) -> None:
    """Loads mutated files for ever; says before each what it is, and after it what came of it."""
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    known = seeds()
    number = first
    while True:
        kind = kinds[number % len(kinds)]
        say(f"begin {number} {kind}")
        # A file of its own for each, so that one is still there when it is found to be at fault.
        path = folder / f"input{number}{kind}"
        path.write_bytes(mutated(random.Random(f"{seed}/{number}"), kind, known[kind]))
        told = _outcome(path)
        say(f"end {told}")
        if not told.startswith("fault"):
            path.unlink()
        number += 1


def _outcome(path: Path) -> str:
    try:
        document = load_file(path, uri=path.name, max_bytes=LIMIT).document
        assert_lawful(document)
        for passage in split(document, tokens=200):
            assert document.text[passage.start : passage.end] == passage.text
    except DocumentError as error:
        return "refused" if error.hint and error.uri == path.name else "fault no hint or no uri"
    except BaseException as error:
        frames = traceback.extract_tb(error.__traceback__)
        own = [frame for frame in frames if "/qa/" in frame.filename]
        told = f"{type(error).__name__} at {Path(frames[-1].filename).name}:{frames[-1].lineno}"
        via = f" via {Path(own[-1].filename).name}:{own[-1].lineno}" if own else ""
        return f"fault {told}{via}: {error}".replace("\n", " ")[:300]
    return "read"


def say(line: str) -> None:
    """The line is printed at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


class Hunt:
    """Runs the child until the time is over, and keeps what it was at when something went wrong."""

    def __init__(self, seed: int, kinds: list[str], out: Path) -> None:
        self.outcomes: Counter[tuple[str, str]] = Counter()
        self.found: dict[str, str] = {}
        self.slowest = (0.0, "")
        self._seed = seed
        self._kinds = kinds
        self._out = out
        self._number = 0
        self._folder = out
        self._kind = ""

    def run(self, seconds: float, *, tell: Callable[[str], None]) -> None:
        """The counts and the findings stand in the attributes afterwards."""
        until = time.monotonic() + seconds
        with tempfile.TemporaryDirectory() as folder:
            self._folder = Path(folder)
            while time.monotonic() < until:
                options = ["--work", folder, "--seed", str(self._seed)]
                options += ["--first", str(self._number), "--kinds", ",".join(self._kinds)]
                command = [sys.executable, __file__, *options]
                child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, bufsize=1)
                try:
                    self._follow(child, until, tell)
                finally:
                    child.kill()
                    child.wait()
                    cast("IO[str]", child.stdout).close()

    def _follow(
        self, child: subprocess.Popen[str], until: float, tell: Callable[[str], None]
    ) -> None:
        lines = cast("IO[str]", child.stdout)
        began = time.monotonic()
        starting = True
        with selectors.DefaultSelector() as waiting:
            waiting.register(lines, selectors.EVENT_READ)
            while time.monotonic() < until:
                if not waiting.select(60 if starting else SLOW):
                    self._finding(f"took over {SLOW} s", tell)
                    return
                line = lines.readline().rstrip("\n")
                if not line:
                    self._finding(f"crashed with status {child.wait()}", tell)
                    return
                what, _, rest = line.partition(" ")
                if what == "begin":
                    number, self._kind = rest.split()
                    self._number = int(number) + 1
                    began, starting = time.monotonic(), False
                elif what == "end":
                    took = time.monotonic() - began
                    self.slowest = max(self.slowest, (took, f"{self._number - 1} {self._kind}"))
                    kind, _, told = rest.partition(" ")
                    self.outcomes[self._kind, kind] += 1
                    if kind == "fault":
                        self._keep(told, tell)

    def _finding(self, told: str, tell: Callable[[str], None]) -> None:
        self.outcomes[self._kind, "fault"] += 1
        self._keep(told, tell)

    def _keep(self, told: str, tell: Callable[[str], None]) -> None:
        same = f"{self._kind} {re.sub(r'0x[0-9a-f]+|[0-9]{4,}', '*', told)[:120]}"
        if same not in self.found:
            self._out.mkdir(parents=True, exist_ok=True)
            kept = self._out / f"{self._seed}-{self._number - 1}{self._kind}"
            source = self._folder / f"input{self._number - 1}{self._kind}"
            if source.exists():
                shutil.copyfile(source, kept)
            self.found[same] = str(kept)
            tell(f"{kept}: {told}")


def main() -> int:
    parser = argparse.ArgumentParser(description="load mutated files and report what goes wrong")
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--kinds", default=",".join(VALID))
    parser.add_argument("--out", type=Path, default=Path(tempfile.gettempdir()) / "qa-fuzzing")
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--work", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    kinds = options.kinds.split(",")
    if options.work:
        work(options.seed, options.first, kinds, options.work)
    hunt = Hunt(options.seed, kinds, options.out)
    began = time.monotonic()
    hunt.run(60 * options.minutes, tell=say)
    took = time.monotonic() - began
    total = sum(hunt.outcomes.values())
    say(f"{total} files in {took / 60:.1f} minutes, {total / took:.1f} a second")
    for kind in kinds:
        counts = {name: count for (of, name), count in hunt.outcomes.items() if of == kind}
        say("  ".join([kind, *(f"{name} {count}" for name, count in sorted(counts.items()))]))
    say(f"slowest: {hunt.slowest[0]:.1f} s, number {hunt.slowest[1]}")
    say(f"{len(hunt.found)} different findings" + (f", kept in {options.out}" * bool(hunt.found)))
    return 1 if hunt.found else 0


if __name__ == "__main__":
    raise SystemExit(main())
