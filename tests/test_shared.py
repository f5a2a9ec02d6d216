"""Against question sets and real reports that lie beside the checkout, where they do."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

import qa
from qa.evaluation import SetQuestion, evaluate, read_questions, write_questions

SHARED = Path(__file__).resolve().parents[2] / "shared" / "eval"
QUESTIONS = SHARED / "reviews" / "questions.jsonl"
PDFS = SHARED / "uk_inquiries" / "pdf"
SECTIONS = (
    "Drew", "Jay", "Casey 2015", "Stovewood", "Clover", "Linden", "Home Affairs Committee", "HMIC",
    "Ofsted", "Oxfordshire", "Rochdale", "Greater Manchester", "Telford", "Newcastle", "IICSA",
    "Casey 2025",
)  # fmt: skip
"""The reviews by the number of the section that the set's questions name ("§4")."""

pytestmark = pytest.mark.shared


def by_section(questions: list[SetQuestion]) -> list[SetQuestion]:
    lines = map(json.loads, QUESTIONS.read_text(encoding="utf-8").splitlines())
    told = {line["id"]: re.findall(r"§(\d+)", line.get("review") or "") for line in lines}
    return [
        replace(q, reviews=tuple(SECTIONS[int(number) - 1] for number in told[q.id]))
        for q in questions
    ]


@pytest.mark.skipif(not QUESTIONS.exists(), reason="the shared question set is not here")
def test_questions_of_others_are_answered_from_the_right_review(
    reviews_index: Path, tmp_path: Path
) -> None:
    written = tmp_path / "reviews.jsonl"
    write_questions(written, by_section(read_questions(QUESTIONS)))
    run = evaluate(written, index=reviews_index, work=tmp_path)
    figures = {figure.name: figure.value for figure in run.figures}
    assert figures["right"] >= 0.7
    assert figures["right_review"] >= 0.85
    assert figures["answerable_declined"] <= 0.1


@pytest.mark.skipif(not PDFS.is_dir(), reason="the shared reports are not here")
def test_a_recommendation_is_found_on_its_page(models: Path, tmp_path: Path) -> None:
    folder = tmp_path / "index"
    shutil.copytree(models, folder / "models")
    report = qa.add([PDFS / "UK-Covid-19-Inquiry-Module-1-Recomm.pdf"], folder)
    assert (len(report.added), report.failed, report.pages) == (1, (), 240)
    with qa.open(folder) as assistant:
        answer = assistant.ask(
            "What did the UK Covid-19 Inquiry Module 1 recommend about a single statutory body"
            " for preparedness?"
        )
        (citation,) = (c for c in answer.citations if "independent statutory body" in c.quote)
        document = assistant.document(citation.uri)
    assert (citation.page, citation.page_label) == (23, "5")
    page = document.pages[(citation.page or 0) - 1]
    assert page.number == citation.page
    assert page.start <= citation.start < page.end
