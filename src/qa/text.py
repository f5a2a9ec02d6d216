"""Words, sentences and paragraphs of a text, by offsets: nothing here changes the text itself.

`terms` is the one analysis that the lexical index, the reader and the evaluation share, so that
"1,400", "2012–2013" and "recommendations" mean the same to all of them.
"""

from __future__ import annotations

import functools
import re
import threading
import unicodedata
from collections.abc import Callable, Iterator

import Stemmer

Span = tuple[int, int]

# Function words carry no topic. Question words are here too: a passage is not about "how many".
STOP_WORDS = frozenset(
    """a about after all also am an and any are as at be been being but by can could did do does
    doing done for from further had has have having he her hers him his how i if in into is it its
    just may me might more most much must my no nor not of on one or other our out over own said
    same say says shall she should since so some such than that the their theirs them then there
    these they this those through to too under until up upon us very was we were what when where
    which while who whom whose why will with within would yes you your
    make makes made making get gets got getting""".split()
)

_WORD = re.compile(
    r"\d{1,3}(?:,\d{3})+(?:\.\d+)?"  # 1,400
    r"|\d+(?:\.\d+)*"  # 2014, 7.12
    r"|[^\W\d_]+(?:['’][^\W\d_]+)*"  # words, with an apostrophe inside
)
_PIECE = re.compile(r"\w+|[^\w\s]")
_BLANK_LINES = re.compile(r"\n[^\S\n]*\n\s*")
_LABEL = re.compile(r"\(?(\d{1,3}(?:\.\d{1,3}){1,3})[.)]?\s+\S|(\d{1,4})[.)]\s+[^\W\d_]")
_RECOMMENDATION = re.compile(
    r"(?:key |main |overarching |interim )?recommendation\s+"
    r"((?:no\.?\s*)?(?:[A-Z]{0,2}\d{1,3}(?:\.\d{1,3})*"
    r"(?:\s?\([a-z]{1,4}\)|\s?[a-z]{1,4}\)|[a-z]\b)*"
    r"|(?:twenty|thirty)?[-\s]?(?:one|two|three|four|five|six|seven|eight|nine)"
    r"|ten|eleven|twelve|(?:thir|four|fif|six|seven|eigh|nine)teen|twenty|thirty))"
    r"(?:\s*(?P<mark>[:.–—-])\s|\s*[:.]?$|\s+(?P<more>[^\W\d_]|\())",
    re.IGNORECASE,
)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u200b-\u200d\u2060\ufeff\ufffe\uffff]")
# Possessive, and from the first of several stops: a line of a million dots would take for ever.
_SENTENCE_END = re.compile(
    r"(?<![.!?…])[.!?…]++[\"'”’)\]]*+(?=\s++[\"'“‘(\[]*+[^\W_])"
    r"|\n(?=[^\S\n]*+(?:[•▪●–*-]|\n))"
)
_SEEN = re.compile(r"\S")
_MARKS = re.compile(r"[^\w\s!-~]{31,}")
_MOST_MARKS = 30
_TITLES = frozenset(
    """mr mrs ms dr prof rev hon sir cf e.g i.e eg ie etc vs v viz approx inc ltd dept supt insp
    sgt cllr det jan feb mar apr jun jul aug sep sept oct nov dec""".split()
)
_NUMBERED = frozenset("no nos para paras p pp vol vols ch art fig figs sec s st".split())


# The base of each irregular verb, then its other forms, which no rule of endings finds.
# Forms that are more often another word ("left", "rose", "felt", "drew") are left out.
_IRREGULAR = {
    form: base
    for base, *forms in (
        line.split()
        for line in """become became
        begin began begun
        break broke broken
        bring brought
        build built
        buy bought
        catch caught
        choose chose chosen
        come came
        deal dealt
        draw drawn
        drive drove driven
        fall fell fallen
        fight fought
        find found
        forget forgot forgotten
        get got gotten
        give gave given
        go went gone
        grow grew grown
        hear heard
        hide hid hidden
        hold held
        keep kept
        know knew known
        lead led
        lose lost
        make made
        mean meant
        meet met
        pay paid
        rise risen
        run ran
        see saw seen
        seek sought
        sell sold
        send sent
        show shown
        sit sat
        speak spoke spoken
        spend spent
        stand stood
        steal stole stolen
        take took taken
        teach taught
        tell told
        think thought
        throw threw thrown
        understand understood
        undertake undertook undertaken
        win won
        withdraw withdrew withdrawn
        write wrote written""".splitlines()
    )
    for form in forms
}
_NUMBER_WORDS = {
    word: str(number)
    for number, word in enumerate(
        """two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
        sixteen seventeen eighteen nineteen twenty""".split(),
        start=2,
    )
}


