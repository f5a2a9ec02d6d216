"""What documents are called, from their metadata alone, and which of them a question means."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import qa
from qa.answers.choosing import of_own_year, with_named
from qa.answers.composing import Told, labelled
from qa.answers.naming import Names, names_of, own_text, settled, written_as_names
from qa.answers.questions import analyse
from qa.answers.quoting import Quote
from qa.types import Citation, DocumentSummary


def summary(uri: str, title: str = "", **meta: str) -> DocumentSummary:
    return DocumentSummary(uri, title or uri, meta, "", 0, 1, "")


DOCUMENTS = [
    summary("m15", "The Mason Report on Denby Council (2015)", review="Mason 2015",
            author="Louise Mason CB", published="2015-02-04"),
    summary("m25", "The Mason National Audit of Bridges (2025)", review="Mason 2025",
            author="Baroness Mason of Selby (Louise Mason)", published="2025-06-16"),
    summary("reed", "The Reed Report on flooding in Denby (2014)", review="Reed",
            author="Alexis Reed OBE", published="2014-08-26"),
    summary("inquiry", "The Independent Inquiry into River Safety (IIRS): final report (2022)",
            review="IIRS", author="Alexis Reed (chair)", published="2022-02-01"),
    summary("willow", "Operation Willow, the River Board's search in Denby (2014 onwards)",
            review="Willow", author="National River Board (NRB)", published="2014-12-18"),
    summary("selby", "The Selby Serious Case Review (Operation Heron, 2015)", review="Selby",
            author="Alan Penn (independent reviewer)", published="2015-03-03"),
    summary("mps", "Works and Transport Committee reports on bridges (2013 and 2014)",
            review="Works and Transport Committee", published="2013-06-10",
            author="House of Commons Works and Transport Committee (chair: Keith Hale)"),
    summary("board", "Inspections of the North Shire Police (2013)", review="Inspectorate",
            author="The Care Quality Commission", publisher="Care Quality Commission"),
    summary("notes", "Where the reports disagree", review="Comparison"),
]  # fmt: skip


@pytest.fixture(scope="module")
def names() -> Names:
    return names_of(DOCUMENTS)


@pytest.mark.parametrize(
    ("question", "uris"),
    [
        ("What did the Mason report find?", ["m15", "m25"]),
        ("what did mason say", ["m15", "m25"]),
        ("What did Reed say?", ["reed"]),
        ("What was Penn's view?", ["selby"]),
        ("Who ran Operation Willow?", ["willow"]),
        ("What came of Heron?", ["selby"]),
        ("What does the IIRS recommend?", ["inquiry"]),
        ("what did the national audit recommend", ["m25"]),
        ("What did the 2014 report find?", ["mps", "reed"]),
        ("What did the report of 2014 on Denby find?", ["reed"]),
        ("What did the Selby review conclude?", ["selby"]),
        ("What did the serious case review say?", ["selby"]),
        ("What did Keith Hale ask?", ["mps"]),
        ("What did the Works and Transport Committee ask?", ["mps"]),
        ("What did the inquiry of 2022 find?", ["inquiry"]),
        # Of what is named in capitals and in small letters the former is the name.
        ("Is there a comparison of Reed with the rest?", ["reed"]),
        # None of these names a document.
        ("What did the police report say?", []),
        ("What did the final report say?", []),
        ("What did the independent inquiry find?", []),
        ("What is the quality of care?", []),
        ("Did the commission close the bridge in Denby?", []),
        ("Which operation was the last one?", []),
        ("", []),
    ],
)
def test_names_find_their_documents(names: Names, question: str, uris: list[str]) -> None:
    assert names.named(question) == uris


def test_authors_and_initials_point_to_documents(names: Names) -> None:
    assert names.related("What did Reed say?") == {"reed", "inquiry"}
    assert names.related("What did the NRB count?") == {"willow"}
    assert names.related("What did the nrb count?") == {"willow"}
    assert names.related("What did the WTC ask?") == {"mps"}
    assert names.related("What did the wtc ask?") == set()


@pytest.mark.parametrize(
    ("question", "uris"),
    [
        ("What did the Mason report find?", ["m15", "m25"]),
        ("What did the 2015 Mason report find?", ["m15"]),
        ("What did Mason find in 2025?", ["m25"]),
        ("What did Mason find in Denby?", ["m15"]),
        ("what did mason find in denby", ["m15"]),
        ("What did Mason's audit find?", ["m25"]),
        ("What did Mason find out about floods?", ["m15", "m25"]),
        ("What did Mason's audit find in Denby?", ["m25"]),
    ],
)
def test_other_words_settle_which_is_meant(names: Names, question: str, uris: list[str]) -> None:
    asked = analyse(question)
    (meant,) = names.meant(own_text(asked))
    proper = written_as_names(asked, ["Denby flooded.", "The council and the floods in Denby."])
    left = settled(meant, asked, names, proper=proper)
    assert [uri for group in left.groups for uri in group] == uris


def test_the_conversation_settles_which_is_meant(names: Names) -> None:
    asked = analyse("What did Mason find?")
    (meant,) = names.meant(asked.text)
    assert settled(meant, asked, names, cited=["m25", "reed"]).groups == (("m25",),)
    assert settled(meant, asked, names, cited=["m15", "m25"]).groups == (("m15",), ("m25",))
    assert settled(meant, asked, names, cited=["reed"]).groups == (("m15",), ("m25",))


def test_only_documents_that_are_searched_are_meant(names: Names) -> None:
    (meant,) = names.meant("What did Mason find?", ["m25", "reed"])
    assert meant.groups == (("m25",),)


def test_volumes_of_one_report_are_one() -> None:
    volumes = [
        summary(f"v{at}", f"Volume {at}", review="Grange", published="2019-10-30") for at in (1, 2)
    ]
    later = summary("w", "Second part", review="Grange", published="2024-09-04")
    names = names_of([*volumes, later])
    (meant,) = names.meant("What did the Grange report find?")
    assert meant.groups == (("v1", "v2"), ("w",))


def test_common_words_and_what_many_share_are_no_names() -> None:
    plain = [
        summary("a", "The review", review="Review", author="Staff"),
        summary("b", "Annual Report", review="The Annual Report", author="The Care Quality Board"),
        summary("c", "Part 1", review="2014", author="Independent Police Authority"),
    ]
    names = names_of(plain)
    asked = "What did the annual review of police quality report in part 1 about the board?"
    assert names.named(asked) == []
    many = [summary(str(at), f"Bridge {at}", review="Mason", author="Jo Reed") for at in range(60)]
    assert names_of(many).named("What did Mason say of Reed and the bridge?") == []


@given(st.text(max_size=120), st.text(max_size=60), st.text(max_size=60), st.text(max_size=12))
def test_any_metadata_and_question_will_do(
    question: str, title: str, author: str, published: str
) -> None:
    documents = [
        summary("x", title, review=title[:20], author=author, published=published),
        summary("y", author, review=title[:20], author=title, publisher=question),
    ]
    names = names_of(documents)
    assert set(names.named(question)) <= {"x", "y"}
    assert names.related(question) <= {"x", "y"}
    for meant in names.meant(title):
        assert settled(meant, analyse(question), names).groups


def test_a_label_has_name_year_and_title(names: Names) -> None:
    group = ("m15",)
    label = labelled(names.label(group), names.year(group), ["The Mason Report (2015)"])
    assert label == "Mason (2015), The Mason Report"
    assert labelled("Reed", "", ["Reed"]) == "Reed"


def cited(number: int, quote: str) -> Citation:
    return Citation(number, "a", "A", "A", None, "", "1", 0, len(quote), quote, "0" * 64, "")


def test_quotes_stand_under_their_labels() -> None:
    quotes = (cited(1, "It rose."), cited(2, "It fell."), cited(3, "It held."))
    told = Told(quotes, ("Mason (2015)", "Mason (2015)", "Mason (2025)"), silent=("Reed",))
    assert told.text() == (
        "Mason (2015):\n\n“It rose.” [1]\n\n“It fell.” [2]\n\n"
        "Mason (2025):\n\n“It held.” [3]\n\nReed: silent on this."
    )
    assert told.first(1).text() == "Mason (2015):\n\n“It rose.” [1]"


def test_a_quote_on_the_other_report_is_left_out() -> None:
    own, other = Quote("a", 0, 9, "Out 2025."), Quote("a", 10, 19, "Out 2015.")
    assert of_own_year([other, own], ["2025"], ["2015"]) == (own,)
    assert of_own_year([other], ["2025"], ["2015"]) == (other,)


def test_without_evidence_of_a_named_document_the_quotes_stay() -> None:
    quotes = [Quote("a", 0, 8, "It rose.")]
    assert with_named(quotes, [], [("b",)], most=4) == tuple(quotes)


def test_two_reports_of_one_name_are_both_told(reviews_index: Path) -> None:
    with qa.open(reviews_index) as assistant:
        both = assistant.ask("How many pages has the Casey report?")
        one = assistant.ask("How many pages has the 2015 Casey report?")
        chosen = assistant.ask("How many pages has the Casey report?", reviews=["Casey 2025"])
    first, second = both.text.index("Casey (2015), "), both.text.index("Casey (2025), ")
    assert "154 pages" in both.text[first:second]
    assert "197 pages" in both.text[second:]
    assert [citation.number for citation in both.citations] == [*range(1, len(both.citations) + 1)]
    assert both.short == ""
    assert "Casey (2025)" not in one.text
    assert "154 pages" in one.text
    assert "Casey (2015)" not in chosen.text
