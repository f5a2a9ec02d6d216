"""The web chat over the index of the settings, which is made or brought up to date first."""

from __future__ import annotations

import subprocess
import sys

import qa
from qa import web


def main() -> int:
    """The page is served until it is interrupted; 1 where that cannot be."""
    # In a process of its own: building may load torch, for which a server has no room.
    with subprocess.Popen([sys.executable, "-m", "qa", "index"]) as building:
        web.prepare()
    if building.returncode:
        sys.stderr.write("app.py: not all of the corpus is in the index; serving what is\n")
    try:
        with qa.open() as assistant:
            web.serve(assistant, ready=announce)
    except qa.QAError as error:
        sys.stderr.write(f"app.py: {error}\n{error.hint}\n")
        return 1
    except KeyboardInterrupt:
        pass
    return 0


def announce(address: str) -> None:
    """Says where the page is."""
    sys.stdout.write(f"Ask the Reviews answers on {address} (Ctrl-C ends it)\n")
    sys.stdout.flush()


if __name__ == "__main__":
    raise SystemExit(main())
