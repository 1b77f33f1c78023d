"""One run of a suite by pytest, with or without us, and what came of each test."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any, Literal
from uuid import uuid4

from tests.upstream.environment import Place
from tests.upstream.suites import HERE, Suite

Side = Literal["without", "with"]
OURS = "kernelwire.session.Session"
THEIRS = "jupyter_client.session.Session"
TOKEN = "KERNELWIRE_UPSTREAM_TOKEN"


@dataclass
class Outcome:
    """What came of one test."""

    result: str = "passed"
    """passed, failed, error (in a fixture), skipped, xfailed, or "did not run"."""
    seconds: float = 0.0
    text: str = ""
    """The end of the traceback, if it failed."""


@dataclass
class Made:
    """The Sessions of a class that were made in a run."""

    sessions: int = 0
    processes: dict[str, str] = field(default_factory=dict)
    """The arguments of each process that made some, by its id."""


@dataclass
class Run:
    """What came of one run."""

    seconds: float
    crashes: int = 0
    """How many processes ended by a signal such as SIGSEGV."""
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    """By the tests' ids."""
    made: dict[str, Made] = field(default_factory=dict)
    """By the name of the class."""

    def outcome(self, test: str) -> Outcome:
        return self.outcomes.get(test, Outcome("did not run"))

    def passed(self, test: str) -> bool:
        return self.outcome(test).result == "passed"


@contextlib.contextmanager
def running(
    place: Place, suite: Suite, side: Side, tests: Sequence[str] = ()
) -> Iterator[Callable[[], Run]]:
    """Have pytest run a suite, or some tests of it, and end what is left of it.

    Yields:
        A function that waits for the end and returns what came of it. It raises a
        RuntimeError if no test was run, or not every Session was of the side's class.
    """
    log = place.log(suite, side)
    mode = "a" if tests else "w"  # the second run of some stands below the first
    # What is ended may still write, and then the folder does not go at once.
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        files = {name: Path(folder) / name for name in ("record", "tally", "crashes")}
        wanted = Path(folder) / "tests"  # a command line has no room for thousands
        wanted.write_text("\n".join(tests or suite.tests))
        home = Path(folder) / "home"
        home.mkdir()
        command = [str(place.python), "-m", "pytest", "-p", "recorder", *suite.options]
        command += [f"--ignore={name}" for name in suite.excluded]
        environment = surroundings(place, suite, side, home)
        for name, path in files.items():
            environment[f"KERNELWIRE_UPSTREAM_{name.upper()}"] = str(path)
        begun = time.monotonic()
        with log.open(mode) as output, everything_ended(environment[TOKEN]):
            started = subprocess.Popen(
                [*command, f"@{wanted}"],
                cwd=place.folder(suite, side) if suite.sdist else home,
                env=environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )

            def finish() -> Run:
                left = begun + suite.patience - time.monotonic()
                with contextlib.suppress(subprocess.TimeoutExpired):
                    started.wait(max(left, 0.0))
                done = Run(time.monotonic() - begun)
                read_record(files["record"], done)
                read_tally(files["tally"], done)
                read_crashes(files["crashes"], done, output)
                if not done.outcomes:
                    msg = f"pytest ran no test; {log} ends with\n"
                    raise RuntimeError(msg + log.read_text()[-3000:])
                check_sessions(done, side)
                return done

            yield finish


def surroundings(place: Place, suite: Suite, side: Side, home: Path) -> dict[str, str]:
    """The environment variables of a run: nothing of the user's, and what inside/ reads."""
    users = ("JUPYTER", "IPYTHON", "KERNELWIRE", "PYTEST", "PYTHON")
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(users)
    }
    return kept | {
        "HOME": str(home),
        "PATH": f"{place.python.parent}{os.pathsep}{os.environ['PATH']}",
        # Engines import the functions of a case, which is where they are defined.
        "PYTHONPATH": f"{HERE / 'inside'}{os.pathsep}{HERE / 'cases'}",
        "KERNELWIRE_SESSION": "on" if side == "with" else "off",
        "KERNELWIRE_UPSTREAM_SIDE": side,
        "KERNELWIRE_UPSTREAM_MODULE": "1" if suite.as_module else "",
        TOKEN: uuid4().hex,
    }


@contextlib.contextmanager
def everything_ended(token: str) -> Iterator[None]:
    """End, on the way out, every process that has our token in its environment.

    A run that is ended half way leaves kernels and engines behind, which have put
    themselves out of reach in sessions of their own.
    """
    try:
        yield
    finally:
        for environment in Path("/proc").glob("[0-9]*/environ"):
            with contextlib.suppress(OSError):  # it has ended, or is somebody else's
                if f"{TOKEN}={token}".encode() in environment.read_bytes():
                    os.kill(int(environment.parent.name), signal.SIGKILL)


def read_record(record: Path, done: Run) -> None:
    """Add to a run what the recorder has written."""
    lines = record.read_text().splitlines() if record.exists() else []
    for entry in map(json.loads, lines):
        if "unreadable" in entry:
            done.outcomes[entry["unreadable"]] = Outcome("error", text=entry["text"])
        else:
            add(done.outcomes, entry)


def add(outcomes: dict[str, Outcome], entry: dict[str, Any]) -> None:
    """Add one of the three phases of a test to its outcome."""
    outcome = outcomes.setdefault(entry["test"], Outcome())
    outcome.seconds += entry["seconds"]
    if entry["outcome"] == "failed":
        outcome.result = "error" if entry["when"] != "call" else "failed"
        outcome.text = entry["text"]
    elif entry["outcome"] != "passed" and outcome.result == "passed":
        outcome.result = entry["outcome"]


def read_tally(tally: Path, done: Run) -> None:
    """Add to a run the Sessions that were made in it."""
    lines = tally.read_text().splitlines() if tally.exists() else []
    for line in lines:
        process, name, arguments = line.split("\t", 2)
        made = done.made.setdefault(name, Made())
        made.sessions += 1
        made.processes[process] = arguments


def read_crashes(crashes: Path, done: Run, log: IO[str]) -> None:
    """Add to a run how many processes of it crashed, and to the log where."""
    text = crashes.read_text(errors="replace") if crashes.exists() else ""
    done.crashes = text.count("Fatal Python error")
    log.write(text)


def check_sessions(done: Run, side: Side) -> None:
    """See that all Sessions of a run were of the side's class, and that there were any.

    Raises:
        RuntimeError: they were not.
    """
    right, wrong = (OURS, THEIRS) if side == "with" else (THEIRS, OURS)
    if right not in done.made:
        msg = f"{side} us, no Session was a {right}"
        raise RuntimeError(msg)
    if wrong in done.made:
        programs = "\n".join(sorted(set(done.made[wrong].processes.values())))
        msg = f"{side} us, {wrong} was used all the same, by\n{programs}"
        raise RuntimeError(msg)
