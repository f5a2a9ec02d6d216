"""The compiled reader sees what the torch model sees, whatever the family, passage or question.

The models are tiny, with random weights. To compare to the last digit, one is also opened from a
folder that holds the export before it is quantised.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

import qa
from qa.errors import ModelMissing
from qa.models import CompiledReader, compiling, open_reader
from qa.models.reader import MAX_OVERLAP, MAX_QUESTION, ReaderCard, windows
from qa.models.torch_reader import export_reader, load_question_answering, most_tokens
from qa.settings import load
from qa.types import Reader, SpanScores

KINDS = ["bert", "distilbert", "electra", "roberta"]
POSITIONS = 64
QUESTION = "who saw it?"
PASSAGE = "in May 2019 dr hall inspected the 😀 old bridge, and found 11 défauts."
LONG = " ".join([PASSAGE, "the county closed it.", "a river rose."] * 4)
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
SIZES = {"num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}


def vocabulary() -> list[str]:
    letters = [*map(chr, range(ord("a"), ord("z") + 1)), *"0123456789"]
    return [*SPECIAL, *letters, *(f"##{letter}" for letter in letters), ".", ",", "?"]


def save_tokenizer(kind: str, folder: Path) -> int:
    """Write the tokenizer's files; return how many word pieces it knows."""
    from tokenizers import ByteLevelBPETokenizer
    from transformers import BertTokenizer, RobertaTokenizer

    if kind == "roberta":
        special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
        trained = ByteLevelBPETokenizer()
        trained.train_from_iterator([LONG.lower()], vocab_size=400, special_tokens=special)
        trained.save_model(str(folder))
        made: Any = RobertaTokenizer(str(folder / "vocab.json"), str(folder / "merges.txt"))
    else:
        (folder / "vocab.txt").write_text("\n".join(vocabulary()), encoding="utf-8")
        made = BertTokenizer(str(folder / "vocab.txt"))
    made.save_pretrained(folder)
    return len(made)


