"""The room where questions are answered."""

from qa.answers.answering import Answerer
from qa.answers.comparing import compare

__all__ = ["Answerer", "compare"]
