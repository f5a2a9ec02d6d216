"""The compiled encoder: as good as the model it was made from, and the same for every batch."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from qa.documents import load_file
from qa.errors import ModelMissing
from qa.models import EMBEDDED, CompiledEncoder, TorchEncoder, compile_encoder, open_encoder
from qa.models.compiling import compiled_folder
from qa.models.encoder import model_place

CORPUS = Path(__file__).resolve().parents[1] / "corpus"


@pytest.fixture(scope="module")
def encoder(models: Path) -> CompiledEncoder:
    return open_encoder(models, EMBEDDED)


@pytest.fixture(scope="module")
def real_text() -> list[str]:
    loaded = load_file(CORPUS / "drew-2016.md", uri="drew-2016.md", max_bytes=10**6)
    document = loaded.document
    return [document.text[p.start : p.end] for p in document.paragraphs if p.kind == "text"]


def test_compiled_vectors_are_those_of_sentence_transformers(
    encoder: CompiledEncoder, real_text: list[str]
) -> None:
    reference = TorchEncoder(EMBEDDED)
    assert encoder.dimension == reference.dimension == 384
    expected = reference.encode_documents(real_text)
    cosines = np.sum(encoder.encode_documents(real_text).vectors * expected, axis=1)
    assert cosines.mean() >= 0.99
    assert cosines.min() >= 0.97
    question = "How many recommendations did Drew make?"
    assert encoder.encode_query(question).vector @ reference.encode_query(question) >= 0.97


def test_the_same_text_has_the_same_vector_whatever_it_is_batched_with(
    encoder: CompiledEncoder, real_text: list[str]
) -> None:
    together = encoder.encode_documents(real_text).vectors
    alone = np.stack([encoder.encode_documents([text]).vectors[0] for text in real_text[:8]])
    assert np.array_equal(together[:8], alone)
    backwards = encoder.encode_documents(real_text[::-1]).vectors[::-1]
    assert np.array_equal(together, backwards)
    assert np.allclose(np.linalg.norm(together, axis=1), 1.0, atol=1e-5)


def test_texts_of_any_kind_have_a_vector(encoder: CompiledEncoder) -> None:
    stored = encoder.encode_documents(["", " ", "\x00", "é" * 5000, "😀"])
    vectors = stored.vectors
    assert vectors.shape == (5, 384)
    assert np.isfinite(vectors).all()
    assert [signs.shape for signs in stored.signs[:3]] == [(0, 48)] * 3
    empty = encoder.encode_documents([])
    assert (empty.vectors.shape, empty.signs) == ((0, 384), ())


def test_tokens_point_into_the_text(encoder: CompiledEncoder) -> None:
    text = "The bridge was closed."
    found = encoder.encode_document(text)
    assert [text[start:end] for start, end in found.spans] == [
        "The",
        "bridge",
        "was",
        "closed",
        ".",
    ]
    assert found.tokens.shape == (5, 384)
    assert np.allclose(np.linalg.norm(found.tokens, axis=1), 1.0, atol=1e-5)
    stored = encoder.encode_documents([text])
    assert np.array_equal(stored.vectors[0], found.vector)
    assert np.array_equal(stored.signs[0], np.packbits(found.tokens > 0, axis=1))


def test_an_end_beyond_the_model_s_old_limit_still_counts(encoder: CompiledEncoder) -> None:
    long = "The bridge was inspected. " * 60
    ends = [long + "It was sound.", long + "The river flooded."]
    one, other = encoder.encode_documents(ends).vectors
    assert not np.array_equal(one, other)


def test_a_compiled_model_is_compiled_once(models: Path) -> None:
    folder = compiled_folder(models, EMBEDDED)
    before = (folder / "model.onnx").stat().st_mtime_ns
    compile_encoder(models, EMBEDDED)
    assert (folder / "model.onnx").stat().st_mtime_ns == before


def test_a_model_that_was_not_compiled_is_missing(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing) as caught:
        open_encoder(tmp_path, EMBEDDED)
    assert "qa index" in caught.value.hint


@pytest.mark.parametrize("harm", ["format", "card", "model", "tokenizer"])
def test_a_damaged_compiled_model_says_how_to_mend_it(
    models: Path, tmp_path: Path, harm: str
) -> None:
    folder = compiled_folder(tmp_path, EMBEDDED)
    shutil.copytree(compiled_folder(models, EMBEDDED), folder)
    if harm == "format":
        card = json.loads((folder / "card.json").read_text())
        (folder / "card.json").write_text(json.dumps({**card, "format": 0}))
    else:
        name = {"card": "card.json", "model": "model.onnx", "tokenizer": "tokenizer.json"}[harm]
        (folder / name).write_text("{}")
    with pytest.raises(ModelMissing) as caught:
        open_encoder(tmp_path, EMBEDDED)
    assert "qa index" in caught.value.hint


def test_an_unknown_model_is_missing_with_a_hint(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(ModelMissing) as caught:
        TorchEncoder("nobody/has-this-model")
    assert EMBEDDED in caught.value.hint


def test_weights_that_are_not_the_published_ones_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"something else")
    monkeypatch.setattr("qa.models.encoder.model_place", lambda name: str(tmp_path))
    with pytest.raises(ModelMissing, match="published weights"):
        TorchEncoder(EMBEDDED)


def test_a_folder_is_its_own_place(tmp_path: Path) -> None:
    assert model_place(str(tmp_path)) == str(tmp_path)
    assert model_place("nobody/has-this-model") == "nobody/has-this-model"
    assert (Path(model_place(EMBEDDED)) / "model.safetensors").is_file()
