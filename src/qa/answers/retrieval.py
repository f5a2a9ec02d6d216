"""Query to ranked hits: lexical and dense search, fused, with what the question names preferred."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from qa.answers.fusion import fuse
from qa.answers.questions import Question
from qa.answers.spans import spans_of
from qa.text import query_terms, terms
from qa.types import DocumentSummary, Encoder, Hit, PassageIndex

_NAMED = 0.1
"""What the document that the question names by review or author gains, of a score up to 1."""
_CONTINUED = 0.1
"""What a document gains that the answer followed on cited."""


def retrieve(
    index: PassageIndex,
    encoder: Encoder,
    question: Question,
    *,
    k: int,
    candidates: int,
    lexical_weight: float,
    documents: Sequence[DocumentSummary],
    uris: Sequence[str] | None = None,
    continued: Sequence[str] = (),
) -> list[Hit]:
    """The k best passages, by (-score, id). ``uris`` restricts the search to these documents."""
    wanted = max(k, candidates)
    asked = question.terms or dict.fromkeys(query_terms(question.text), 1.0)
    vector = encoder.encode_query(question.text)
    lexical = dict(index.lexical(asked, wanted, uris=uris))
    dense = dict(index.dense(vector, wanted, uris=uris))
    missing = [passage for passage in lexical if passage not in dense]
    dense.update(zip(missing, index.similarities(vector, missing), strict=True))
    fused = fuse(lexical, dense, lexical_weight=lexical_weight)
    passages = index.passages(passage for passage, _ in fused)
    preferred = _preferences(question, documents, continued)
    base = dict(fused)
    scored = [
        (score + preferred.get(passages[key].uri, 0.0), key)
        for key, score in fused
        if key in passages
    ]
    scored.sort(key=lambda pair: (-pair[0], pair[1]))
    hits = []
    for rank, (score, key) in enumerate(scored[:k], start=1):
        signals = {
            "lexical": lexical.get(key, 0.0),
            "dense": dense[key],
            "fused": base[key],
        }
        if bonus := preferred.get(passages[key].uri):
            signals["preferred"] = bonus
        hits.append(Hit(passages[key], score, rank, signals))
    return hits


def named_documents(question: str, documents: Sequence[DocumentSummary]) -> list[str]:
    """The documents that the question names, by their review's short name or an author's name.

    Names come from the documents' own metadata. A name that many documents share names none.
    """
    asked = set(terms(question))
    names = {document.uri: _names(document) for document in documents}
    shared = Counter(name for found in names.values() for name in set(found))
    few = max(2, len(documents) // 8)
    return [
        uri
        for uri, found in names.items()
        if any(name <= asked and shared[name] <= few for name in found)
    ]


def _names(document: DocumentSummary) -> list[frozenset[str]]:
    """Sets of terms that name the document: the review without its year, each author's surname."""
    review = frozenset(
        term for term in terms(document.meta.get("review", "")) if not term.isdigit()
    )
    author = document.meta.get("author", "")
    people = [author[start:end] for start, end in spans_of("person", author)]
    surnames = [frozenset(terms(person.split()[-1])) for person in people]
    return [name for name in (review, *surnames) if name]


def _preferences(
    question: Question, documents: Sequence[DocumentSummary], continued: Sequence[str]
) -> Mapping[str, float]:
    preferred = dict.fromkeys(continued, _CONTINUED)
    own = " ".join(question.text[slice(*word.span)] for word in question.words if word.weight == 1)
    named = named_documents(own, documents) or named_documents(question.text, documents)
    for uri in named:
        preferred[uri] = preferred.get(uri, 0.0) + _NAMED
    return preferred
