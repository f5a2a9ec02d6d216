"""The `qa` command: what it prints, what it passes on, and how it leaves."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import pytest

from qa import assistant as library
from qa import chatting, cli, terminal, web
from qa.errors import IndexMissing, QAError
from qa.types import (
    Answer,
    BuildReport,
    Citation,
    DocumentSummary,
    Failure,
    Hit,
    Outcome,
    Passage,
    Turn,
)

QUOTE = "The inspection found 11 defects in the north span of the bridge."
BRIDGE = Passage(7, "bridge.pdf", 0, 80, f"{QUOTE} Two were urgent.", "Findings > North", 3, "2.1")
CITATION = Citation(
    1,
    "bridge.pdf",
    "Bridge inspection",
    "Bridge",
    3,
    "iii",
    "2.1",
    0,
    len(QUOTE),
    QUOTE,
    "ab" * 32,
    "https://example.org/bridge",
)
SUMMARY = DocumentSummary(
    "bridge.pdf",
    "Bridge inspection",
    {"review": "Bridge"},
    "ab" * 32,
    12,
    34,
    "2026-01-02T03:04:05Z",
)
HIT = Hit(BRIDGE, 0.83, 1, {"lexical": 7.1, "dense": 0.62})


@dataclass(frozen=True)
class FakeStatus:
    index: str = "index"
    generation: int = 4
    bytes: int = 1_250_000


class FakeAssistant:
    """Answers what its test wants, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.searched: list[tuple[str, dict[str, Any]]] = []
        self.outcome: Outcome = "answered"
        self.problems: list[str] = []
        self.closed = False

    def __enter__(self) -> FakeAssistant:
        return self

    def __exit__(self, *_: object) -> None:
        self.closed = True

    def ask(self, question: str, **options: Any) -> Answer:
        self.asked.append((question, {**options, "history": list(options["history"])}))
        if "fail" in question:
            raise QAError("it broke", hint="mend it")
        query = f"{question} (Bridge)" if options["history"] else question
        text = f"“{QUOTE}” [1]"
        citations: tuple[Citation, ...] = (CITATION,)
        if self.outcome == "not_found":
            text, citations = "The documents do not answer this. Searched 1 document: Bridge.", ()
        return Answer(question, query, text, "11", citations, (HIT,), self.outcome, 0.9, 0.01)

    def search(self, query: str, **options: Any) -> list[Hit]:
        self.searched.append((query, options))
        return [] if "nothing" in query else [HIT]

    def documents(self) -> list[DocumentSummary]:
        return [SUMMARY]

    def verify(self) -> list[str]:
        return self.problems

    def status(self) -> FakeStatus:
        return FakeStatus()


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> FakeAssistant:
    assistant = FakeAssistant()
    monkeypatch.setattr(library, "open", lambda *_, **__: assistant)
    return assistant


@dataclass
class Builds:
    """What the writing verbs were called with; ``report`` is what they return."""

    report: BuildReport
    calls: list[tuple[tuple[Any, ...], dict[str, Any]]]

    def __call__(self, *arguments: Any, **options: Any) -> BuildReport:
        self.calls.append((arguments, options))
        return self.report


@pytest.fixture
def builds(monkeypatch: pytest.MonkeyPatch) -> Builds:
    builds = Builds(BuildReport(added=("bridge.pdf",), pages=12, passages=34, encoded=34), [])
    for name in ("build", "add", "remove"):
        monkeypatch.setattr(library, name, builds)
    return builds


def test_ask_prints_the_quote_and_where_it_stands(
    fake: FakeAssistant, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["ask", "How", "many", "defects?"]) == 0
    out = capsys.readouterr().out
    assert fake.asked[0][0] == "How many defects?"
    assert out.splitlines()[0] == "11"
    assert f"“{QUOTE}” [1]" in out.splitlines()
    assert "[1] Bridge: Bridge inspection, page iii (page 3 of the file), paragraph 2.1" in out
    assert "https://example.org/bridge" in out
    assert fake.closed


