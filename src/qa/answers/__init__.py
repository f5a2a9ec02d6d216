"""The room where questions are answered."""

from qa.answers.answering import Answerer
from qa.answers.chronicling import timeline
from qa.answers.comparing import compare
from qa.answers.following import Following

__all__ = ["Answerer", "Following", "compare", "timeline"]
