"""So many people ask the web chat at once: `python tests/benchmarks/load.py --askers 32`.

Starts `qa serve` in a process of its own over an index, asks it different questions over HTTP as
the page does (a place in the queue, then the stream of the answer), each asker the next one as soon
as an answer is whole, and prints what came of it. Asking costs little: it shares the processors.
Run by hand, never by the tests. The exit code is 1 where anything went wrong.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import os
import re
import signal
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).resolve().parents[2]
QUESTIONS = ROOT / "tests" / "questions" / "reviews.jsonl"
LONGEST = 60.0


@dataclass
class Tally:
    """What became of the questions."""

    seconds: list[float] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)
    bytes: int = 0


class Line:
    """One connection, kept open: HTTP/1.1 as far as it is needed here."""

    def __init__(self, host: str, port: int) -> None:
        self.host = host
        self.port = port
        self.streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def request(self, method: str, path: str, body: bytes = b"") -> tuple[int, bytes]:
        """The status and the whole body of the answer."""
        if self.streams is None:
            self.streams = await asyncio.open_connection(self.host, self.port)
        reader, writer = self.streams
        head = f"{method} {path} HTTP/1.1\r\nHost: {self.host}:{self.port}\r\n"
        if body:
            head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        writer.write(head.encode() + b"\r\n" + body)
        answered = (await reader.readuntil(b"\r\n\r\n")).lower()
        status = int(answered.split(b" ", 2)[1])
        length = re.search(rb"content-length: (\d+)", answered)
        if length:
            found = await reader.readexactly(int(length[1]))
        else:
            found = await self._chunks(reader)
        if b"connection: close" in answered:
            self.close()
        return status, found

    async def _chunks(self, reader: asyncio.StreamReader) -> bytes:
        pieces = []
        while size := int(await reader.readuntil(b"\r\n"), 16):
            pieces.append((await reader.readexactly(size + 2))[:-2])
        await reader.readexactly(2)
        return b"".join(pieces)

    def close(self) -> None:
        """The connection is closed; the next request opens another."""
        if self.streams is not None:
            self.streams[1].close()
        self.streams = None


class Door:
    """The named endpoint /ask, as another program calls it."""

    def __init__(self, number: int) -> None:
        self.number = number

    async def ask(self, line: Line, question: str) -> tuple[str, int]:
        """What went wrong, or nothing, and how many bytes came."""
        session = f"load{self.number:06}"  # as gradio_client does: Gradio makes a state for each
        sent = json.dumps({"data": [question, [], []], "session_hash": session}).encode()
        status, body = await line.request("POST", "/gradio_api/call/ask", sent)
        if status != 200:
            return f"{status} {body[:80]!r}", len(body)
        event = json.loads(body)["event_id"]
        status, body = await line.request("GET", f"/gradio_api/call/ask/{event}")
        good = status == 200 and b"event: complete" in body
        return "" if good else f"{status} {body[-120:]!r}", len(body)


class Page:
    """The event that the page itself calls; the first of its kind in the configuration."""

    def __init__(self, number: int, config: dict[str, Any]) -> None:
        heads = [one["id"] for one in config["components"] if one["props"].get("elem_id") == "head"]
        self.session = f"load{number:06}"
        self.target, self.function = next(
            (target, made)
            for made in config["dependencies"]
            for target in made["targets"]
            if target[0] in heads and target[1] == "submit"
        )

    async def ask(self, line: Line, question: str) -> tuple[str, int]:
        """What went wrong, or nothing, and how many bytes came."""
        sent = {
            "data": [None] * len(self.function["inputs"]),
            "event_data": {"question": question},
            "fn_index": self.function["id"],
            "trigger_id": self.target[0],
            "session_hash": self.session,
        }
        body = json.dumps(sent).encode()
        status, body = await line.request("POST", "/gradio_api/queue/join", body)
        if status != 200:
            return f"{status} {body[:80]!r}", len(body)
        query = f"/gradio_api/queue/data?session_hash={self.session}"
        status, body = await line.request("GET", query)
        good = status == 200 and b'"process_completed"' in body and b'"success":true' in body
        return "" if good else f"{status} {body[-120:]!r}", len(body)


async def asking(
    asker: Door | Page,
    line: Line,
    questions: Iterator[str],
    tally: Tally,
    *,
    until: float,
    think: float,
) -> None:
    """One asker, question after question until the time is over."""
    await asyncio.sleep(think * asker_share(asker))
    while time.monotonic() < until:
        began = time.monotonic()
        try:
            async with asyncio.timeout(LONGEST):
                problem, size = await asker.ask(line, next(questions))
        except (OSError, EOFError, TimeoutError) as error:
            problem, size = f"{type(error).__name__} {error}", 0
            line.close()
        tally.bytes += size
        if problem:
            tally.errors[problem] += 1
        else:
            tally.seconds.append(time.monotonic() - began)
        if think:
            await asyncio.sleep(think)
    line.close()


def asker_share(asker: Door | Page) -> float:
    """A number from 0 to 1 that is another for each asker: people do not press at one moment."""
    name = asker.session if isinstance(asker, Page) else str(asker.number)
    return (int(re.sub(r"\D", "", name)) * 0.618) % 1


def memory(process: psutil.Process) -> float:
    """The megabytes that the server holds, with its children's."""
    family = [process, *process.children(recursive=True)]
    return float(sum(one.memory_info().rss for one in family)) / 1e6


