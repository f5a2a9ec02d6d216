"""Question sets in, figures with their intervals out."""

from qa.evaluation.comparing import Comparison, compare
from qa.evaluation.conversations import write_questions
from qa.evaluation.pooling import Pooled, plain_runs, pooled, write_runs
from qa.evaluation.published import read_published
from qa.evaluation.questions import SetQuestion, conversation, holds, question_of, read_questions
from qa.evaluation.report import write_report
from qa.evaluation.run import Figure, Result, Run, read_runs, trec_lines, write_json
from qa.evaluation.running import WORK, Options, evaluate
from qa.evaluation.sets import QuestionSet, read_set
from qa.evaluation.wording import measure

__all__ = [
    "WORK",
    "Comparison",
    "Figure",
    "Options",
    "Pooled",
    "QuestionSet",
    "Result",
    "Run",
    "SetQuestion",
    "compare",
    "conversation",
    "evaluate",
    "holds",
    "measure",
    "plain_runs",
    "pooled",
    "question_of",
    "read_published",
    "read_questions",
    "read_runs",
    "read_set",
    "trec_lines",
    "write_json",
    "write_questions",
    "write_report",
    "write_runs",
]
