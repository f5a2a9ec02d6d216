"""SQuAD-format JSON (v1.1, v2.0): each paragraph is a document, each answer a place in it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from qa.evaluation.questions import SetQuestion
from qa.evaluation.rows import Row, parsed, read_text
from qa.types import Document

HINT = "SQuAD-format JSON holds data > paragraphs > context and qas > id, question, answers"


def read_squad(path: Path) -> tuple[tuple[SetQuestion, ...], tuple[Document, ...]]:
    """The questions, and the paragraphs as documents named ``Title__000``.

    Raises DocumentError, naming the file and the place in it ("data[0], paragraphs[2]").
    """
    whole = parsed(path, "", read_text(path, HINT), HINT)
    if "data" not in whole.values:
        raise whole.error("there is no 'data'")
    documents: list[Document] = []
    questions: dict[str, SetQuestion] = {}
    counts: Counter[str] = Counter()
    for article in whole.rows("data"):
        title = article.text("title", "")
        for paragraph in article.rows("paragraphs"):
            uri = f"{title or path.stem}__{counts[title]:03}"
            counts[title] += 1
            text = paragraph.text("context")
            documents.append(Document.from_text(uri, title.replace("_", " "), text))
            for row in paragraph.rows("qas"):
                question = _question(row, uri, text)
                if question.id in questions:
                    raise row.error(f"the id {question.id!r} comes twice")
                questions[question.id] = question
    if not questions:
        raise whole.error("there is no question")
    return tuple(questions.values()), tuple(documents)


def _question(row: Row, uri: str, text: str) -> SetQuestion:
    question = row.text("question")
    if not question.strip():
        raise row.error("'question' is empty")
    answerable = not row.flag("is_impossible", False)
    given = row.rows("answers") if answerable else []
    if answerable and not given:
        raise row.error("the question has no answer, and 'is_impossible' is not true")
    answers = tuple(answer.text("text") for answer in given)
    spans = tuple((uri, *_span(answer, text)) for answer in given)
    return SetQuestion(
        id=row.name("id"),
        question=question,
        answerable=answerable,
        qrels={uri: 1} if answerable else {},
        answers=tuple(dict.fromkeys(answers)),
        spans=tuple(dict.fromkeys(spans)),
        source_doc=uri,
    )


def _span(answer: Row, text: str) -> tuple[int, int]:
    """Where the answer stands; some sets are a few characters off, none may be wrong."""
    words, start = answer.text("text"), answer.number("answer_start")
    if start is None:
        raise answer.error("there is no 'answer_start'")
    if not words:
        raise answer.error("'text' is empty")
    if start < 0 or text[start : start + len(words)] != words:
        places = [at for at in range(len(text)) if text.startswith(words, at)]
        if not places:
            raise answer.error(f"{words[:60]!r} does not stand in the paragraph")
        start = min(places, key=lambda at: (abs(at - (start or 0)), at))
    return start, start + len(words)
