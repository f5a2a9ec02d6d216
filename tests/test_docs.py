"""The documents are true: their Python runs, and every verb, flag, setting and error stands there.

Run as a script it writes their tables anew, and the answer that the README shows; the answer comes
from the index in the checkout, so `make index` first.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import inspect
import io
import itertools
import re
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest

from qa import cli, errors, settings

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"
REFERENCE = ROOT / "docs" / "reference.md"
TEXT = README.read_text(encoding="utf-8")
LONGEST = 240
WIDTH = 110


def verbs() -> dict[str, argparse.ArgumentParser]:
    """Each verb of the command with its parser."""
    for action in cli.command_parser()._actions:
        if isinstance(action, argparse._SubParsersAction):
            return dict(action.choices)
    raise AssertionError("the command has no verbs")


def written(action: argparse.Action) -> str:
    """A flag or an argument as it is typed: `--index DIR`, `[SOURCE]`, `URI [URI ...]`."""
    named = action.metavar or action.dest.upper()
    value = " ".join(named) if isinstance(named, tuple) else named
    if action.nargs == 0:
        value = ""
    if action.option_strings:
        return f"{action.option_strings[-1]} {value}".strip()
    forms = {"?": f"[{value}]", "+": f"{value} [{value} ...]", "*": f"[{value} ...]"}
    return forms.get(str(action.nargs), value)


def verb_table() -> list[str]:
    rows = []
    for name, verb in verbs().items():
        arguments = [written(each) for each in verb._actions if not each.option_strings]
        rows.append(f"| `{' '.join(['qa', name, *arguments])}` | {verb.description} |")
    return ["| verb | what it does |", "|---|---|", *rows]


def flag_table() -> list[str]:
    known: dict[tuple[str, str], list[str]] = {}
    for name, verb in verbs().items():
        for action in verb._actions:
            if action.option_strings and action.dest != "help":
                known.setdefault((written(action), str(action.help)), []).append(name)
    rows = []
    for (flag, text), names in known.items():
        rows.append(
            f"| `{flag}` | {'all' if len(names) == len(verbs()) else ', '.join(names)} | {text} |"
        )
    return ["| flag | of | what it does |", "|---|---|---|", *rows]


def documented_fields() -> dict[str, str]:
    """The docstring under each field of `Settings`, on one line."""
    tree = ast.parse(inspect.getsource(settings.Settings))
    (body,) = [node.body for node in tree.body if isinstance(node, ast.ClassDef)]
    found = {}
    for field, text in itertools.pairwise(body):
        if isinstance(field, ast.AnnAssign) and isinstance(text, ast.Expr):
            assert isinstance(text.value, ast.Constant)
            found[ast.unparse(field.target)] = " ".join(str(text.value.value).split())
    return found


def settings_table() -> list[str]:
    texts, defaults = documented_fields(), settings.Settings()
    rows = [
        f"| `{field.name}` | `QA_{field.name.upper()}` "
        f"| `{getattr(defaults, field.name)!s:1}` | {texts[field.name]} |"
        for field in fields(settings.Settings)
    ]
    return ["| setting | environment | default | what it is |", "|---|---|---|---|", *rows]


def error_classes() -> list[type[errors.QAError]]:
    """Every class of the tree, in the order in which they are written."""
    return [
        each
        for each in vars(errors).values()
        if isinstance(each, type) and issubclass(each, errors.QAError)
    ]


def error_table() -> list[str]:
    rows = []
    for each in error_classes():
        parameters = list(inspect.signature(each.__init__).parameters)[2:]
        carried = ", ".join(f"`{name}`" for name in parameters if name != "hint")
        parent = each.__base__.__name__ if each.__base__ is not None else ""
        first = (each.__doc__ or "").strip().splitlines()[0].replace("``", "`")
        rows.append(f"| `{each.__name__}` | `{parent}` | {first} | {carried} |")
    return ["| error | is a | what happened | carries |", "|---|---|---|---|", *rows]


TABLES = {
    "verbs": (README, verb_table),
    "flags": (REFERENCE, flag_table),
    "settings": (REFERENCE, settings_table),
    "errors": (REFERENCE, error_table),
}


def between(name: str, text: str) -> str:
    match = re.search(rf"<!-- {name} -->\n(.*?)<!-- end -->", text, re.DOTALL)
    assert match, f"there is no place for the {name}"
    return match.group(1)


def python_blocks() -> list[str]:
    """The Python of the README, and then of the other pages, which begin where it ends."""
    pages = (
        TEXT,
        *(page.read_text(encoding="utf-8") for page in sorted(README.parent.glob("docs/*.md"))),
    )
    return [
        block
        for page in pages
        for block in re.findall(r"^```python\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    ]


@pytest.mark.parametrize("name", TABLES)
def test_the_tables_say_what_the_code_says(name: str) -> None:
    path, made = TABLES[name]
    table = "\n".join(made()) + "\n"
    assert between(name, path.read_text(encoding="utf-8")) == table, (
        "run: python tests/test_docs.py"
    )


def test_every_setting_has_a_docstring() -> None:
    assert list(documented_fields()) == [field.name for field in fields(settings.Settings)]


@pytest.mark.parametrize("name", verbs())
def test_every_flag_has_a_help_text(name: str) -> None:
    for action in verbs()[name]._actions:
        assert action.help, f"qa {name} {action.dest}"


@pytest.mark.parametrize("each", error_classes(), ids=lambda each: each.__name__)
def test_every_error_is_a_public_name(each: type[errors.QAError]) -> None:
    import qa

    assert getattr(qa, each.__name__) is each


def test_the_readme_opens_with_the_two_commands_and_a_picture() -> None:
    opening = TEXT.partition("## ")[0]
    assert opening.index("make run") < opening.index("make test") < opening.index("docs/chat.png")
    assert opening.index("docs/chat.png") < opening.index("$ qa ask")
    assert len(TEXT.splitlines()) < LONGEST


def test_every_file_that_the_documents_link_to_is_there() -> None:
    for page in (README, *sorted((ROOT / "docs").glob("*.md"))):
        links = re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8"))
        assert [link for link in links if not (page.parent / link).is_file()] == []
    assert "](docs/chat.png)" in TEXT
    assert (ROOT / "docs/chat.png").read_bytes().startswith(b"\x89PNG\r\n")


def test_every_make_target_is_in_the_help() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    (phony,) = re.findall(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)
    assert re.findall(r"^(\w+):.*## ", makefile, re.MULTILINE) == phony.split()
    for target in re.findall(r"make (\w+)", TEXT):
        assert target in phony.split() or target == "sure"


@pytest.fixture
def workplace(tmp_path: Path, small_index: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with a small corpus in it, where the model is compiled already."""
    for index in ("index", "bridge-index"):
        shutil.copytree(small_index / "models", tmp_path / index / "models")
    (tmp_path / "corpus").mkdir()
    for brief in ("drew-2016.md", "jay-2014.md"):
        shutil.copy(ROOT / "corpus" / brief, tmp_path / "corpus" / brief)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def expected_lines(block: str) -> Iterator[str]:
    """What the comments behind the block's prints say that they print."""
    return (match.group(1) for match in re.finditer(r"^ *print\(.*\)  # (.*)$", block, re.M))


