"""The reader as transformers runs it: what `reader` compiles, and is compared with.

Importing torch and transformers takes seconds, so at run time nothing here is called.
"""

from __future__ import annotations

import inspect
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from qa.errors import ModelMissing
from qa.models.compiling import MAX_TOKENS, TOKENIZER, TOKENIZER_FIELDS, export

SMALLEST = 16
"""A model that reads fewer word pieces at once holds no question and passage."""
NAME_ANOTHER = (
    "set QA_READER to a model trained for extractive question answering, a folder in Hugging Face "
    "format or a hub name such as deepset/minilm-uncased-squad2, or unset it"
)


def load_question_answering(name: str) -> tuple[Any, Any]:
    """The torch model and its tokenizer, from a folder, the hub client's cache, or the hub.

    The hub is asked only for what is not on this machine. Raises ModelMissing where there is no
    such model, or it is none for question answering.
    """
    for local in (True,) if Path(name).is_dir() else (True, False):
        try:
            model, tokenizer, missing = _load(name, local)
            break
        except Exception as error:  # those of four libraries, some of them bare
            failure = error
    else:
        raise _unloadable(name, failure) from failure
    if missing:
        raise ModelMissing(
            f"{name!r} is no question-answering model: it has no weights for {missing[0]}",
            name=name,
            hint=NAME_ANOTHER,
        )
    _check_tokenizer(tokenizer, model, name)
    return model.eval(), tokenizer


def export_reader(model: Any, tokenizer: Any, path: Path) -> tuple[str, ...]:
    """Write the model as fp32 ONNX with the outputs starts and ends; return its inputs."""
    import torch  # noqa: PLC0415

    class Logits(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, *values: Any) -> Any:
            found = self.model(**dict(zip(sample, values, strict=True)), return_dict=True)
            return found.start_logits, found.end_logits

    sample = _taken(model, tokenizer("Who came?", "An example sentence.", return_tensors="pt"))
    varying = ("batch", "length")
    export(Logits(), sample, path, {"starts": varying, "ends": varying})
    return tuple(sample)


def most_tokens(model: Any, name: str) -> int:
    """How many word pieces the model reads at once. Raises ModelMissing where that is too few."""
    most = int(getattr(model.config, "max_position_embeddings", MAX_TOKENS))
    for key, module in model.named_modules():
        if key.endswith("position_embeddings") and getattr(module, "padding_idx", None) is not None:
            most -= module.padding_idx + 1  # RoBERTa counts positions from there
    if most < SMALLEST:
        raise ModelMissing(
            f"{name!r} reads {most} word pieces at once, which holds no question and passage",
            name=name,
            hint=NAME_ANOTHER,
        )
    return min(MAX_TOKENS, most)


def _load(name: str, local: bool) -> tuple[Any, Any, list[str]]:
    """The model, its tokenizer, and what of the model has no weights in its file."""
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")  # read when the next line is run
    from huggingface_hub import get_hf_file_metadata, hf_hub_url  # noqa: PLC0415
    from transformers import AutoModelForQuestionAnswering, AutoTokenizer  # noqa: PLC0415

    with _quiet():
        if not local:
            # Fails at once where the hub cannot be reached; what is below would try for a minute.
            get_hf_file_metadata(hf_hub_url(name, "config.json"))
        tokenizer = AutoTokenizer.from_pretrained(name, local_files_only=local)
        model, report = AutoModelForQuestionAnswering.from_pretrained(
            name, local_files_only=local, attn_implementation="eager", output_loading_info=True
        )
    return model, tokenizer, sorted(report["missing_keys"])


def _check_tokenizer(tokenizer: Any, model: Any, name: str) -> None:
    """Raise ModelMissing for a tokenizer that cannot be compiled, or is not the model's own."""
    fault = ""
    if not getattr(tokenizer, "is_fast", False):
        fault = f"cannot be saved as {TOKENIZER}"
    elif len(tokenizer) <= len(set(tokenizer.all_special_ids)):
        fault = "knows no words"  # transformers makes one up where a folder holds none
    elif len(tokenizer) > getattr(model.config, "vocab_size", len(tokenizer)):
        fault = "knows more word pieces than the model"
    if fault:
        raise ModelMissing(
            f"the tokenizer of {name!r} {fault}",
            name=name,
            hint=f"put the model's own {TOKENIZER} beside its weights, or {NAME_ANOTHER}",
        )


def _taken(model: Any, encoded: Mapping[str, Any]) -> dict[str, Any]:
    """What the model takes of what the tokenizer gives."""
    taken = set(inspect.signature(model.forward).parameters)
    if getattr(model.config, "type_vocab_size", 0) < 2:
        taken.discard("token_type_ids")  # RoBERTa has a place for them, and one type
    return {key: encoded[key] for key in TOKENIZER_FIELDS if key in encoded and key in taken}


@contextmanager
def _quiet() -> Iterator[None]:
    """Inside, transformers says nothing: what of it matters here is raised as an error."""
    from transformers.utils import logging  # noqa: PLC0415

    before = logging.get_verbosity()
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    try:
        yield
    finally:
        logging.set_verbosity(before)


def _unloadable(name: str, error: Exception) -> ModelMissing:
    reason = " ".join(str(error).split())[:200] or type(error).__name__
    return ModelMissing(
        f"the reader {name!r} cannot be loaded: {reason}",
        name=name,
        hint="unset QA_READER, or download the model where the hub can be reached and name its "
        "folder, which holds config.json, the weights and the tokenizer's files",
    )
