"""`qa eval` from end to end: run, interrupted, resumed, compared, bounded."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from runs import make_result, make_run

import qa
from qa import cli, evaluation
from qa.evaluation import Options, Run, evaluate, read_runs, write_runs
from qa.evaluation.journal import Journal, code_digest

ROOT = Path(__file__).resolve().parents[1]
OWN = ROOT / "tests" / "questions" / "reviews.jsonl"
PARTS = "arch pier deck parapet span bearing pile cable".split()


def write_set(folder: Path) -> Path:
    """A set of 12 small documents, of which two in three questions are answered."""
    folder.mkdir()
    documents, queries, qrels = [], [], []
    for number in range(12):
        place, part = f"Bridge {number + 1}", PARTS[number % 8]
        fact = f"The {part} of {place} was repaired in {1950 + number} after a storm."
        text = f"{fact} The county inspected {place} and found {number + 3} defects in the {part}."
        documents.append({"_id": f"b{number}", "title": place, "text": text})
        answerable = number % 3 < 2
        asked = f"In which year was the {part} of {place} repaired?"
        query = {
            "_id": f"q{number}",
            "text": asked if answerable else f"Who paid for the lighting of {place}?",
            "answerable": answerable,
            "answers": [str(1950 + number)] if answerable else [],
            "kind": "year" if answerable else "none",
            "source_doc": f"b{number}",
        }
        if number % 6 == 1:
            query["text"] = "And in which year was it repaired?"
            query["history"] = [f"user: What happened to the {part} of {place}?", "agent: A storm."]
            query["rewrite"] = asked
            query["conversation_id"] = "storms"
        queries.append(query)
        if answerable:
            qrels.append(f"q{number}\tb{number}\t1")
    for name, rows in (("corpus", documents), ("queries", queries)):
        text = "".join(json.dumps(row) + "\n" for row in rows)
        (folder / f"{name}.jsonl").write_text(text, encoding="utf-8")
    (folder / "qrels.tsv").write_text("\n".join(qrels) + "\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def bridges(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_set(tmp_path_factory.mktemp("sets") / "bridges")


@pytest.fixture(scope="module")
def work(models: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder to work in, where the model is compiled already."""
    folder = tmp_path_factory.mktemp("work")
    shutil.copytree(models, folder / "models")
    return folder


@pytest.fixture(scope="module")
def run(bridges: Path, work: Path) -> Run:
    return evaluate(bridges, work=work)


def timeless(run: Run) -> list[Any]:
    """The results without what the clock says."""
    return [replace(result, search_ms=0.0, answer_ms=None) for result in run.results]


# A run.


def test_a_set_is_run_from_end_to_end(run: Run, bridges: Path) -> None:
    figures = {figure.name: figure for figure in run.figures}
    assert figures["ndcg@10"].count == 8
    assert figures["ndcg@10"].value >= 0.9
    assert figures["right"].value >= 0.6
    assert figures["answered"].count == 12
    assert figures["unanswerable_declined"].count == 4
    assert figures["ndcg@10/alone"].count == figures["ndcg@10/rewrite"].count == 2
    # "And in which year was it repaired?" names no bridge: history and rewrite tell which.
    assert figures["mrr@10/alone"].value < figures["mrr@10/rewrite"].value
    assert run.name == "bridges"
    assert run.path == str(bridges)
    assert all(-1 <= figure.low <= figure.value <= figure.high for figure in run.figures)
    assert run.options["questions"] == 12


def test_a_question_is_asked_of_its_own_document_too(run: Run, work: Path) -> None:
    figures = {figure.name: figure for figure in run.figures}
    assert figures["f1/given"].count == figures["exact/given"].count == 12
    assert (figures["f1/given/has_answer"].count, figures["f1/given/no_answer"].count) == (8, 4)
    assert figures["f1/given"].value <= figures["best_f1/given"].value <= 1
    assert figures["auroc/given"].value >= 0.5
    (index,) = work.glob("bridges-*/index-*")
    with qa.open(index) as assistant:
        for result in run.results[:4]:
            history = [qa.Turn("What happened to the pier of Bridge 2?", "A storm.")]
            uris = [f"b{result.id[1:]}"]
            told = history if result.history else ()
            answer = assistant.ask(result.question, uris=uris, history=told)
            assert result.given
            assert (result.given.outcome, result.given.confidence) == (
                answer.outcome,
                answer.confidence,
            )
            assert {hit.passage.uri for hit in answer.hits} == set(uris)
            declined = answer.outcome == "not_found"
            assert result.given.said == (
                "" if declined else answer.short or answer.citations[0].quote
            )


