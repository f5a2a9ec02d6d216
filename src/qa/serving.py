"""The verbs `qa serve` and `qa user`: the web chat on a port, and who may log in to it."""

from __future__ import annotations

import argparse
import getpass
import sys

from qa import assistant as library
from qa import web
from qa.errors import SettingsError
from qa.settings import load
from qa.terminal import say
from qa.users import drop_user, put_user


def add_serve_flags(parser: argparse.ArgumentParser) -> None:
    """The parser takes what `serve` reads."""
    parser.add_argument("--host", help="address to listen on")
    parser.add_argument("--port", type=int, help="port to listen on")
    parser.add_argument(
        "--root-path",
        metavar="PATH",
        help="path, or whole address with https://, under which a proxy serves it",
    )
    parser.add_argument(
        "--auth-file", metavar="FILE", help="file of those who may log in, made by `qa user`"
    )
    parser.add_argument(
        "--access-log",
        metavar="FILE",
        help="log each request there, without what was asked; - here",
    )


def add_user_flags(parser: argparse.ArgumentParser) -> None:
    """The parser takes what `user` reads."""
    parser.add_argument("name", metavar="NAME", help="who may log in")
    parser.add_argument(
        "--auth-file", metavar="FILE", help="the file (default: the setting 'auth_file')"
    )
    parser.add_argument("--remove", action="store_true", help="let that person log in no longer")


def serve(args: argparse.Namespace) -> int:
    """Run the verb `serve`, until it is interrupted."""
    settings = load(
        index=args.index,
        host=args.host,
        port=args.port,
        root_path=args.root_path,
        auth_file=args.auth_file,
        access_log=args.access_log,
    )
    with library.open(settings.index, settings=settings) as assistant:
        web.serve(
            assistant,
            host=args.host,
            port=args.port,
            root_path=args.root_path,
            ready=_announce,
        )
    return 0


def user(args: argparse.Namespace) -> int:
    """Run the verb `user`: the person is in the file, or no longer."""
    path = args.auth_file or load().auth_file
    if not path:
        raise SettingsError("no auth file is named", hint="name one with --auth-file FILE")
    if args.remove:
        drop_user(path, args.name)
        say(f"{args.name} may log in no longer.")
        return 0
    new = put_user(path, args.name, _password())
    say(f"{args.name} {'may log in now' if new else 'has the new password now'}.")
    return 0


def _password() -> str:
    """What is typed twice, unseen, or the first line of what is piped in."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    password = getpass.getpass("Password: ")
    if getpass.getpass("Again: ") != password:
        raise SettingsError("the two passwords differ", hint="try again")
    return password


def _announce(address: str) -> None:
    say(f"Ask the Reviews answers on {address} (Ctrl-C ends it)")
    sys.stdout.flush()
