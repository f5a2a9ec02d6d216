"""Train the reader that comes with the package, from the embedded encoder's weights.

    python training/fit_reader.py --eval ../shared/eval --out reader

Two rounds: over questions made by rule from all the texts at hand, then over those of the sets
(`windows`). What is measured with, some articles of SQuAD 2.0, and half of the other sets' and of
the reviews' own questions, is not learnt from (`cases`). The word vectors stay as they are, and
lower layers learn more slowly. It takes an hour and a half on two CPU cores. With ``--curve`` it is
measured on the questions left out as it learns.

Then ``--ship`` compiles the folder into ``src/qa/models/reader``; fit the evidence after it.
"""

from __future__ import annotations

import argparse
import random
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import torch
from cases import REVIEWS, ROOT, Case, all_cases
from fit_evidence import rank
from sklearn.metrics import roc_auc_score
from transformers import AutoTokenizer, BertForQuestionAnswering
from windows import Stretch, asked, of_case, ruled

from qa.answers.evidence import shipped_weights
from qa.models import open_reader
from qa.models.encoder import EMBEDDED, model_place

PIECES = 176
QUESTION_CHARACTERS = 400
BATCH = 16
RATE = 1.5e-4
DECAY = 0.85
"""What a layer's rate is of that of the layer above it."""
HEAD = 5
"""What the head's rate is of the highest layer's: it begins with nothing."""
ROUNDS = {"rule": 0.8, "sets": 3.0}
"""How often each round goes through its questions."""
LONGEST = 30
EVERY = 250

SHIPPED = ROOT / "src" / "qa" / "models" / "shipped_reader"


@dataclass(frozen=True, slots=True)
class Example:
    """Word pieces with their types, the first and last of the answer or 0, and which are text."""

    ids: list[int]
    types: list[int]
    span: tuple[int, int]
    own: list[bool]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--eval", type=Path, required=True, help="folder of the question sets")
    parser.add_argument("--out", type=Path, required=True, help="folder for the trained model")
    parser.add_argument("--curve", action="store_true", help="measure it while it learns")
    parser.add_argument("--ship", action="store_true", help="compile it into the package")
    args = parser.parse_args()
    torch.manual_seed(0)
    with tempfile.TemporaryDirectory() as scratch:
        train(args.eval, Path(scratch), args.out, curve=args.curve)
    if args.ship:
        ship(args.out)


def train(sets: Path, scratch: Path, out: Path, *, curve: bool) -> None:
    """The folder ``out`` holds the trained model in Hugging Face's form."""
    place = model_place(EMBEDDED)
    tokenizer = AutoTokenizer.from_pretrained(place)
    model = BertForQuestionAnswering.from_pretrained(place)
    for weights in model.bert.embeddings.parameters():
        weights.requires_grad = False
    cases = [case for case in all_cases(sets, scratch) if case.evidence]
    cases = [rank(case, shipped_weights().sentence) for case in cases]
    held = {name: shown_first(cases, name, tokenizer) for name in ("squad2", "clapnq_dev", REVIEWS)}
    rounds = {"rule": ruled(sets, scratch / REVIEWS), "sets": asked(cases, sets)}
    for name, stretches in rounds.items():
        examples = encoded(stretches, tokenizer)
        steps = int(len(examples) / BATCH * ROUNDS[name])
        optimiser = torch.optim.AdamW(rates(model))
        schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, partial(pace, steps))
        for step, batch in enumerate(islice(batches(examples), steps), start=1):
            learn(model, optimiser, batch)
            schedule.step()
            if curve and (step % EVERY == 0 or step == steps):
                told = "; ".join(f"{each} {measured(model, held[each])}" for each in held)
                print(f"{name} {step} of {steps}: {told}", flush=True)
    model.save_pretrained(out)
    tokenizer.save_pretrained(out)


def shown_first(cases: Sequence[Case], name: str, tokenizer: Any) -> list[Example]:
    """The first stretch of each question left out."""
    left = [case for case in cases if case.name == name and not case.learnt]
    return encoded([stretch for case in left for stretch in of_case(case)[:1]][:500], tokenizer)


