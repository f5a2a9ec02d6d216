"""Who wrote a document: people by family name and given name, institutions whole.

Where that is not clear the name is left whole, which no manager of references turns round.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_ROLE = re.compile(r"\s*\([^()]*\)")
_TITLES = frozenset(
    "mr mrs ms miss dr prof professor sir dame rev revd reverend hon honourable judge qc kc".split()
)
_HONOURS = frozenset(
    "cbe obe mbe cb kcb gcb dbe kbe gbe qc kc qpm phd ba ma msc jp dl fba frs dcb mp".split()
)
_INSTITUTION = frozenset(
    """agency association authority board borough bureau cabinet centre charity children church
    city college commission commissioner committee company constabulary council county court
    department directorate district division engineer engineers executive federation force forum
    foundation government group health home house inquiry inspectorate inspector inspection
    institute institution justice limited ltd llp plc library ministry national network nhs office
    ombudsman organisation parliament partnership police project review royal school secretary
    safeguarding service services social society state survey team tribunal trust union unit
    university rivers""".split()
)
_NAME = re.compile(r"(?:[^\W\d_a-z]\.?|[^\W\d_a-z][^\W\d_]*(?:['’-][^\W\d_]+)*)\.?")
_MOST_WORDS = 4


@dataclass(frozen=True, slots=True)
class Author:
    """A person, or where ``given`` is "" an institution: ``family`` is then its whole name."""

    family: str
    given: str = ""

    @property
    def name(self) -> str:
        """The name that the work is listed under."""
        return self.family


def authors(said: str) -> Iterator[Author]:
    """Each author in the order in which they are named, without titles, honours and roles."""
    for part in _ROLE.sub("", said).split(";"):
        part = " ".join(part.split()).strip(" ,.")
        if not part or part[0].islower():
            continue  # a remark: "in 2023 the inspectorate"
        names = re.split(r"\s*,?\s+and\s+|\s*&\s*|,\s+", part)
        people = [_person(name) for name in names]
        if all(people):
            yield from (person for person in people if person)
        else:
            yield Author(part)


def _person(name: str) -> Author | None:
    """The person of that name; None where it may be an institution's."""
    words = name.split()
    while words and words[0].strip(".").lower() in _TITLES:
        words.pop(0)
    while words and words[-1].strip(".").lower() in _HONOURS:
        words.pop()
    if not 2 <= len(words) <= _MOST_WORDS:
        return None
    if any(word.strip(".").lower() in _INSTITUTION for word in words):
        return None
    if not all(_NAME.fullmatch(word) for word in words):
        return None
    if any(word.isupper() and len(word) > 2 and "." not in word for word in words):
        return None
    return Author(words[-1], " ".join(words[:-1]))