def test_what_the_history_gains_is_drawn_by_conversation(run: Run) -> None:
    assert {result.conversation for result in run.results} == {"", "storms"}
    figures = {figure.name: figure for figure in run.figures}
    gain = figures["ndcg@10/gain"]
    # Its two questions are of one conversation, which is always drawn.
    assert gain.low == gain.value == gain.high > 0
    results = [result for result in run.results if result.history]
    gains = [each.measures["ndcg@10"] - each.measures["ndcg@10/alone"] for each in results]
    assert gain.value == pytest.approx(sum(gains) / 2)


def test_what_it_cost_is_told(run: Run) -> None:
    cost = run.cost
    assert (cost.documents, cost.passages) == (12, 12)
    assert 0 < cost.search_p50_ms <= cost.search_p95_ms
    assert cost.answer_p50_ms
    assert cost.answer_p95_ms
    assert 0 < cost.answer_p50_ms <= cost.answer_p95_ms
    assert cost.index_bytes > 1000
    assert cost.build_seconds
    assert cost.build_seconds > 0


def test_every_document_is_ranked_and_the_best_ten_passages_shown(run: Run) -> None:
    for result in run.results:
        assert len(result.ranking) == len(dict(result.ranking)) == 12
        scores = [score for _, score in result.ranking]
        assert scores == sorted(set(scores), reverse=True)
        assert len(result.retrieved) == 10
        assert result.retrieved[0].uri == result.ranking[0][0]
    (one,) = [result for result in run.results if result.id == "q0"]
    assert one.gold == ("1950", "in b0")
    assert [found.uri for found in one.retrieved if found.relevant] == ["b0"]


def test_ten_passages_are_the_best_of_a_hundred(run: Run, work: Path) -> None:
    (index,) = work.glob("bridges-*/index-*")
    with qa.open(index) as assistant:
        hits = assistant.search(run.results[0].question, k=10)
    assert [hit.passage.uri for hit in hits] == [each.uri for each in run.results[0].retrieved]


def test_a_second_run_builds_nothing_and_finds_the_same(
    run: Run, bridges: Path, work: Path
) -> None:
    stages: list[str] = []
    again = evaluate(bridges, work=work, progress=lambda stage, *_: stages.append(stage))
    assert set(stages) == {"asking"}
    assert timeless(again) == timeless(run)
    assert again.figures == run.figures
    assert again.cost.build_seconds == run.cost.build_seconds
    assert not list(work.glob("bridges-*/journal-*"))


def test_a_sample_is_searched_only(bridges: Path, work: Path) -> None:
    some = evaluate(bridges, work=work, options=Options(sample=6, retrieval_only=True))
    assert len(some.results) == 6
    assert {result.outcome for result in some.results} == {""}
    assert some.cost.answer_p50_ms is None
    assert some.coverage == ()
    assert some.reliability == ()
    assert not {"right", "answered", "auroc"} & {figure.name for figure in some.figures}
    assert {result.given for result in some.results} == {None}
    assert (some.options["sample"], some.options["questions"]) == (6, 12)


def test_a_set_is_run_over_an_existing_index(bridges: Path, work: Path, run: Run) -> None:
    (index,) = work.glob("bridges-*/index-*")
    options = Options(retrieval_only=True)
    over = evaluate(bridges, index=index, work=work, options=options)
    assert over.cost.build_seconds is None
    assert [result.ranking for result in over.results] == [r.ranking for r in run.results]


