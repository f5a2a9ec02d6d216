"""What stands on the page before the first question."""

from __future__ import annotations

from collections.abc import Sequence

from qa.web.views.markup import escape


def home(questions: Sequence[str], documents: int) -> str:
    """What the page is for, and questions to begin with."""
    shown = f"<h3>To begin with</h3>{questions_html(questions)}" if questions else ""
    none = "" if documents else '<p class="problem">No documents have been indexed yet.</p>'
    return (
        '<section class="home" aria-label="How it works"><h2>What do you want to know?</h2>'
        '<p class="lede">Every answer is a quotation from the documents, with its source, page '
        "and paragraph. Where they do not answer, this page says so.</p>"
        f"{none}{shown}</section>"
    )


def next_questions(questions: Sequence[str]) -> str:
    """Questions that might be asked next; "" for none."""
    return f"<h3>You might ask</h3>{questions_html(questions)}" if questions else ""


def questions_html(questions: Sequence[str]) -> str:
    """A list of buttons, each of which asks its question."""
    buttons = "".join(
        f'<li><button type="button" class="example" data-ask="{escape(question)}">'
        f"{escape(question)}</button></li>"
        for question in questions
    )
    return f'<ul class="examples">{buttons}</ul>'