def processor(process: psutil.Process) -> float:
    """The seconds of processor time of the server so far."""
    times = process.cpu_times()
    return float(times.user + times.system)


async def measured(args: argparse.Namespace, url: str, server: psutil.Process) -> Tally:
    """What became of the questions that were asked in the time, printed."""
    host, port = url.removeprefix("http://").split(":")
    known = [json.loads(line)["question"] for line in QUESTIONS.read_text("utf-8").splitlines()]
    questions = itertools.cycle(dict.fromkeys(known))
    config = json.loads((await Line(host, int(port)).request("GET", "/config"))[1])
    askers = [Page(n, config) if args.page else Door(n) for n in range(args.askers)]
    await asking(
        askers[0], Line(host, int(port)), questions, Tally(), until=time.monotonic() + 1, think=0
    )
    began, cpu, own = time.monotonic(), processor(server), sum(os.times()[:2])
    held = [memory(server)]
    tally = Tally()

    async def watch() -> None:
        await asyncio.sleep(args.seconds / 2)
        held.append(memory(server))

    until = began + args.seconds
    lines = [Line(host, int(port)) for _ in askers]
    await asyncio.gather(
        watch(),
        *(
            asking(asker, line, questions, tally, until=until, think=args.think)
            for asker, line in zip(askers, lines, strict=True)
        ),
    )
    taken = time.monotonic() - began
    held.append(memory(server))
    show(tally, taken, held, processor(server) - cpu, sum(os.times()[:2]) - own)
    return tally


def show(tally: Tally, taken: float, held: list[float], cpu: float, own: float) -> None:
    """The figures, a line each."""
    done = len(tally.seconds)
    ordered = sorted(tally.seconds) or [0.0]
    last = ordered[min(done - 1, int(0.95 * done))]
    say(f"answers      {done} in {taken:.1f} s, {done / taken:.1f} a second")
    say(f"errors       {sum(tally.errors.values())}")
    for problem, count in tally.errors.most_common(5):
        say(f"             {count} x {problem}")
    say(f"latency      p50 {statistics.median(ordered):.2f} s, p95 {last:.2f} s, ", end="")
    say(f"longest {ordered[-1]:.2f} s")
    say(f"memory       {', '.join(f'{one:.0f}' for one in held)} MB at start, middle, end")
    each = f", {1000 * cpu / done:.0f} ms an answer" if done else ""
    say(f"processor    server {cpu / taken:.2f} cores{each}; asking {own / taken:.2f} cores")
    say(f"received     {tally.bytes / 1e6 / taken:.2f} MB a second")


def say(text: str, end: str = "\n") -> None:
    sys.stdout.write(text + end)
    sys.stdout.flush()


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--index", default="index", help="folder of the index")
    parser.add_argument("--askers", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--think", type=float, default=0.0, help="seconds between two questions")
    parser.add_argument("--page", action="store_true", help="the page's own event, not /ask")
    parser.add_argument("--url", help="a server that runs already, of this --pid")
    parser.add_argument("--pid", type=int)
    args = parser.parse_args()
    if args.url:
        tally = asyncio.run(measured(args, args.url, psutil.Process(args.pid)))
        return 1 if tally.errors else 0
    command = [sys.executable, "-m", "qa", "serve", "--index", args.index, "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as server:
        try:
            assert server.stdout is not None
            found = re.search(r"http://\S+", server.stdout.readline())
            if found is None:
                return 1
            tally = asyncio.run(measured(args, found[0], psutil.Process(server.pid)))
        finally:
            server.send_signal(signal.SIGTERM)
        code = server.wait(60)
    say(f"ended with   {code}")
    return 1 if tally.errors or code else 0


if __name__ == "__main__":
    raise SystemExit(main())
