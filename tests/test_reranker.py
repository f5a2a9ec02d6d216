"""A cross-encoder named in the settings reranks: seen on a tiny one with random weights."""

from __future__ import annotations

from pathlib import Path

import pytest

import qa
from qa.models import CrossEncoderReranker
from qa.settings import load

QUESTION = "How many defects did the inspection of Denby Bridge find?"


@pytest.fixture(scope="module")
def cross_encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizer

    folder = tmp_path_factory.mktemp("cross-encoder")
    letters = [chr(code) for code in range(ord("a"), ord("z") + 1)]
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    vocabulary = [*special, *letters, *(f"##{letter}" for letter in letters)]
    (folder / "vocab.txt").write_text("\n".join(vocabulary), encoding="utf-8")
    BertTokenizer(str(folder / "vocab.txt")).save_pretrained(folder)
    config = BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        initializer_range=1.0,  # far apart, so that no two passages score the same
    )
    config.num_labels = 1
    BertForSequenceClassification(config).save_pretrained(folder)
    return folder


def test_the_reranker_orders_the_best_passages(small_index: Path, cross_encoder: Path) -> None:
    with qa.open(small_index) as assistant:
        plain = assistant.search(QUESTION, k=4)
    with qa.open(small_index, settings=load(reranker=str(cross_encoder))) as assistant:
        reranked = assistant.search(QUESTION, k=4)
    assert {hit.passage.id for hit in reranked} == {hit.passage.id for hit in plain}
    assert all("rerank" not in hit.signals for hit in plain)
    scores = [hit.signals["rerank"] for hit in reranked if "preferred" not in hit.signals]
    assert scores == sorted(scores, reverse=True)
    found = CrossEncoderReranker(str(cross_encoder)).scores(
        QUESTION, [f"{hit.passage.heading}\n{hit.passage.text}" for hit in reranked]
    )
    assert found == pytest.approx([hit.signals["rerank"] for hit in reranked], abs=1e-5)


def test_nothing_is_reranked_where_there_is_nothing(cross_encoder: Path) -> None:
    assert CrossEncoderReranker(str(cross_encoder)).scores(QUESTION, []) == []


def test_a_reranker_that_is_not_there_is_missing_with_a_hint(
    small_index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(qa.ModelMissing, match="nobody/has-this") as caught:
        qa.open(small_index, settings=load(reranker="nobody/has-this"))
    assert "QA_RERANKER" in caught.value.hint
