"""`python -m tests.upstream [SUITE ...]`, from the repository's root."""

from __future__ import annotations

import argparse
import signal
import sys
from itertools import chain
from pathlib import Path

from tests.packages import ROOT
from tests.upstream.compare import HEADING, Comparison, compare, details, row
from tests.upstream.environment import Place
from tests.upstream.suites import SUITES

NAMES = sorted({suite.name for suite in SUITES})


def main() -> int:
    arguments = parser().parse_args()
    # A background job of a script ignores these, and so would the kernels that the
    # tests interrupt. What is handled here, a new process has by default.
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGQUIT):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, lambda *_: None)
    signal.signal(signal.SIGTERM, stop)
    place = Place(arguments.build)
    place.install({name for suite in SUITES for name in suite.requires})
    names = arguments.suites or NAMES
    done: list[Comparison] = []
    worthless: list[str] = []
    say(HEADING)
    for suite in SUITES:
        if suite.name not in names:
            continue
        try:
            done.append(compare(place, suite, tuple(arguments.tests)))
        except RuntimeError as exc:
            worthless.append(f"{suite.label}: FAILED as a whole: {exc}")
            say(f"{suite.label}: failed as a whole")
        else:
            say(row(done[-1]))
    say("")
    for line in chain(worthless, *map(details, done)):
        say(line)
    failed = sum(each.failed for each in done) + len(worthless)
    say(f"{sum(each.passed for each in done)} passed, {failed} failed")
    return 1 if failed else 0


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="python -m tests.upstream", description=__doc__)
    made.add_argument(
        "suites",
        nargs="*",
        type=known,
        metavar="SUITE",
        help=f"{', '.join(NAMES)}; all, by default",
    )
    made.add_argument(
        "--tests",
        nargs="+",
        default=[],
        metavar="ID",
        help="only these tests of the one suite, as pytest names them",
    )
    made.add_argument(
        "--build",
        type=Path,
        default=ROOT / "build" / "upstream",
        metavar="DIR",
        help="where everything is made (default: build/upstream)",
    )
    return made


def known(name: str) -> str:
    """A suite's name; `choices` would refuse that there are none."""
    if name not in NAMES:
        msg = f"found {name!r}, wanted one of {', '.join(NAMES)}"
        raise argparse.ArgumentTypeError(msg)
    return name


def stop(number: int, frame: object) -> None:
    """Leave by an exception, so that what was started is ended on the way out."""
    raise SystemExit(128 + number)


def say(line: str) -> None:
    """Say a line at once, for the next one may be minutes away."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