def test_pages_of_a_set_are_found_in_an_index_of_the_files(
    models: Path, tmp_path: Path, work: Path
) -> None:
    pages = [
        "The bridge over the river was closed in May.",
        "The inspection found 11 defects in the north span.",
    ]
    text = "\n\n".join(pages)
    first = len(pages[0]) + 2
    spans = (qa.Page(1, "i", 0, first), qa.Page(2, "ii", first, len(text)))
    document = replace(qa.Document.from_text("in/denby.pdf", "Denby", text), pages=spans)
    other = qa.Document.from_text("in/other.txt", "Housing", "The rent of the housing rose.")
    shutil.copytree(models, tmp_path / "index" / "models")
    qa.build([document, other], tmp_path / "index")
    folder = tmp_path / "pages"
    folder.mkdir()
    rows = [
        {"_id": f"denby#{at}", "text": page, "file": "denby.pdf", "page": at}
        for at, page in enumerate(pages, 1)
    ]
    (folder / "corpus.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (folder / "queries.jsonl").write_text('{"_id": "q", "text": "How many defects were found?"}\n')
    (folder / "qrels.tsv").write_text("q\tdenby#2\t1\n")
    for index in (None, tmp_path / "index"):
        run = evaluate(folder, index=index, work=work)
        figures = {figure.name: figure.value for figure in run.figures}
        assert figures["file_hit@5"] == figures["page_hit@5"] == figures["success@10"] == 1.0
        assert {uri for uri, _ in run.results[0].ranking} >= {"denby#1", "denby#2"}


def test_questions_want_an_index(tmp_path: Path) -> None:
    with pytest.raises(qa.QAError, match="there is none") as caught:
        evaluate(OWN, index=tmp_path / "nowhere", work=tmp_path)
    assert "--index" in caught.value.hint


# Interrupted.

EVAL = [sys.executable, "-m", "qa", "eval"]


def test_a_killed_run_goes_on_where_it_stopped(bridges: Path, work: Path, run: Run) -> None:
    command = [*EVAL, str(bridges), "--work", str(work), "--split", ""]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        journals = list(work.glob("bridges-*/journal-*"))
        if journals and journals[0].read_bytes().count(b"\n") > 4:
            break
        time.sleep(0.005)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    (journal,) = work.glob("bridges-*/journal-*")
    kept = [json.loads(line) for line in journal.read_text().split("\n")[1:-1]]
    assert len(kept) >= 3
    resumed = evaluate(bridges, work=work)
    assert timeless(resumed) == timeless(run)
    # The clock tells which results were taken up: no search takes just as long again.
    times = {result.id: (result.search_ms, result.answer_ms) for result in resumed.results}
    for line in kept:
        assert times[line["id"]] == (line["search_ms"], line["answer_ms"])
    assert not journal.exists()


def results_of(folder: Path, made_with: dict[str, Any]) -> list[str]:
    with Journal(folder, made_with) as journal:
        return list(journal.results)


def test_a_torn_last_line_is_dropped(tmp_path: Path) -> None:
    with Journal(tmp_path, {"set": "a"}) as journal:
        for name in ("1", "2", "3"):
            journal.add(make_result(name, measures={"right": 1 / 3}, ranking=(("a", 0.1),)))
        path = journal.path
        whole = dict(journal.results)
    text = path.read_bytes()
    for cut in (1, 40, len(text.splitlines()[-1])):
        path.write_bytes(text[:-cut])
        with Journal(tmp_path, {"set": "a"}) as journal:
            assert list(journal.results) == ["1", "2"]
            assert journal.results["2"] == whole["2"]
            journal.add(make_result("4"))
        assert results_of(tmp_path, {"set": "a"}) == ["1", "2", "4"]
    path.write_bytes(text[:10])
    assert results_of(tmp_path, {"set": "a"}) == []


def test_a_journal_of_something_else_is_never_taken_up(tmp_path: Path) -> None:
    with Journal(tmp_path, {"set": "a", "code": "1"}) as journal:
        journal.add(make_result("1"))
    assert results_of(tmp_path, {"set": "a", "code": "1"}) == ["1"]
    assert results_of(tmp_path, {"set": "a", "code": "2"}) == []
    assert len(code_digest()) == 64


def test_another_setting_or_option_is_another_run(bridges: Path, work: Path) -> None:
    class Stop(Exception):
        pass

    def stop(stage: str, done: int, total: int) -> None:
        if stage == "asking" and done == 2:
            raise Stop

    options = Options(retrieval_only=True)
    with pytest.raises(Stop):
        evaluate(bridges, work=work, options=options, progress=stop)
    assert len(list(work.glob("bridges-*/journal-*"))) == 1
    for settings, changed in (
        (qa.Settings(lexical_weight=0.4), options),
        (qa.Settings(), Options(sample=5, retrieval_only=True)),
    ):
        with pytest.raises(Stop):
            evaluate(bridges, work=work, settings=settings, options=changed, progress=stop)
    assert len(list(work.glob("bridges-*/journal-*"))) == 3
    for journal in work.glob("bridges-*/journal-*"):
        journal.unlink()


# The command.


def eval_(*arguments: object) -> int:
    return cli.main(["eval", *map(str, arguments)])


def test_the_command_prints_a_table_and_writes_files(
    bridges: Path, work: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], run: Run
) -> None:
    files = {name: tmp_path / name for name in ("run.json", "run.trec", "run.html")}
    arguments = ["--json", files["run.json"], "--trec", files["run.trec"]]
    arguments += ["--report", files["run.html"]]
    assert eval_(bridges, "--work", work, *arguments) == 0
    out = capsys.readouterr().out
    figure = run.figure("ndcg@10")
    assert figure
    assert f"ndcg@10                    {figure.value:.3f}  {figure.low:.3f} to" in out
    assert "12 passages of 12 documents" in out
    (read,) = read_runs(files["run.json"])
    assert timeless(read) == timeless(run)
    assert read.figures == run.figures
    trec = files["run.trec"].read_text().splitlines()
    assert len(trec) == 12 * 12
    assert trec[0].split()[:2] == ["q0", "Q0"]
    assert "<html" in files["run.html"].read_text(encoding="utf-8")


