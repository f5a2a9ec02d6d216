"""The room where questions are answered."""

from qa.answers.answering import Answerer

__all__ = ["Answerer"]
