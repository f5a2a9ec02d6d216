"""Question sets in, figures with their intervals out."""

from qa.evaluation.answers import AnswerReport, Figure, Marked, evaluate_answers, share
from qa.evaluation.questions import SetQuestion, conversation, holds, read_questions

__all__ = [
    "AnswerReport",
    "Figure",
    "Marked",
    "SetQuestion",
    "conversation",
    "evaluate_answers",
    "holds",
    "read_questions",
    "share",
]