@pytest.fixture
def faked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """`qa eval` runs nothing: it has figures of 0.75, and 12 questions that failed."""
    measures = [{"right": float(at >= 12), "ndcg@10": 0.75} for at in range(48)]
    results = [make_result(f"r{at}", measures=each) for at, each in enumerate(measures)]

    def fake(path: str, **_: Any) -> Run:
        return make_run(results, name=Path(path).stem)

    monkeypatch.setattr(evaluation, "evaluate", fake)
    for name in ("one", "two"):
        (tmp_path / f"{name}.jsonl").write_text('{"id": 1, "question": "?", "answerable": true}\n')
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_failing_questions_are_listed_and_the_rest_counted(
    faked: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert eval_("one.jsonl") == 0
    out = capsys.readouterr().out
    assert "12 questions failed." in out
    assert "r9: What of r9?" in out
    assert "r10" not in out
    assert "and 2 more: --json or --report lists all" in out


def test_a_figure_under_its_bound_is_a_line_and_exit_code_1(
    faked: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert eval_("one.jsonl", "--fail-under", "right=0.75", "--fail-under", "NDCG@10=0.7") == 0
    assert capsys.readouterr().err == ""
    bounds = ["--fail-under", "right=0.8", "--fail-under", "ndcg@10=0.9"]
    assert eval_("one.jsonl", "two.jsonl", *bounds) == 1
    assert capsys.readouterr().err.splitlines() == [
        "one: right is 0.7500, under 0.8",
        "two: right is 0.7500, under 0.8",
        "one: ndcg@10 is 0.7500, under 0.9",
        "two: ndcg@10 is 0.7500, under 0.9",
    ]


def test_an_unknown_figure_is_an_error_that_names_the_nearest(
    faked: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert eval_("one.jsonl", "--fail-under", "ndcg=0.7") == 1
    assert "did you mean 'ndcg@10'?" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["one.jsonl", "--compare", "a", "b"],
        ["one.jsonl", "--fail-under", "ndcg@10"],
        ["one.jsonl", "--fail-under", "ndcg@10=high"],
        ["one.jsonl", "--fail-under", "ndcg@10=nan"],
        ["one.jsonl", "--sample", "0"],
        ["one.jsonl", "two.jsonl", "--trec", "out"],
        ["--compare", "a", "b", "--fail-under", "right=1"],
    ],
)
def test_wrong_usage_is_exit_code_2(
    faked: Path, arguments: Sequence[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        eval_(*arguments)
    assert caught.value.code == 2
    assert capsys.readouterr().err


def test_outputs_are_checked_before_anything_is_run(
    faked: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evaluation, "evaluate", lambda *_, **__: pytest.fail("it was run"))
    assert eval_("one.jsonl", "--json", "no/such/folder.json") == 1
    assert eval_("one.jsonl", "--report", faked) == 1
    (faked / "bad.jsonl").write_text("{}\n")
    assert eval_("one.jsonl", "bad.jsonl") == 1
    assert "bad.jsonl, line 1" in capsys.readouterr().err


def test_json_is_printed_where_it_is_asked_for(
    faked: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert eval_("one.jsonl", "two.jsonl", "--json", "-") == 0
    printed = json.loads(capsys.readouterr().out)
    assert [run["name"] for run in printed["runs"]] == ["one", "two"]
    assert "pooled" not in printed  # nothing is known of their answers' confidence
    (faked / "saved.json").write_text(json.dumps(printed), encoding="utf-8")
    assert read_runs(faked / "saved.json")[1].figure("ndcg@10")


def test_several_sets_are_pooled(
    monkeypatch: pytest.MonkeyPatch, faked: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def fake(path: str, **_: Any) -> Run:
        count = 12 if path == "one.jsonl" else 4
        measures = {"right/undeclined": float(path == "one.jsonl")}
        results = [make_result(f"r{at}", measures=measures) for at in range(count)]
        return make_run(results, name=Path(path).stem)

    monkeypatch.setattr(evaluation, "evaluate", fake)
    assert eval_("one.jsonl", "two.jsonl", "--json", "out.json", "--report", "out.html") == 0
    out = capsys.readouterr().out
    assert "one, two together" in out
    # At 0.9, 12 of 16 are right; of the two sets, one.
    assert "calibration_error/pooled  0.150  0.150 to 0.150  16" in out
    assert "calibration_error/by_set  0.400  0.400 to 0.400  16" in out
    written = json.loads((faked / "out.json").read_text())
    assert [each["value"] for each in written["pooled"]["figures"]] == pytest.approx([0.15, 0.4])
    assert [run.name for run in read_runs(faked / "out.json")] == ["one", "two"]
    assert "All sets together" in (faked / "out.html").read_text(encoding="utf-8")


def test_two_runs_are_compared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = [make_result(f"r{at}", measures={"right": float(at < 10)}) for at in range(40)]
    after = [make_result(f"r{at}", measures={"right": float(at < 30)}) for at in range(40)]
    write_runs(tmp_path / "a.json", [make_run(before)])
    write_runs(tmp_path / "b.json", [make_run(after, digest="cd" * 32)])
    arguments = ["--compare", tmp_path / "a.json", tmp_path / "b.json"]
    assert eval_(*arguments, "--json", tmp_path / "c.json", "--report", tmp_path / "c.html") == 0
    out = capsys.readouterr().out
    assert "right    0.250   0.750  +0.500  +0.35" in out
    assert "Right now, not before: 20" in out
    assert "and 10 more" in out
    assert "not the same, byte for byte" in out
    (compared,) = json.loads((tmp_path / "c.json").read_text())["comparisons"]
    assert len(compared["gained"]) == 20
    assert compared["lost"] == []
    assert (tmp_path / "c.html").stat().st_size > 1000
    assert eval_(*arguments, "--json", "-") == 0
    assert json.loads(capsys.readouterr().out)["comparisons"] == [compared]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda run: run.pop("cost"), "the run has no 'cost'"),
        (lambda run: run["cost"].update(passages="3"), "cost.passages is '3', not int"),
        (lambda run: run["results"][0].update(measures=3), "results[0].measures is '3'"),
        (lambda run: run["results"][0].update(confidence="x"), "results[0].confidence is 'x'"),
        (lambda run: run.update(figures=[[]]), "figures[0] is not an object"),
        (lambda run: run["results"][0].update(ranking=[["a"]]), "results[0].ranking[0] holds 1"),
    ],
)
def test_a_malformed_run_is_named(tmp_path: Path, change: Any, message: str) -> None:
    path = tmp_path / "run.json"
    values = {"runs": [make_run([make_result("1")]).to_dict()]}
    path.write_text(json.dumps(values))
    assert read_runs(path) == [make_run([make_result("1")])]
    for name in ("given", "conversation"):  # those of older runs have neither
        values["runs"][0]["results"][0].pop(name)
    path.write_text(json.dumps(values))
    assert read_runs(path) == [make_run([make_result("1")])]
    change(values["runs"][0])
    path.write_text(json.dumps(values))
    with pytest.raises(qa.DocumentError) as caught:
        read_runs(path)
    assert message in str(caught.value)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("text", ["", "[]", '{"runs": 3}', "[" * 100_000, '{"runs": [3]}'])
def test_what_is_no_run_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "run.json").write_text(text)
    with pytest.raises(qa.DocumentError, match=r"run\.json"):
        read_runs(tmp_path / "run.json")
    with pytest.raises(qa.DocumentError, match=r"none\.json"):
        read_runs(tmp_path / "none.json")


# The own questions.


@pytest.fixture(scope="module")
def own(reviews_index: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """On half of the own questions. Weights were fitted to them: a guard, not a measure."""
    work = tmp_path_factory.mktemp("own")
    return evaluate(OWN, index=reviews_index, work=work, options=Options(split="held"))


def test_the_own_questions_are_mostly_answered_right(own: Run) -> None:
    figures = {figure.name: figure.value for figure in own.figures}
    # Well under what they reach, so that only a real loss fails.
    assert figures["right"] >= 0.65
    assert figures["right_review"] >= 0.75
    assert figures["answerable_declined"] <= 0.2
    assert figures["unanswerable_declined"] >= 0.5
    assert figures["right/undeclined"] >= figures["right"]


def test_the_own_questions_are_asked_with_what_came_before(own: Run) -> None:
    following = [result for result in own.results if result.history]
    assert following
    assert any(result.query != result.question for result in following)
    # There are no qrels, so nothing is ranked.
    assert not any(name.startswith("ndcg") for result in own.results for name in result.measures)