def test_the_python_of_the_documents_runs_and_prints_what_it_says(workplace: Path) -> None:
    names: dict[str, object] = {}
    blocks = python_blocks()
    assert len(blocks) >= 3
    for block in blocks:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(block, str(README), "exec"), names)
        assert printed.getvalue().splitlines() == list(expected_lines(block))


def console() -> tuple[str, str]:
    """The question of the README and the answer that it shows."""
    match = re.search(
        r'^```console\n\$ qa ask "([^"\n]*)"\n(.*?)^```', TEXT, re.DOTALL | re.MULTILINE
    )
    assert match, "the README shows no question"
    return match.group(1), match.group(2)


def test_the_answer_of_the_readme_stands_in_the_corpus() -> None:
    answer, _, sources = console()[1].partition("\nSources\n")
    quotes = re.findall(r"“(.+?)” \[(\d+)\]", " ".join(answer.split()))
    assert [int(number) for _, number in quotes] == list(range(1, len(quotes) + 1))
    briefs = "\n".join(
        path.read_text(encoding="utf-8") for path in sorted((ROOT / "corpus").glob("*.md"))
    )
    # The documents keep the text without its reference marks.
    corpus = " ".join(re.sub(r"\s*\[\^\w[\w-]*\]", "", briefs).split())
    assert quotes
    assert [quote for quote, _ in quotes if quote not in corpus] == []
    assert re.findall(r"^  \[(\d+)\]", sources, re.MULTILINE) == [number for _, number in quotes]


def asked() -> str:
    """What `qa ask` prints now to the question of the README, folded to the width of the page."""
    command = [sys.executable, "-m", "qa", "ask", console()[0]]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True)
    folded = []
    for line in done.stdout.splitlines():
        indent = " " * (len(line) - len(line.lstrip()))
        folded += textwrap.wrap(
            line.strip(),
            WIDTH,
            initial_indent=indent,
            subsequent_indent=indent,
            break_long_words=False,
            break_on_hyphens=False,
        ) or [""]
    return "\n".join(folded) + "\n"


def write_anew() -> None:
    """The tables say what the code says, and the README shows today's answer."""
    for name, (path, made) in TABLES.items():
        text = path.read_text(encoding="utf-8")
        begin, end = f"<!-- {name} -->\n", "<!-- end -->"
        lines = "\n".join(made()) + "\n"
        text = text.replace(begin + between(name, text) + end, begin + lines + end)
        path.write_text(text, encoding="utf-8")
    opening = f'```console\n$ qa ask "{console()[0]}"\n'
    text = README.read_text(encoding="utf-8")
    README.write_text(text.replace(opening + console()[1], opening + asked()), encoding="utf-8")


if __name__ == "__main__":
    write_anew()
