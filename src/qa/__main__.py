"""`python -m qa` is the `qa` command."""

from __future__ import annotations

from qa.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
