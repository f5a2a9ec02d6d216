"""The `qa` command: each verb is one small function and one entry in the parser.

Exit codes: 0 fine (declining to answer is an answer), 1 a QAError, a file that was not read or an
index or an evidence pack that does not verify, 2 wrong usage, 130 interrupted.
"""

from __future__ import annotations

import argparse
import getpass
import importlib
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

from qa import assistant as library
from qa import chronicling, comparing, serving, showing, verifying
from qa.assistant import Assistant
from qa.cataloguing import gathered, list_reports
from qa.chatting import chat
from qa.documents import is_address
from qa.errors import QAError
from qa.measuring import add_flags, measure
from qa.settings import Settings, load
from qa.terminal import (
    complain,
    never_fail_to_print,
    print_json,
    progress,
    say,
    show_answer,
    show_documents,
    show_failures,
    show_hits,
    show_report,
)
from qa.types import BuildReport, Turn

AddVerb = Callable[..., argparse.ArgumentParser]


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb and return the exit code."""
    never_fail_to_print()
    args = command_parser().parse_args(argv)
    code = 0
    try:
        code = args.run(args)
        sys.stdout.flush()
    except QAError as error:
        complain(str(error), error.hint)
        return 1
    except BrokenPipeError:
        # Whoever read the output has had enough; the flush at exit must not fail again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        complain(str(error))
        return 1
    except KeyboardInterrupt:
        return 130
    return code


# The verbs that change an index.


def _index(args: argparse.Namespace) -> int:
    settings = _settings(args)
    with progress() as show:
        report = library.build(
            args.source or settings.corpus,
            settings.index,
            settings=settings,
            progress=show,
            rebuild=args.rebuild,
        )
    return _reported(args, report)


def _add(args: argparse.Namespace) -> int:
    if len(args.files) > 1:
        if args.title or args.report:
            flag = "--title" if args.title else "--report"
            args.parser.error(f"{flag} names one document: add the files one by one")
        if any(map(is_address, args.files)):
            args.parser.error("an address is added alone: add the others one by one")
    names = ("title", "review", "author", "published", "url")
    said = {name: getattr(args, name) for name in names if getattr(args, name) is not None}
    settings = _settings(args)
    with (
        progress() as show,
        gathered(
            args.files,
            settings,
            report=args.report,
            allow_private=args.allow_private,
            said=said,
            progress=show,
        ) as found,
    ):
        report = library.add(
            found.files,
            settings.index,
            settings=settings,
            progress=show,
            meta=found.meta,
            password=_password(args.password),
        )
    return _reported(args, report)


def _password(said: str) -> str:
    """What was said, or typed unseen where "-" was: a command line is seen by others."""
    return getpass.getpass("Password: ") if said == "-" else said


def _remove(args: argparse.Namespace) -> int:
    settings = _settings(args)
    return _reported(args, library.remove(args.uris, settings.index, settings=settings))


# The verbs that read an index.


def _list(args: argparse.Namespace) -> int:
    with _opened(args) as assistant:
        documents = assistant.documents()
    if args.json:
        print_json([asdict(document) for document in documents])
    else:
        show_documents(documents)
    return 0


def _search(args: argparse.Namespace) -> int:
    with _opened(args) as assistant:
        history = _replayed(assistant, args)
        hits = assistant.search(_words(args), k=args.k, history=history, **_filters(args))
        documents = assistant.documents()
    if args.json:
        print_json([asdict(hit) for hit in hits])
    else:
        show_hits(hits, documents)
    return 0


def _ask(args: argparse.Namespace) -> int:
    with _opened(args) as assistant:
        history = _replayed(assistant, args)
        answer = assistant.ask(_words(args), history=history, **_filters(args))
        if args.json:
            print_json(answer.to_dict())
        else:
            show_answer(answer, assistant.documents())
    return 0


def _chat(args: argparse.Namespace) -> int:
    with _opened(args) as assistant:
        return chat(assistant, _filters(args), as_json=args.json)


def _status(args: argparse.Namespace) -> int:
    with _opened(args) as assistant:
        status = asdict(assistant.status())
    if args.json:
        print_json(status)
        return 0
    for name, value in status.items():
        say(f"{name + ':':<12} {value}")
    return 0


# The parser.


def command_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="qa",
        description="Ask independent reviews and public inquiries a question; "
        "read the answer in their own words, with the page.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action=_Version, help="print the version and leave")
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    index = argparse.ArgumentParser(add_help=False)
    index.add_argument(
        "--index", metavar="DIR", help="folder of the index (default: the setting 'index')"
    )
    data = argparse.ArgumentParser(add_help=False, parents=[index])
    data.add_argument("--json", action="store_true", help="print JSON")

    def verb(
        name: str,
        run: Callable[[argparse.Namespace], int],
        text: str,
        *parents: argparse.ArgumentParser,
    ) -> argparse.ArgumentParser:
        added = verbs.add_parser(
            name, help=text, description=text, parents=list(parents), allow_abbrev=False
        )
        added.set_defaults(run=run, parser=added)
        return added

    _add_writing_verbs(verb, data)
    _add_asking_verbs(verb, data)
    serving.add_serve_flags(verb("serve", serving.serve, "serve the web chat", index))
    serving.add_user_flags(verb("user", serving.user, "say who may log in to the web chat"))
    add_flags(
        verb("eval", measure, "measure how well it finds and answers, on question sets", index)
    )
    text = "check the index against its documents, or evidence packs; 1 when something is off"
    verifying.add_flags(verb("verify", verifying.verify, text, data))
    verb("status", _status, "say what the index holds and what built it", data)
    return parser


def _add_writing_verbs(verb: AddVerb, data: argparse.ArgumentParser) -> None:
    index = verb("index", _index, "build the index of a folder, or bring it up to date", data)
    index.add_argument(
        "source", nargs="?", metavar="SOURCE", help="folder or file (default: the setting 'corpus')"
    )
    index.add_argument("--rebuild", action="store_true", help="start from nothing")
    add = verb("add", _add, "add files, or what a web address leads to, to the index", data)
    add.add_argument(
        "files", nargs="+", metavar="FILE", help="a document, or one address: https://…"
    )
    add.add_argument("--title", help="title of the document")
    add.add_argument("--review", metavar="NAME", help="short name of the review it belongs to")
    add.add_argument("--author", help="who wrote it")
    add.add_argument("--published", metavar="DATE", help="when it was published: 2016-03-23")
    add.add_argument("--url", help="where it is published")
    add.add_argument(
        "--report", metavar="ID", help="it is this report of the catalogue, which tells the rest"
    )
    add.add_argument(
        "--password", default="", help="opens an encrypted PDF; - asks for it; it is not kept"
    )
    add.add_argument(
        "--allow-private",
        action="store_true",
        help="let an address lead to this machine or a private network",
    )
    remove = verb("remove", _remove, "remove documents from the index", data)
    remove.add_argument("uris", nargs="+", metavar="URI", help="as `qa list` names them")
    verb("list", _list, "list the documents of the index", data)
    verb(
        "catalogue",
        list_reports,
        "list the official reports: which are loaded, where to get the others",
        data,
    )


def _add_asking_verbs(verb: AddVerb, data: argparse.ArgumentParser) -> None:
    filters = argparse.ArgumentParser(add_help=False, parents=[data])
    filters.add_argument(
        "--review", metavar="NAME", action="append", help="search this review only (repeatable)"
    )
    filters.add_argument(
        "--document", metavar="URI", action="append", help="search this document only (repeatable)"
    )
    after = argparse.ArgumentParser(add_help=False)
    after.add_argument(
        "--after",
        metavar="QUESTION",
        action="append",
        default=[],
        help="a question asked before, which this one follows up (repeatable)",
    )
    search = verb("search", _search, "find the passages nearest to a query", filters, after)
    search.add_argument("words", nargs="+", metavar="QUERY", help="what to look for")
    search.add_argument("-k", type=_positive, default=10, help="how many passages (default: 10)")
    ask = verb("ask", _ask, "answer a question with quotes and their sources", filters, after)
    ask.add_argument("words", nargs="+", metavar="QUESTION", help="the question")
    beside = verb(
        "compare", comparing.compare, "put one question to every review, side by side", data
    )
    comparing.add_flags(beside)
    dated = verb("timeline", chronicling.chronicle, "put what has a date in order of time", data)
    chronicling.add_flags(dated)
    verb("chat", _chat, "ask one question after another", filters)
    showing.add_flags(verb("show", showing.show, "show a page or a paragraph of a document", data))


class _Version(argparse.Action):
    def __init__(self, option_strings: Sequence[str], dest: str, **options: Any) -> None:
        super().__init__(option_strings, dest, nargs=0, **options)

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> None:
        # importlib.metadata takes longer to import than all the rest of this module.
        version = importlib.import_module("importlib.metadata").version("ask-the-reviews")
        say(f"qa {version}")
        parser.exit()


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 up")
    return int(text)


# What the verbs share.


def _reported(args: argparse.Namespace, report: BuildReport) -> int:
    show_failures(report)
    if args.json:
        print_json(report.to_dict())
    else:
        show_report(report)
    return 1 if report.failed else 0


def _settings(args: argparse.Namespace, **more: Any) -> Settings:
    return load(index=args.index, **more)


def _opened(args: argparse.Namespace) -> Assistant:
    settings = _settings(args)
    return library.open(settings.index, settings=settings)


def _filters(args: argparse.Namespace) -> dict[str, list[str] | None]:
    return {"reviews": args.review, "uris": args.document}


def _words(args: argparse.Namespace) -> str:
    text: str = " ".join(args.words).strip()
    if not text:
        args.parser.error("nothing was asked")
    return text


def _replayed(assistant: Assistant, args: argparse.Namespace) -> list[Turn]:
    history: list[Turn] = []
    for question in args.after:
        history.append(Turn(question, assistant.ask(question, history=history, **_filters(args))))
    return history
