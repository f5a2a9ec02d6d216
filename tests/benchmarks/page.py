"""How soon the page answers: `python tests/benchmarks/page.py --runs 10`.

Serves an index, opens the page anew in a browser that has seen nothing of it, asks as soon as the
page takes a question, and prints, as median and worst of the runs: when the page was shown and when
it could be used, when the answer was whole (both since the browser was sent there), and how long
the answer took from the moment the page could be used. Run by hand, never by the tests.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

import qa
from qa import web

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))
from browsers import CHROMIUM, FLAGS  # noqa: E402

# The last thing that the page's own script makes is where it says what happens.
WATCH = """
window.marks = {};
const watch = () => {
    const mark = (name, seen) => { if (seen && !marks[name]) marks[name] = performance.now(); };
    mark("shown", document.querySelector(".home"));
    mark("usable", document.getElementById("live"));
    mark("whole", document.querySelector("#now .answer[aria-busy=false]"));
    if (!marks.whole) setTimeout(watch, 2);
};
watch();
"""
ASK = """async (question) => {
    while (!marks.usable) await new Promise((done) => setTimeout(done, 2));
    document.getElementById("question-box").value = question;
    document.getElementById("asking").requestSubmit();
    while (!marks.whole) await new Promise((done) => setTimeout(done, 2));
    return marks;
}"""


def opened(browser: Any, address: str, question: str, *, again: bool) -> dict[str, float]:
    """The moments of one visit in ms; with ``again``, of the second one in the same browser."""
    window = browser.new_context()
    window.add_init_script(WATCH)
    page = window.new_page()
    page.goto(address, wait_until="commit")
    marks = page.evaluate(ASK, question)
    if again:
        page.close()
        page = window.new_page()
        page.goto(address, wait_until="commit")
        marks = page.evaluate(ASK, question)
    window.close()
    return {**marks, "answer": marks["whole"] - marks["usable"]}


def main() -> int:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--index", default=str(ROOT / "index"))
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("--question", default="How many recommendations did the Drew Review make?")
    args = parser.parse_args()
    with qa.open(args.index) as assistant, sync_playwright() as driver:
        server = web.serve(assistant, port=0, wait=False)
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for again in (False, True):
            runs = [
                opened(browser, server.local_url, args.question, again=again)
                for _ in range(args.runs)
            ]
            sys.stdout.write(f"{'second' if again else 'first'} visit, {args.runs} runs, ms\n")
            for name in ("shown", "usable", "whole", "answer"):
                spent = [run[name] for run in runs]
                middle, worst = statistics.median(spent), max(spent)
                sys.stdout.write(f"  {name:8} median {middle:5.0f}  worst {worst:5.0f}\n")
        browser.close()
        server.close()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
