"""Print requirements.lock: what this environment runs of the project's dependencies, pinned.

Run by `make lock` in an environment that holds the project with its extras. torch comes first and
without a local suffix, so that a CPU build of exactly that version is taken where there is one.
No address and no hash is written: where packages come from is the machine's own business.
"""

from __future__ import annotations

import sys
from importlib.metadata import PackageNotFoundError, requires, version

from packaging.markers import Marker, default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PROJECT = "ask-the-reviews"
EXTRAS = ("dev",)
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
# Wanted by newer Pythons than the one that makes the lock, and not installable on that one.
NEWER = {"audioop-lts": "audioop-lts==0.2.2 ; python_version >= '3.13'"}
HEAD = "# Every package that Ask the Reviews runs on, pinned. Made by `make lock`; do not edit.\n"
Wanted = tuple[str, tuple[str, ...]]


def applies(marker: Marker | None, extras: tuple[str, ...], python: str) -> bool:
    """Whether a dependency with this marker is wanted here by this version of Python."""
    if marker is None:
        return True
    environment = {str(name): str(value) for name, value in default_environment().items()}
    environment |= {"python_version": python, "python_full_version": f"{python}.0"}
    return any(marker.evaluate({**environment, "extra": extra}) for extra in ("", *extras))


def closure(python: str) -> tuple[set[str], set[str]]:
    """The names that the project needs on this Python: those installed, those that are not."""
    found: set[str] = set()
    absent: set[str] = set()
    seen: set[Wanted] = set()
    todo: list[Wanted] = [(PROJECT, EXTRAS)]
    while todo:
        name, extras = wanted = todo.pop()
        if wanted in seen:
            continue
        seen.add(wanted)
        try:
            needs = requires(name) or []
        except PackageNotFoundError:
            absent.add(name)
            continue
        found.add(name)
        for need in map(Requirement, needs):
            if applies(need.marker, extras, python):
                todo.append((canonicalize_name(need.name), tuple(sorted(need.extras))))
    return found - {PROJECT}, absent


def main() -> int:
    """Print the lock; 1 when a package is needed that cannot be pinned from here."""
    found: set[str] = set()
    absent: set[str] = set()
    for python in PYTHONS:
        here, gone = closure(python)
        found |= here
        absent |= gone
    lines = {name: f"{name}=={version(name).partition('+')[0]}" for name in found}
    lines |= {name: NEWER[name] for name in absent & set(NEWER)}
    order = sorted(lines, key=lambda name: (name != "torch", name))
    sys.stdout.write(HEAD + "".join(lines[name] + "\n" for name in order))
    for name in sorted(absent - set(NEWER)):
        sys.stderr.write(f"needed and not installed here: {name}\n")
    return 1 if absent - set(NEWER) else 0


if __name__ == "__main__":
    raise SystemExit(main())
