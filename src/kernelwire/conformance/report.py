"""The reports: lines for a terminal, Markdown for people, JSON for programs.

Over `suite.py`; used by the command line. Several kernels stand side by side.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from kernelwire.conformance.messages import Json, Message
from kernelwire.conformance.rows import Level, Outcome, Row, Theme
from kernelwire.conformance.snippets import PURPOSES
from kernelwire.conformance.suite import Result

__all__ = [
    "Report",
    "as_json",
    "as_markdown",
    "result_lines",
    "rows_as_markdown",
    "summary_line",
    "trail_lines",
]

_REPORT = (
    "Made by `kernelwire conformance`, which says what each row asks for, and where that "
    "is written. A row that is not required is marked as optional, or as an extension, "
    "which is in no specification."
)
_ROWS = (
    "Made by `kernelwire conformance --list --markdown FILE`. [Conformance]"
    "(conformance.md) says how rows are tried, and what the levels mean."
)
_SHOWN = 300  # characters of a message's content in a trail


@dataclass
class Report:
    """What became of the rows on one kernel."""

    name: str
    """The kernelspec's."""
    title: str
    """What the column is called."""
    info: Json
    """The kernel's kernel_info_reply."""
    date: str
    results: list[Result] = field(default_factory=list)

    @property
    def failures(self) -> list[Result]:
        return [result for result in self.results if result.outcome is Outcome.FAIL]

    def of(self, row: Row) -> Result | None:
        """The result of a row, where it was tried."""
        return next((result for result in self.results if result.row is row), None)

    def says(self, name: str) -> str:
        """A field of the kernel_info_reply as text."""
        return str(self.info.get(name, ""))


def result_lines(result: Result) -> str:
    """A row's line, and what was found below it."""
    row, outcome = result.row, result.outcome
    weight = "" if row.level is Level.REQUIRED else f" ({row.level})"
    line = f"{outcome:<11} {row.id}{weight}"
    if outcome is Outcome.PASS:
        return line
    return f"{line}\n            {result.detail}"


def summary_line(report: Report, seconds: float) -> str:
    """How many rows have ended in which way."""
    counts = Counter(result.outcome for result in report.results)
    parts = [f"{counts[outcome]} {outcome}" for outcome in Outcome if counts[outcome]]
    required = sum(result.breaks for result in report.results)
    weight = f", {required} of the failures in required rows" if report.failures else ""
    return f"{', '.join(parts)}{weight}; {seconds:.1f} s"


def trail_lines(result: Result) -> list[str]:
    """The messages of a row that has failed, and what the kernel has printed."""
    lines = [f"            {_as_line(message)}" for message in result.trail]
    printed = result.printed.strip().splitlines()
    return lines + [f"            | {line}" for line in printed]


def _as_line(message: Message) -> str:
    arrow = "<-" if message.incoming else "->"
    content = str(message.content)
    if len(content) > _SHOWN:
        content = f"{content[:_SHOWN]}... ({len(content)} characters)"
    sizes = [len(buffer) for buffer in message.buffers]
    buffers = f" buffers of {sizes} bytes" if sizes else ""
    what = f"{message.channel} {message.msg_type} {content}{buffers}"
    return f"{message.seconds:7.3f} {arrow} {what}"


def as_json(reports: Sequence[Report]) -> Json:
    """All that was found, for programs."""
    return {"kernels": [_report_as_json(report) for report in reports]}


def _report_as_json(report: Report) -> Json:
    return {
        "name": report.name,
        "title": report.title,
        "date": report.date,
        "kernel_info": report.info,
        "rows": [_result_as_json(result) for result in report.results],
    }


def _result_as_json(result: Result) -> dict[str, Any]:
    return {
        "id": result.row.id,
        "sentence": result.row.sentence,
        "level": result.row.level.value,
        "source": result.row.source.url,
        "outcome": result.outcome.value,
        "detail": result.detail,
        "seconds": round(result.seconds, 3),
        "trail": [_as_line(message) for message in result.trail],
    }


def as_markdown(
    themes: Sequence[tuple[Theme, Sequence[Row]]], reports: Sequence[Report]
) -> str:
    """A page: the kernels, what they add up to, a table for each theme, and what was
    found in the rows that have failed.
    """
    parts = [
        "# Conformance report",
        _REPORT,
        _kernels_table(reports),
        _counts_table(reports),
    ]
    for theme, rows in themes:
        parts += [f"## {theme.title}", _theme_table(rows, reports)]
    parts += ["## What was found", *(_findings(report) for report in reports)]
    return "\n\n".join(parts) + "\n"


def _table(head: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    rows = [head, ["---"] * len(head), *lines]
    return "\n".join(f"| {' | '.join(_cell(c) for c in row)} |" for row in rows)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _kernels_table(reports: Sequence[Report]) -> str:
    head = ["kernel", "implementation", "language", "protocol", "tested on"]
    lines = []
    for report in reports:
        language = report.info.get("language_info", {})
        lines.append(
            [
                report.title,
                f"{report.says('implementation')} {report.says('implementation_version')}",
                f"{language.get('name', '')} {language.get('version', '')}",
                report.says("protocol_version"),
                report.date,
            ]
        )
    return _table(head, lines)


def _counts_table(reports: Sequence[Report]) -> str:
    lines = []
    for outcome in Outcome:
        for level in Level:
            found = [
                sum(
                    result.outcome is outcome and result.row.level is level
                    for result in report.results
                )
                for report in reports
            ]
            if any(found):
                lines.append([f"{outcome}, {level}", *map(str, found)])
    return _table(["rows", *(report.title for report in reports)], lines)


def _theme_table(rows: Sequence[Row], reports: Sequence[Report]) -> str:
    lines = []
    for row in rows:
        weight = "" if row.level is Level.REQUIRED else f" ({row.level})"
        outcomes = [
            "" if result is None else _emphasised(result.outcome)
            for result in (report.of(row) for report in reports)
        ]
        lines.append([f"`{row.id}`{weight}", row.sentence, *outcomes])
    titles = [report.title for report in reports]
    return _table(["row", "what must hold", *titles], lines)


def _emphasised(outcome: Outcome) -> str:
    return f"**{outcome}**" if outcome is Outcome.FAIL else str(outcome)


def _findings(report: Report) -> str:
    """What was found where a row has failed, in a list."""
    if not report.failures:
        return f"**{report.title}**: nothing."
    lines = [
        f"* `{result.row.id}`: {_cell(result.detail)}." for result in report.failures
    ]
    return "\n".join([f"**{report.title}**:", "", *lines])


def rows_as_markdown(themes: Sequence[tuple[Theme, Sequence[Row]]]) -> str:
    """A page with all rows and snippets."""
    parts = [
        "# The rows of the conformance suite",
        _ROWS,
    ]
    for theme, rows in themes:
        lines = [
            [
                f"`{row.id}`",
                row.sentence,
                f"[{row.source.title}]({row.source.url})",
                row.level,
                " ".join(f"`{name}`" for name in row.needs),
            ]
            for row in rows
        ]
        head = ["row", "what must hold", "source", "level", "snippets"]
        parts += [f"## {theme.title}", _table(head, lines)]
    snippets = [[f"`{name}`", purpose] for name, purpose in PURPOSES.items()]
    parts += ["## Snippets", _table(["snippet", "what the code does"], snippets)]
    return "\n\n".join(parts) + "\n"