def save_model(kind: str, folder: Path) -> None:
    import torch
    import transformers

    folder.mkdir(parents=True)
    pieces = save_tokenizer(kind, folder)
    names: dict[str, dict[str, Any]] = {
        "bert": {"hidden_size": 32, **SIZES},
        "distilbert": {"dim": 32, "n_layers": 2, "n_heads": 2, "hidden_dim": 64},
        "electra": {"embedding_size": 16, "hidden_size": 32, **SIZES},
        "roberta": {"hidden_size": 32, "type_vocab_size": 1, "pad_token_id": 1, **SIZES},
    }
    families = {"bert": "Bert", "distilbert": "DistilBert", "electra": "Electra"}
    family = families.get(kind, "Roberta")
    config = getattr(transformers, f"{family}Config")(
        vocab_size=pieces,
        max_position_embeddings=POSITIONS + (2 if kind == "roberta" else 0),
        initializer_range=0.3,  # far apart, so that no two word pieces score the same
        **names[kind],
    )
    torch.manual_seed(5)
    getattr(transformers, f"{family}ForQuestionAnswering")(config).save_pretrained(folder)


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sources")
    for kind in KINDS:
        save_model(kind, folder / kind)
    return folder


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module", params=KINDS)
def exact(
    request: pytest.FixtureRequest, sources: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[CompiledReader, Any, Any]:
    """A reader that is not quantised, and the torch model and tokenizer that it is made of."""
    name = str(sources / request.param)
    folder = tmp_path_factory.mktemp(request.param)
    model, tokenizer = load_question_answering(name)
    tokenizer.backend_tokenizer.save(str(folder / compiling.TOKENIZER))
    inputs = export_reader(model, tokenizer, folder / compiling.MODEL)
    card = ReaderCard(name, "0", "", most_tokens(model, name), inputs, "0")
    compiling.write_card(folder, card)
    return open_reader(folder, str(folder)), model, tokenizer


@pytest.fixture(scope="module")
def reader(sources: Path, cache: Path) -> CompiledReader:
    return open_reader(cache, str(sources / "bert"))


def reference(
    model: Any, tokenizer: Any, passage: str, *, question: str = QUESTION
) -> tuple[list[str], NDArray[np.float32], NDArray[np.float32], float]:
    """Words, starts and ends of a passage by torch, in the windows that its tokenizer makes."""
    import torch

    asked = len(tokenizer(question, add_special_tokens=False).input_ids)
    around = asked + tokenizer.num_special_tokens_to_add(pair=True)
    overlap = (POSITIONS - around) // 4
    made = tokenizer(
        question,
        passage,
        max_length=POSITIONS,
        truncation="only_second",
        stride=overlap,
        return_overflowing_tokens=True,
        return_offsets_mapping=True,
    )
    found: dict[int, tuple[str, float, float]] = {}
    nulls = []
    for at, ids in enumerate(made.input_ids):
        feed = {"input_ids": torch.tensor([ids])}
        if tokenizer.model_input_names.count("token_type_ids") and hasattr(made, "token_type_ids"):
            feed["token_type_ids"] = torch.tensor([made.token_type_ids[at]])
        if model.config.model_type == "distilbert":
            feed.pop("token_type_ids", None)
        with torch.no_grad():
            logits = model(**feed)
        starts, ends = logits.start_logits[0].tolist(), logits.end_logits[0].tolist()
        nulls.append(starts[0] + ends[0])
        inside = [i for i, side in enumerate(made.sequence_ids(at)) if side == 1]
        for piece, i in enumerate(inside, start=at * (POSITIONS - around - overlap)):
            word = passage[slice(*made.offset_mapping[at][i])].strip()
            _, start, end = found.get(piece, ("", -np.inf, -np.inf))
            found[piece] = word, max(start, starts[i]), max(end, ends[i])
    words, starts, ends = zip(*(row for _, row in sorted(found.items()) if row[0]), strict=True)
    return list(words), np.array(starts, np.float32), np.array(ends, np.float32), min(nulls)


def check_same(
    scores: SpanScores,
    passage: str,
    expected: tuple[list[str], NDArray[np.float32], NDArray[np.float32], float],
) -> None:
    words, starts, ends, null = expected
    assert [passage[start:end] for start, end in scores.spans] == words
    assert scores.starts == pytest.approx(starts, abs=1e-4)
    assert scores.ends == pytest.approx(ends, abs=1e-4)
    assert scores.null == pytest.approx(null, abs=1e-4)


def test_the_export_scores_as_torch_does(exact: tuple[CompiledReader, Any, Any]) -> None:
    reader, model, tokenizer = exact
    assert reader.card.max_tokens == POSITIONS
    short = "the bridge is old 😀 été."
    (found,) = reader.read(QUESTION, [short])
    check_same(found, short, reference(model, tokenizer, short))


def test_a_long_passage_is_read_in_windows(exact: tuple[CompiledReader, Any, Any]) -> None:
    reader, model, tokenizer = exact
    found = reader.read(QUESTION, [PASSAGE, LONG])
    assert len(found[1].spans) > POSITIONS
    check_same(found[0], PASSAGE, reference(model, tokenizer, PASSAGE))
    check_same(found[1], LONG, reference(model, tokenizer, LONG))


@pytest.mark.parametrize("kind", KINDS)
def test_int8_scores_are_close(kind: str, sources: Path, cache: Path) -> None:
    name = str(sources / kind)
    found = open_reader(cache, name).read(QUESTION, [LONG])[0]
    _, starts, ends, null = reference(*load_question_answering(name), LONG)
    assert np.corrcoef(found.starts, starts)[0, 1] >= 0.98
    assert np.corrcoef(found.ends, ends)[0, 1] >= 0.98
    assert found.null == pytest.approx(null, abs=0.5)


def test_a_passage_is_scored_by_itself(reader: CompiledReader, sources: Path, cache: Path) -> None:
    passages = [PASSAGE, "", LONG, "the river rose.", PASSAGE]
    together = reader.read(QUESTION, passages)
    single = open_reader(cache, str(sources / "bert"), threads=1)
    alone = [single.read(QUESTION, [passage])[0] for passage in passages]
    for one, other in zip(together, alone, strict=True):
        assert (one.spans, one.null) == (other.spans, other.null)
        assert np.array_equal(one.starts, other.starts)
        assert np.array_equal(one.ends, other.ends)
    assert reader.read(QUESTION, []) == []


def test_word_pieces_stand_where_they_are_in_the_text(reader: CompiledReader) -> None:
    text = "  Drô 😀\u00a0été\t42 "
    (found,) = reader.read(QUESTION, [text])
    words = [text[start:end] for start, end in found.spans]
    assert "".join(words) == "".join(text.split())
    assert words[0] == "D"
    assert "😀" in words
    assert found.starts.shape == found.ends.shape == (len(words),)
    assert found.starts.dtype == found.ends.dtype == np.float32


@pytest.mark.parametrize("text", ["", " \n", "\u200b"])
def test_a_passage_without_words_has_no_spans(reader: CompiledReader, text: str) -> None:
    (found,) = reader.read(QUESTION, [text])
    assert found.spans == ()
    assert found.starts.shape == found.ends.shape == (0,)
    assert np.isfinite(found.null)


@pytest.mark.parametrize(
    "question",
    ["", " ", "?" * 5000, "who " * 2000, "w" * 5000, "[CLS] [SEP] [PAD]", "\x00\ud800\ufffe", "😀"],
    ids=["empty", "blank", "marks", "words", "word", "special", "broken", "emoji"],
)
def test_no_question_takes_the_passage_s_place(reader: CompiledReader, question: str) -> None:
    found = reader.read(question, [PASSAGE, LONG])
    usual = reader.read(QUESTION, [PASSAGE, LONG])
    assert [scores.spans for scores in found] == [scores.spans for scores in usual]
    for scores in found:
        assert np.isfinite([*scores.starts, *scores.ends, scores.null]).all()


def test_a_long_question_is_cut(reader: CompiledReader) -> None:
    cut = min(MAX_QUESTION, POSITIONS // 4)
    long, other = ("a " * cut + end * 50 for end in ("b ", "c "))
    assert reader.read(long, [PASSAGE])[0].null == reader.read(other, [PASSAGE])[0].null
    assert reader.read("a b", [PASSAGE])[0].null != reader.read("a c", [PASSAGE])[0].null


def test_special_word_pieces_in_a_text_are_text(reader: CompiledReader) -> None:
    text = "a [SEP] [CLS] \ud800 b"
    (found,) = reader.read(QUESTION, [text])
    assert "".join(text[start:end] for start, end in found.spans) == "a[SEP][CLS]b"


@given(st.integers(0, 600), st.integers(4, 100), st.integers(0, 99))
def test_windows_cover_everything(length: int, room: int, share: int) -> None:
    overlap = min(MAX_OVERLAP, room * share // 100)
    begins = windows(length, room, overlap)
    ends = [min(begin + room, length) for begin in begins]
    assert begins[0] == 0
    assert ends[-1] == length
    assert all(end < length for end in ends[:-1])
    for end, begin in zip(ends, begins[1:], strict=False):
        assert end - begin == overlap


def test_a_reader_keeps_the_protocol(reader: CompiledReader, sources: Path) -> None:
    kept: Reader = reader
    assert kept.name == str(sources / "bert")
    assert reader.fingerprint.startswith(f"{reader.name}@")
    assert "+int8." in reader.fingerprint


def test_a_reader_is_compiled_once_and_again_when_its_files_change(
    sources: Path, tmp_path: Path
) -> None:
    source = tmp_path / "model"
    shutil.copytree(sources / "bert", source)
    first = open_reader(tmp_path / "cache", str(source))
    (folder,) = (tmp_path / "cache").iterdir()
    before = (folder / "model.onnx").stat().st_mtime_ns
    open_reader(tmp_path / "cache", str(source))
    assert (folder / "model.onnx").stat().st_mtime_ns == before
    other = sources / "bert" / "changed"
    save_model("bert", other)
    shutil.copytree(other, source, dirs_exist_ok=True)
    os.utime(source / "model.safetensors", ns=(1, 1))
    shutil.rmtree(other)
    again = open_reader(tmp_path / "cache", str(source))
    assert (folder / "model.onnx").stat().st_mtime_ns != before
    assert again.fingerprint == first.fingerprint  # the weights are the same
    shutil.rmtree(source)
    assert open_reader(tmp_path / "cache", str(source)).fingerprint == first.fingerprint
    assert [each.name for each in (tmp_path / "cache").iterdir()] == [folder.name]


@pytest.mark.parametrize("harm", ["format", "card", "keys", "model", "tokenizer"])
def test_a_damaged_compiled_reader_is_made_again(
    sources: Path, cache: Path, tmp_path: Path, harm: str
) -> None:
    name = str(sources / "bert")
    good = open_reader(cache, name)
    shutil.copytree(cache, tmp_path / "cache")
    folder = compiling.compiled_folder(tmp_path / "cache", f"reader:{name}")
    card = asdict(good.card)
    if harm == "format":
        (folder / "card.json").write_text(json.dumps({**card, "format": 0}))
    elif harm == "keys":
        (folder / "card.json").write_text(json.dumps({**card, "more": 1}))
    else:
        file = {"card": "card.json", "model": "model.onnx", "tokenizer": "tokenizer.json"}[harm]
        (folder / file).write_text("{}")
    with pytest.raises(ModelMissing, match="cannot be used") as caught:
        open_reader(tmp_path, str(folder))  # named itself, it is only opened
    assert "QA_READER" in caught.value.hint
    assert open_reader(tmp_path / "cache", name).fingerprint == good.fingerprint


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("no head", "no question-answering model"),
        ("no weights", "cannot be loaded"),
        ("cut weights", "cannot be loaded"),
        ("no config", "cannot be loaded"),
        ("no tokenizer", "knows no words"),
        ("another tokenizer", "more word pieces than the model"),
        ("few positions", "holds no question"),
    ],
)
def test_a_folder_that_cannot_be_used_says_why(
    sources: Path, tmp_path: Path, fault: str, message: str
) -> None:
    from transformers import BertConfig, BertForQuestionAnswering, BertModel

    folder, weights = tmp_path / "model", tmp_path / "model" / "model.safetensors"
    shutil.copytree(sources / "bert", folder)
    config = BertConfig.from_pretrained(folder)
    if fault == "no head":
        BertModel(config).save_pretrained(folder)
    elif fault == "no weights":
        weights.unlink()
    elif fault == "cut weights":
        weights.write_bytes(weights.read_bytes()[:500])
    elif fault == "no config":
        (folder / "config.json").unlink()
    elif fault == "no tokenizer":
        for name in ("vocab.txt", "tokenizer.json", "tokenizer_config.json"):
            (folder / name).unlink()
    elif fault == "another tokenizer":
        config.vocab_size = 40
        BertForQuestionAnswering(config).save_pretrained(folder)
    else:
        config.max_position_embeddings = 8
        BertForQuestionAnswering(config).save_pretrained(folder)
    with pytest.raises(ModelMissing, match=message) as caught:
        open_reader(tmp_path / "cache", str(folder))
    assert "QA_READER" in caught.value.hint
    assert caught.value.name == str(folder)
    assert list((tmp_path / "cache").iterdir()) == []  # nothing half made stays


def test_the_tokenizer_is_made_where_only_its_words_are_there(
    sources: Path, reader: CompiledReader, tmp_path: Path
) -> None:
    shutil.copytree(sources / "bert", tmp_path / "model")
    (tmp_path / "model" / "tokenizer.json").unlink()
    made = open_reader(tmp_path / "cache", str(tmp_path / "model"))
    one, other = (each.read(QUESTION, [PASSAGE])[0] for each in (made, reader))
    assert one.spans == other.spans
    assert np.array_equal(one.starts, other.starts)


def test_a_hub_that_cannot_be_reached_is_asked_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def unreachable(url: str) -> None:
        asked.append(url)
        raise OSError("the network is down")

    monkeypatch.setattr("huggingface_hub.get_hf_file_metadata", unreachable)
    with pytest.raises(ModelMissing, match=r"nobody/has-this.*the network is down") as caught:
        open_reader(tmp_path, "nobody/has-this")
    assert len(asked) == 1
    assert "QA_READER" in caught.value.hint
    with pytest.raises(ModelMissing, match="cannot be loaded"):
        open_reader(tmp_path, str(tmp_path))
    assert len(asked) == 1  # a folder is not looked for in a hub


def test_asking_with_a_compiled_reader_imports_no_torch(
    small_index: Path, sources: Path, tmp_path: Path
) -> None:
    index, name = tmp_path / "index", str(sources / "distilbert")
    shutil.copytree(small_index, index)
    with qa.open(index, settings=load(reader=name)) as assistant:
        assert assistant.settings.reader == name
    code = (
        "import sys, qa.cli; code = qa.cli.main(['ask', 'How many defects were found?']); "
        "print(code, *sys.modules)"
    )
    environ = {**os.environ, "QA_READER": name, "QA_INDEX": str(index)}
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", env=environ)
    assert done.returncode == 0, done.stderr
    code_of_ask, *modules = done.stdout.splitlines()[-1].split()
    assert code_of_ask == "0"
    assert "onnxruntime" in modules
    unwanted = {"torch", "transformers", "sentence_transformers", "huggingface_hub"}
    assert not unwanted & set(modules)


def test_opening_with_a_reader_that_is_none_says_so(small_index: Path, tmp_path: Path) -> None:
    with pytest.raises(qa.ModelMissing, match="cannot be loaded") as caught:
        qa.open(small_index, settings=load(reader=str(tmp_path)))
    assert "QA_READER" in caught.value.hint


def test_a_model_at_work_reports_to_nobody(tmp_path: Path) -> None:
    # onnxruntime leaves the name of its session in the folder for temporary files before it sends.
    code = (
        "from pathlib import Path; from qa.models import open_reader; import sys; "
        "print(len(open_reader(Path(sys.argv[1]), 'minilm-reader').read('Who?', ['Ann saw it.'])))"
    )
    environment = {name: value for name, value in os.environ.items() if "TELEMETRY" not in name}
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "models")],
        env={**environment, "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "1\n"
    assert list(tmp_path.iterdir()) == []
