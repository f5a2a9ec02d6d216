"""The room where questions are answered."""

from qa.answers.answering import Answerer
from qa.answers.choosing import in_turn
from qa.answers.chronicling import timeline
from qa.answers.comparing import compare
from qa.answers.dating import dates_in
from qa.answers.following import Following
from qa.answers.proposing import forms_of, spread, turned
from qa.answers.topics import called

__all__ = [
    "Answerer",
    "Following",
    "called",
    "compare",
    "dates_in",
    "forms_of",
    "in_turn",
    "spread",
    "timeline",
    "turned",
]