def test_ask_json_is_the_answer_with_the_names_of_its_fields(
    fake: FakeAssistant, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["ask", "How many defects?", "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert list(printed) == [field.name for field in fields(Answer)]
    assert list(printed["citations"][0]) == [field.name for field in fields(Citation)]
    assert list(printed["hits"][0]) == [field.name for field in fields(Hit)]
    assert list(printed["hits"][0]["passage"]) == [field.name for field in fields(Passage)]
    assert printed["citations"][0]["quote"] == QUOTE


def test_declining_says_so_shows_the_nearest_passages_and_is_no_failure(
    fake: FakeAssistant, capsys: pytest.CaptureFixture[str]
) -> None:
    fake.outcome = "not_found"
    assert cli.main(["ask", "Who painted it?"]) == 0
    out = capsys.readouterr().out
    assert "The documents do not answer this." in out
    assert "Sources" not in out
    assert "Bridge: Bridge inspection, Findings > North, page 3, paragraph 2.1" in out
    assert QUOTE in out


def test_earlier_questions_are_replayed_so_that_a_follow_up_can_be_asked(
    fake: FakeAssistant, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["ask", "And the south?", "--after", "How many?", "--after", "And the north?"]
    assert cli.main([*arguments, "--review", "Bridge"]) == 0
    assert [question for question, _ in fake.asked] == [
        "How many?",
        "And the north?",
        "And the south?",
    ]
    histories = [[turn.question for turn in options["history"]] for _, options in fake.asked]
    assert histories == [[], ["How many?"], ["How many?", "And the north?"]]
    assert all(isinstance(turn, Turn) for turn in fake.asked[2][1]["history"])
    assert all(options["reviews"] == ["Bridge"] for _, options in fake.asked)
    assert capsys.readouterr().out.startswith("Searched for: And the south? (Bridge)\n")


@pytest.mark.parametrize("verb", ["ask", "search"])
def test_filters_are_repeatable_and_absent_by_default(fake: FakeAssistant, verb: str) -> None:
    assert cli.main([verb, "defects"]) == 0
    options = (fake.asked or fake.searched)[-1][1]
    assert (options["reviews"], options["uris"]) == (None, None)
    filters = ["--review", "Bridge", "--review", "River", "--document", "a.pdf"]
    assert cli.main([verb, "defects", *filters, "--document", "b.pdf"]) == 0
    options = (fake.asked or fake.searched)[-1][1]
    assert options["reviews"] == ["Bridge", "River"]
    assert options["uris"] == ["a.pdf", "b.pdf"]


def test_search_prints_place_score_and_passage(
    fake: FakeAssistant, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["search", "defects", "-k", "3"]) == 0
    assert fake.searched[0][1]["k"] == 3
    assert capsys.readouterr().out == (
        "1. Bridge: Bridge inspection, Findings > North, page 3, paragraph 2.1\n"
        "   score 0.830, dense 0.620, lexical 7.100\n"
        f"   {BRIDGE.text}\n\n"
    )
    assert cli.main(["search", "nothing"]) == 0
    assert capsys.readouterr().out == "Nothing found.\n"
    assert cli.main(["search", "defects", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["passage"]["paragraph"] == "2.1"


def test_list_names_each_document_by_its_uri(
    fake: FakeAssistant, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["list"]) == 0
    assert capsys.readouterr().out == (
        "bridge.pdf: Bridge: Bridge inspection\n"
        "    12 pages, 34 passages, added 2026-01-02T03:04:05Z\n"
    )
    assert cli.main(["list", "--json"]) == 0
    (printed,) = json.loads(capsys.readouterr().out)
    assert list(printed) == [field.name for field in fields(DocumentSummary)]


def test_status_prints_every_field(fake: FakeAssistant, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["status"]) == 0
    assert capsys.readouterr().out == ("index:       index\ngeneration:  4\nbytes:       1250000\n")
    assert cli.main(["status", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["generation"] == 4


def test_verify_names_the_problems_and_fails(
    fake: FakeAssistant, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["verify"]) == 0
    assert capsys.readouterr().out == "All is well. Documents verified: 1.\n"
    fake.problems = ["passage 7 is in the ledger and not in the dense index"]
    assert cli.main(["verify"]) == 1
    assert capsys.readouterr().out == fake.problems[0] + "\n"
    assert cli.main(["verify", "--json"]) == 1
    assert json.loads(capsys.readouterr().out) == {"problems": fake.problems}


def test_index_takes_the_corpus_of_the_settings_unless_one_is_named(
    builds: Builds, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("QA_CORPUS", "reports")
    assert cli.main(["index", "--index", "there"]) == 0
    (source, index), options = builds.calls[-1]
    assert (source, index) == ("reports", "there")
    assert options["settings"].index == "there"
    assert (options["rebuild"], options["progress"]) == (False, None)
    assert capsys.readouterr().out == (
        "Documents: 1 added, 0 changed, 0 removed, 0 unchanged, 0 failed.\n"
        "The index holds 12 pages and 34 passages; 34 were encoded now, in 0.0 s.\n"
    )
    assert cli.main(["index", "elsewhere", "--rebuild"]) == 0
    (source, index), options = builds.calls[-1]
    assert (source, index, options["rebuild"]) == ("elsewhere", "index", True)


@pytest.mark.parametrize("verb", [["index"], ["add", "scan.pdf"], ["remove", "scan.pdf"]])
def test_a_file_that_is_not_read_is_a_line_and_a_failure(
    verb: Sequence[str], builds: Builds, capsys: pytest.CaptureFixture[str]
) -> None:
    failed = (Failure("scan.pdf", "holds images only"), Failure("torn.pdf", "is damaged"))
    warnings = (Failure("long.pdf", "page 9 holds an image only"),)
    builds.report = replace(builds.report, failed=failed, warnings=warnings)
    assert cli.main([*verb]) == 1
    printed = capsys.readouterr()
    lines = [
        "not read: scan.pdf: holds images only",
        "not read: torn.pdf: is damaged",
        "note: long.pdf: page 9 holds an image only",
    ]
    assert printed.err.splitlines() == lines
    assert "2 failed" in printed.out
    assert cli.main([*verb, "--json"]) == 1
    printed = capsys.readouterr()
    assert printed.err.splitlines() == lines
    report = json.loads(printed.out)
    assert list(report) == [field.name for field in fields(BuildReport)]
    assert report["failed"][0] == {"uri": "scan.pdf", "reason": "holds images only"}


def test_add_hands_on_only_what_was_said_about_the_file(builds: Builds) -> None:
    said = ["--title", "Bridge", "--review", "Bridge", "--published", "2016-03-23"]
    assert cli.main(["add", "bridge.pdf", *said]) == 0
    (files, index), options = builds.calls[-1]
    assert (files, index) == (["bridge.pdf"], "index")
    assert options["meta"] == {"title": "Bridge", "review": "Bridge", "published": "2016-03-23"}


def test_remove_takes_uris(builds: Builds) -> None:
    assert cli.main(["remove", "a.md", "b.md", "--index", "there"]) == 0
    assert builds.calls[-1][0] == (["a.md", "b.md"], "there")


def test_serve_hands_the_assistant_and_the_address_to_the_web(
    fake: FakeAssistant, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    served: list[tuple[object, str, int, str]] = []

    def serve(
        assistant: object, *, host: str, port: int, root_path: str, ready: Callable[[str], None]
    ) -> None:
        served.append((assistant, host, port, root_path))
        ready(f"http://{host}:{port}")

    monkeypatch.setattr(web, "serve", serve)
    flags = ["--host", "127.0.0.2", "--port", "8000", "--root-path", "/reviews"]
    assert cli.main(["serve", *flags]) == 0
    assert served == [(fake, "127.0.0.2", 8000, "/reviews")]
    assert "http://127.0.0.2:8000" in capsys.readouterr().out
    assert fake.closed
    assert cli.main(["serve", "--port", "65536"]) == 1
    assert "port takes a value from 0 to 65535" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["sing"],
        ["ask"],
        ["ask", "  "],
        ["search", "defects", "-k", "0"],
        ["search", "defects", "-k", "many"],
        ["add"],
        ["add", "a.pdf", "b.pdf", "--title", "One of them"],
        ["serve", "--port", "http"],
        ["list", "--jso"],
    ],
)
def test_wrong_usage_is_2(
    arguments: Sequence[str], fake: FakeAssistant, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        cli.main(arguments)
    assert left.value.code == 2
    assert capsys.readouterr().err.startswith("usage: qa")
    assert not fake.asked


def test_an_error_is_one_line_and_its_hint(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def missing(*_: object, **__: object) -> FakeAssistant:
        raise IndexMissing("there is no index\nat 'there'", hint="qa index corpus --index there")

    monkeypatch.setattr(library, "open", missing)
    assert cli.main(["ask", "Why?"]) == 1
    assert capsys.readouterr().err == (
        "qa: there is no index at 'there'\nhint: qa index corpus --index there\n"
    )


def test_an_unusable_setting_is_an_error_with_a_hint(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("QA_TRESHOLD", "0.4")
    assert cli.main(["list"]) == 1
    assert "did you mean 'threshold'?" in capsys.readouterr().err


def test_a_full_disk_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(*_: object, **__: object) -> BuildReport:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(library, "build", full)
    assert cli.main(["index"]) == 1
    assert capsys.readouterr().err == "qa: [Errno 28] No space left on device\n"


def test_an_interruption_is_quiet(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object, **__: object) -> BuildReport:
        raise KeyboardInterrupt

    monkeypatch.setattr(library, "build", interrupted)
    assert cli.main(["index"]) == 130
    assert capsys.readouterr() == ("", "")


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        cli.main(["--version"])
    assert left.value.code == 0
    assert capsys.readouterr().out.startswith("qa 0.")


# Conversations.


def converse(monkeypatch: pytest.MonkeyPatch, lines: Sequence[str], *options: str) -> int:
    monkeypatch.setattr(sys, "stdin", io.StringIO("".join(f"{line}\n" for line in lines)))
    return cli.main(["chat", *options])


def test_a_chat_keeps_its_history_until_a_new_one_is_asked_for(
    fake: FakeAssistant, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = ["How many?", "", "And the north?", "/new", "And the south?", "/quit", "Too late?"]
    assert converse(monkeypatch, lines, "--review", "Bridge") == 0
    histories = {
        question: [turn.question for turn in options["history"]] for question, options in fake.asked
    }
    assert histories == {
        "How many?": [],
        "And the north?": ["How many?"],
        "And the south?": [],
    }
    assert fake.asked[0][1]["reviews"] == ["Bridge"]
    assert "A new conversation." in capsys.readouterr().out


def test_sources_shows_the_passage_around_each_quote(
    fake: FakeAssistant, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert converse(monkeypatch, ["/sources", "How many?", "/sources"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("Nothing has been asked yet.\n")
    assert f"    {BRIDGE.text}\n" in out
    fake.outcome = "not_found"
    assert converse(monkeypatch, ["Who?", "/sources", "/what"]) == 0
    out = capsys.readouterr().out
    assert "The last answer cites nothing.\n" in out
    assert out.endswith(chatting.CHAT_HELP + "\n")


def test_a_question_that_fails_does_not_end_the_chat(
    fake: FakeAssistant, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert converse(monkeypatch, ["fail", "How many?"]) == 0
    printed = capsys.readouterr()
    assert printed.err == "qa: it broke\nhint: mend it\n"
    assert QUOTE in printed.out
    assert fake.asked[1][1]["history"] == []


def test_a_chat_in_json_is_one_answer_a_line(
    fake: FakeAssistant, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert converse(monkeypatch, ["How many?", "And now?"], "--json") == 0
    answers = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [answer["question"] for answer in answers] == ["How many?", "And now?"]


# Terminals.


class Terminal(io.TextIOWrapper):
    """A stream of its own encoding that may be a terminal."""

    def __init__(self, encoding: str, *, interactive: bool = False) -> None:
        self.written = io.BytesIO()
        self.interactive = interactive
        super().__init__(self.written, encoding=encoding, write_through=True)

    def isatty(self) -> bool:
        return self.interactive

    def text(self) -> str:
        return self.written.getvalue().decode(self.encoding)


def test_on_a_terminal_text_is_wrapped_and_addresses_stay_whole(
    fake: FakeAssistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = Terminal("utf-8", interactive=True)
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setenv("COLUMNS", "40")
    assert cli.main(["ask", "How many defects?"]) == 0
    lines = out.text().splitlines()
    assert max(map(len, lines)) <= 40
    assert "“The inspection found 11 defects in the" in lines
    assert "      https://example.org/bridge" in lines


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252"])
def test_another_encoding_than_utf_8_fails_no_answer(
    fake: FakeAssistant, monkeypatch: pytest.MonkeyPatch, encoding: str
) -> None:
    out = Terminal(encoding)
    monkeypatch.setattr(sys, "stdout", out)
    assert cli.main(["ask", "How many – “defects” 数?"]) == 0
    assert QUOTE in out.text()
    out = Terminal(encoding)
    monkeypatch.setattr(sys, "stdout", out)
    assert cli.main(["ask", "How many – “defects” 数?", "--json"]) == 0
    assert json.loads(out.text())["question"] == "How many – “defects” 数?"


def test_quotation_marks_and_letters_have_plain_forms(monkeypatch: pytest.MonkeyPatch) -> None:
    out = Terminal("ascii")
    monkeypatch.setattr(sys, "stdout", out)
    terminal.never_fail_to_print()
    terminal.say("“Café” – it’s 数 \udcff")
    assert out.text() == '"Cafe" - it\'s ? ?\n'


def test_no_escape_sequence_of_a_document_reaches_the_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    terminal.say("a\x1b[2Jb\x07c\x9bd")
    terminal.warn("a\x1b]0;title\x07b\nc")
    assert capsys.readouterr() == ("a[2Jbcd\n", "a]0;titleb c\n")


def test_progress_is_drawn_on_a_terminal_only(monkeypatch: pytest.MonkeyPatch) -> None:
    err = Terminal("utf-8")
    monkeypatch.setattr(sys, "stderr", err)
    with terminal.progress() as show:
        assert show is None
    err = Terminal("utf-8", interactive=True)
    monkeypatch.setattr(sys, "stderr", err)
    with terminal.progress() as show:
        assert show is not None
        show("reading", 0, 2)
        show("reading", 2, 2)
        show("encoding", 1, 40)
    assert "reading" in err.text()
    assert "encoding" in err.text()


# The command as a process, on a real index.


def qa(*arguments: str, cwd: Path, **options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "qa", *arguments],
        cwd=cwd,
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={**os.environ, **options},
    )


def test_a_question_is_answered_from_the_documents(small_index: Path) -> None:
    question = "How many defects did the inspection of Denby Bridge find in the north span?"
    done = qa("ask", question, "--json", cwd=small_index.parent)
    assert (done.returncode, done.stderr) == (0, "")
    answer = json.loads(done.stdout)
    assert answer["outcome"] == "answered"
    first = answer["citations"][0]
    assert first["review"] == "Denby"
    assert "11 defects" in first["quote"]
    assert f"“{first['quote']}” [1]" in answer["text"]
    human = qa("ask", question, cwd=small_index.parent, PYTHONIOENCODING="ascii")
    assert (human.returncode, human.stderr) == (0, "")
    assert f'"{first["quote"]}" [1]' in human.stdout


def test_a_follow_up_is_asked_after_its_question(small_index: Path) -> None:
    first = "Did the inspection of Denby Bridge find defects in the north span?"
    done = qa("ask", "And in the south span?", "--after", first, cwd=small_index.parent)
    assert done.returncode == 0
    assert "south span" in done.stdout


def test_an_index_that_is_up_to_date_encodes_nothing(small_index: Path) -> None:
    done = qa("index", "--json", cwd=small_index.parent)
    report = json.loads(done.stdout)
    assert done.returncode == 0
    assert report["encoded"] == 0
    assert report["unchanged"] == ["denby.md", "wenning.md"]
    assert qa("verify", cwd=small_index.parent).returncode == 0


def test_an_index_that_is_not_there_is_an_error_with_a_hint(tmp_path: Path) -> None:
    done = qa("ask", "Why?", "--index", "nowhere", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stdout == ""
    lines = done.stderr.splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("qa: ")
    assert lines[1].startswith("hint: ")
    assert "qa index" in lines[1]


@pytest.mark.parametrize("verb", ["ask", "search"])
def test_asking_imports_neither_torch_nor_the_web(small_index: Path, verb: str) -> None:
    code = (
        "import sys; from qa.cli import main; code = main(sys.argv[1:]);"
        "print(*sys.modules, file=sys.stderr); sys.exit(code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, verb, "How many defects?"],
        cwd=small_index.parent,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
    )
    loaded = {module.partition(".")[0] for module in done.stderr.split()}
    assert "onnxruntime" in loaded
    assert not loaded & {"torch", "sentence_transformers", "transformers", "onnx", "gradio"}


def test_a_closed_pipe_is_quiet(small_index: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "qa", "list"],
        cwd=small_index.parent,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait() == 0


def test_an_interrupted_chat_is_quiet(small_index: Path) -> None:
    # A shell starts its background jobs with SIGINT ignored: what runs the tests may have been one.
    program = (
        "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); "
        "from qa.cli import main; sys.exit(main(['chat', '--json']))"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program],
        cwd=small_index.parent,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write("How many defects did the inspection find?\n")
    process.stdin.flush()
    assert json.loads(process.stdout.readline())["outcome"]
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=30) == ("", "")
    assert process.returncode == 130