def normalise(text: str) -> str:
    """The text that a document keeps: composed (NFC), with plain newlines and no control marks.

    Every loader calls it once, before any offset is taken.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x0c", "\n")
    if not text.isascii():
        text = _MARKS.sub(_parted, text)
    text = _CONTROL.sub("", unicodedata.normalize("NFC", text))
    return text.encode("utf-8", "replace").decode("utf-8")


def _parted(match: re.Match[str]) -> str:
    """Very many accents on one letter, with a joiner after every thirty: they are sorted, which
    would else take for ever. The Stream-Safe Text Format of Unicode Standard Annex 15."""
    parted: list[str] = []
    run = 0
    for char in match.group():
        run = run + 1 if unicodedata.combining(char) else 0
        if run > _MOST_MARKS:
            parted.append("\u034f")
            run = 1
        parted.append(char)
    return "".join(parted)


def words(text: str) -> Iterator[Span]:
    """The spans of words and numbers, in order; "1,400" is one number."""
    return (match.span() for match in _WORD.finditer(text))


@functools.lru_cache(maxsize=65536)
def fold(word: str) -> str:
    """A word as it is compared: no case, accents, possessive or thousands separators.

    A small number written as a word is that number ("eleven" is "11"), and an irregular form is
    its verb ("wrote" is "write").
    """
    decomposed = unicodedata.normalize("NFKD", word.casefold().replace("’", "'"))
    plain = "".join(char for char in decomposed if not unicodedata.combining(char))
    if plain[:1].isdigit():
        return plain.replace(",", "")
    plain = plain.removesuffix("'s").replace("'", "")
    return _NUMBER_WORDS.get(plain) or _IRREGULAR.get(plain, plain)


@functools.lru_cache(maxsize=65536)
def stem(folded: str) -> str:
    """A folded word without its ending (Snowball English, "Porter 2"); numbers stay as they are."""
    if folded[:1].isdigit() or not folded.isascii():
        return folded
    return _stemmer()(folded)


def stems(words: str) -> frozenset[str]:
    """The terms of a list of words parted by blanks; stop words are kept."""
    return frozenset(stem(fold(word)) for word in words.split())


def terms(text: str, *, keep_stop_words: bool = False) -> list[str]:
    """The text's words as the lexical index knows them: folded, without stop words, stemmed."""
    folded = (fold(text[start:end]) for start, end in words(text))
    return [stem(word) for word in folded if word and (keep_stop_words or word not in STOP_WORDS)]


def query_terms(query: str) -> list[str]:
    """`terms`, or where a query is made of stop words alone, those."""
    return terms(query) or terms(query, keep_stop_words=True)


def token_costs(text: str, start: int = 0, end: int | None = None) -> Iterator[tuple[int, int]]:
    """For each word or mark: where it starts, and about how many word pieces it breaks into."""
    for match in _PIECE.finditer(text, start, len(text) if end is None else end):
        yield match.start(), 1 + (match.end() - match.start() - 1) // 8


def token_estimate(text: str, start: int = 0, end: int | None = None) -> int:
    """About how many word pieces an encoder makes of ``text[start:end]``."""
    return sum(cost for _, cost in token_costs(text, start, end))


def sentences(text: str, start: int = 0, end: int | None = None) -> list[Span]:
    """The spans of the sentences in ``text[start:end]``, without the white space around them.

    A full stop ends a sentence when white space and the start of another follow, unless it
    belongs to an abbreviation ("Dr.", "no.") or to an initial. A line that begins with a bullet
    starts a sentence of its own.
    """
    end = len(text) if end is None else end
    spans: list[Span] = []
    begin = start
    for match in _SENTENCE_END.finditer(text, start, end):
        if _is_abbreviation(text, begin, match.start(), match.end()):
            continue
        _add_trimmed(spans, text, begin, match.end())
        begin = match.end()
    _add_trimmed(spans, text, begin, end)
    return spans


def paragraph_spans(text: str) -> list[Span]:
    """The spans between blank lines, trimmed; empty ones are left out."""
    spans: list[Span] = []
    begin = 0
    for match in _BLANK_LINES.finditer(text):
        _add_trimmed(spans, text, begin, match.start())
        begin = match.end()
    _add_trimmed(spans, text, begin, len(text))
    return spans


def paragraph_label(paragraph: str) -> str:
    """What is printed before a paragraph to name it ("7.12", "23", "Recommendation 4"), or ""."""
    return paragraph_number(paragraph) or recommendation_label(paragraph)


def paragraph_number(paragraph: str) -> str:
    """The number printed before a paragraph ("7.12", "23"), or ""."""
    match = _LABEL.match(paragraph)
    return (match.group(1) or match.group(2)) if match else ""


def recommendation_label(paragraph: str, *, heading: bool = False) -> str:
    """What a recommendation is called whose words begin so ("Recommendation 4"), or "".

    A sentence that is about one ("Recommendation 4 says ...") does not count: a mark follows the
    number, or nothing, or (in a heading) any words.
    """
    match = _RECOMMENDATION.match(paragraph)
    if not match:
        return ""
    more = match["more"]
    if more and not heading and not more.isupper():
        return ""
    return f"Recommendation {' '.join(match[1].split())}"


def named_label(label: str) -> str:
    """The label where it is a name ("Recommendation 4"), "" where it is a number ("7.12")."""
    return label if " " in label else ""


def paragraph_words(label: str) -> str:
    """A paragraph's label as people are told it: "paragraph 7.12", but "Recommendation 4"."""
    return named_label(label) or (f"paragraph {label}" if label else "")


def _is_abbreviation(text: str, begin: int, dot: int, after: int) -> bool:
    if text[dot] != "." or after - dot > 1:
        return False
    match = re.search(r"[\w.]*$", text[max(begin, dot - 20) : dot])
    last = match.group().casefold() if match else ""
    seen = _SEEN.search(text, after)
    following = seen.group() if seen else ""
    if last.isdigit() and not text[begin : dot - len(last)].strip():
        return True  # a number that opens the paragraph: "12. The Board ..."
    if len(last) == 1 and last.isalpha() and last != "i":
        return True  # an initial: "J. Drew"
    if last in _NUMBERED:
        return following.isdigit()
    return last in _TITLES or following.islower()


def _add_trimmed(spans: list[Span], text: str, start: int, end: int) -> None:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if start < end:
        spans.append((start, end))


_per_thread = threading.local()


def _stemmer() -> Callable[[str], str]:
    # A Snowball stemmer keeps a buffer between calls, so each thread has its own.
    if not hasattr(_per_thread, "stem"):
        _per_thread.stem = Stemmer.Stemmer("english").stemWord
    stem_word: Callable[[str], str] = _per_thread.stem
    return stem_word
