"""`kernelwire conformance KERNELSPEC`: tries kernels against the specification.

The rows and the trying are in `kernelwire.conformance`; here are the command line, the
lines as they come, and the files.
"""

from __future__ import annotations

import json
import sys
import time
from argparse import Namespace
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from kernelwire.command import Parser
from kernelwire.errors import KernelWireError

if TYPE_CHECKING:
    from kernelwire.conformance.report import Report
    from kernelwire.conformance.rows import Row, Theme

__all__ = ["main"]

_EXAMPLES = """\
  kernelwire conformance python3
  kernelwire conformance ./my-kernelspec     a directory with a kernel.json
  kernelwire conformance mykernel --snippets mylanguage.toml --json report.json
  kernelwire conformance mykernel --only execute --only 'wire.*' --verbose
  kernelwire conformance python3='ipykernel 7' xpython --markdown report.md
  kernelwire conformance --list"""


def main(argv: Sequence[str]) -> int:
    """Try the rows; 1 where a required row has failed on one of the kernels."""
    # The peer has to be jupyter_client's own Session, also where ours is switched on.
    from kernelwire import switch

    switch.disable()
    from kernelwire.conformance import report as reports
    from kernelwire.conformance.suite import DEFAULT_LIMIT, select

    parser = _parser(DEFAULT_LIMIT)
    parsed = parser.parse_args(argv)
    chosen = select(parsed.only)
    if parsed.list:
        _list(chosen, parsed.markdown)
        return 0
    if not parsed.kernels:
        parser.error(
            "a kernelspec is needed: a name that Jupyter knows, or a directory"
        )
    # Before minutes of rows, and not after them.
    for file in (parsed.json, parsed.markdown):
        if file is not None and not file.absolute().parent.is_dir():
            msg = f"there is no directory {file.absolute().parent} for {file.name}"
            raise KernelWireError(msg)

    done = [_try_kernel(kernel, chosen, parsed) for kernel in parsed.kernels]
    if parsed.json is not None:
        text = json.dumps(reports.as_json(done), indent=1, default=str)
        parsed.json.write_text(text + "\n", "utf-8")
    if parsed.markdown is not None:
        parsed.markdown.write_text(reports.as_markdown(chosen, done), "utf-8")
    return int(any(_broken(report, strict=parsed.strict) for report in done))


def _parser(limit: float) -> Parser:
    parser = Parser(
        prog="kernelwire conformance",
        description="Start a kernel, any kernel, and try whether it keeps to the "
        "messaging specification,\nrow by row. The exit code is 1 where a required row "
        "fails.",
        examples=_EXAMPLES,
    )
    parser.add_argument(
        "kernels",
        nargs="*",
        metavar="KERNELSPEC",
        help="a name that Jupyter knows, or a directory with a kernel.json; with "
        "=TITLE behind it, what reports call it",
    )
    parser.add_argument(
        "--only",
        metavar="PATTERN",
        action="append",
        default=[],
        help="rows whose ids match, such as execute.silent, execute or '*.emoji'; may "
        "be given several times",
    )
    parser.add_argument("--list", action="store_true", help="show the rows, try none")
    parser.add_argument(
        "--snippets",
        type=Path,
        metavar="FILE",
        help="code in the kernel's language, in TOML (Python and C++ come along)",
    )
    parser.add_argument(
        "--timeout",
        type=_positive,
        default=limit,
        metavar="SECONDS",
        help=f"for a row (default: {limit:g})",
    )
    parser.add_argument(
        "--strict", action="store_true", help="exit with 1 where any row fails"
    )
    parser.add_argument(
        "--verbose",
        action="store_true",
        help="show the messages of rows that fail, and what the kernel printed",
    )
    parser.add_argument(
        "--json", type=Path, metavar="FILE", help="write a report for programs"
    )
    parser.add_argument(
        "--markdown",
        type=Path,
        metavar="FILE",
        help="write a report for people; with --list, a table of the rows",
    )
    return parser


def _positive(text: str) -> float:
    """Read a number of seconds that is more than none."""
    seconds = float(text)
    if not 0 < seconds < float("inf"):
        raise ValueError(text)
    return seconds


def _list(chosen: list[tuple[Theme, list[Row]]], page: Path | None) -> None:
    """Print the rows, or write them into a page."""
    from kernelwire.conformance.report import rows_as_markdown

    if page is not None:
        page.write_text(rows_as_markdown(chosen), "utf-8")
        return
    for theme, rows in chosen:
        print(f"{theme.title}")
        for row in rows:
            print(f"  {row.id:<28} {row.level:<10} {row.sentence}")


def _try_kernel(
    kernel: str, chosen: list[tuple[Theme, list[Row]]], parsed: Namespace
) -> Report:
    """Try the rows on one kernel, with a line for each as it comes."""
    from kernelwire.conformance.report import (
        Report,
        result_lines,
        summary_line,
        trail_lines,
    )
    from kernelwire.conformance.suite import Suite

    name, _, title = kernel.partition("=")
    start = time.monotonic()
    total = sum(len(rows) for _, rows in chosen)
    with Suite(name, snippets=parsed.snippets, limit=parsed.timeout) as suite:
        date = f"{datetime.now(UTC):%Y-%m-%d}"
        report = Report(suite.name, title or suite.name, suite.info, date)
        print(
            f"{report.title}: {report.says('implementation')} "
            f"{report.says('implementation_version')}, {suite.language}, "
            f"protocol {report.says('protocol_version')}"
        )
        for theme, rows in chosen:
            print(f"\n{theme.title}")
            for row in rows:
                with _Progress(f"{len(report.results) + 1}/{total} {row.id}"):
                    result = suite.check(row)
                report.results.append(result)
                print(result_lines(result), flush=True)
                if parsed.verbose:
                    for line in trail_lines(result):
                        print(line, flush=True)
    print(f"\n{summary_line(report, time.monotonic() - start)}\n", flush=True)
    return report


def _broken(report: Report, *, strict: bool) -> bool:
    return bool(report.failures if strict else [r for r in report.results if r.breaks])


class _Progress:
    """A line on a terminal that says what is being tried, and goes when it is done."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._shown = sys.stderr.isatty()

    def __enter__(self) -> None:
        if self._shown:
            sys.stderr.write(f"\r\x1b[K{self._text}")
            sys.stderr.flush()

    def __exit__(self, *error: object) -> None:
        if self._shown:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