def encoded(stretches: Sequence[Stretch], tokenizer: Any) -> list[Example]:
    """Each stretch as word pieces, without those whose answer is cut off."""
    found = []
    for each in stretches:
        pieces = tokenizer(
            each.question[:QUESTION_CHARACTERS],
            each.heading + each.text,
            truncation="only_second",
            max_length=PIECES,
            return_offsets_mapping=True,
        )
        begin, offsets = len(each.heading), pieces["offset_mapping"]
        own = [
            part == 1 and at[0] >= begin
            for at, part in zip(offsets, pieces.sequence_ids(), strict=True)
        ]
        inside = [0]
        if each.answer:
            start, end = (place + begin for place in each.answer)
            inside = [at for at, (a, z) in enumerate(offsets) if own[at] and z > start and a < end]
        if inside:
            span = inside[0], inside[-1]
            found.append(Example(pieces["input_ids"], pieces["token_type_ids"], span, own))
    return found


def batches(examples: Sequence[Example]) -> Iterator[list[Example]]:
    """Batches of texts of like length, without end, in another order each time."""
    chance = random.Random(0)
    while True:
        shuffled = chance.sample(examples, len(examples))
        rows = range(0, len(shuffled), BATCH * 40)
        alike = [
            sorted(shuffled[at : at + BATCH * 40], key=lambda one: len(one.ids)) for at in rows
        ]
        made = [some[at : at + BATCH] for some in alike for at in range(0, len(some), BATCH)]
        yield from chance.sample(made, len(made))


def rates(model: Any) -> list[dict[str, Any]]:
    """What each weight learns by: lower layers more slowly, the head faster."""
    layers = model.config.num_hidden_layers
    groups = []
    for name, weights in model.named_parameters():
        if not weights.requires_grad:
            continue
        layer = int(name.split(".layer.")[1].split(".")[0]) if ".layer." in name else None
        rate = RATE * HEAD if layer is None else RATE * DECAY ** (layers - 1 - layer)
        decay = 0.01 if weights.dim() > 1 else 0.0
        groups.append({"params": [weights], "lr": rate, "weight_decay": decay})
    return groups


def pace(steps: int, step: int) -> float:
    """The share of the rate at a step: up over a sixteenth of them, then down."""
    return min(1.0, (step + 1) / (0.06 * steps)) * max(0.02, 1 - step / steps)


def learn(model: Any, optimiser: Any, batch: Sequence[Example]) -> None:
    """One step."""
    model.train()
    starts, ends = (torch.tensor([one.span[side] for one in batch]) for side in (0, 1))
    model(**padded(batch), start_positions=starts, end_positions=ends).loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimiser.step()
    optimiser.zero_grad()


def padded(batch: Sequence[Example]) -> dict[str, Any]:
    longest = max(len(one.ids) for one in batch)
    fill = [longest - len(one.ids) for one in batch]
    return {
        "input_ids": torch.tensor([one.ids + [0] * n for one, n in zip(batch, fill, strict=True)]),
        "token_type_ids": torch.tensor(
            [one.types + [0] * n for one, n in zip(batch, fill, strict=True)]
        ),
        "attention_mask": torch.tensor(
            [[1] * len(one.ids) + [0] * n for one, n in zip(batch, fill, strict=True)]
        ),
    }


@torch.no_grad()
def measured(model: Any, examples: Sequence[Example]) -> str:
    """How well it tells what answers from what does not, and how well it marks what does."""
    model.eval()
    margins, overlaps = [], []
    for one in examples:
        out = model(**padded([one]))
        starts, ends = out.start_logits[0], out.end_logits[0]
        none = float(starts[0] + ends[0])
        own = torch.tensor(one.own)
        table = starts[:, None] + ends[None, :]
        spans = torch.ones_like(table).triu().tril(LONGEST - 1).bool()
        table[~(spans & own[:, None] & own[None, :])] = -torch.inf
        first, last = divmod(int(table.argmax()), len(ends))
        margins.append(float(starts[first] + ends[last]) - none)
        if one.span[0]:
            shared = max(0, min(last, one.span[1]) - max(first, one.span[0]) + 1)
            overlaps.append(2 * shared / (last - first + one.span[1] - one.span[0] + 2))
    answerable = [one.span[0] > 0 for one in examples]
    return f"AUROC {roc_auc_score(answerable, margins):.3f}, span F1 {np.mean(overlaps):.3f}"


def ship(folder: Path) -> None:
    """The package holds the compiled form of the model in the folder."""
    with tempfile.TemporaryDirectory() as scratch:
        open_reader(Path(scratch), str(folder))
        (made,) = (path.parent for path in Path(scratch).rglob("card.json"))
        for file in made.iterdir():
            shutil.copy(file, SHIPPED / file.name)


if __name__ == "__main__":
    main()
