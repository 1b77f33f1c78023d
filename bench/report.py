"""The Markdown tables of bench/README.md, made from a result file.

A table replaces whatever stands between its two markers; the prose around it is written
by hand and stays.
"""

from __future__ import annotations

from pathlib import Path

from bench.apps.run import BASELINE as APPS
from bench.clients.contestants import FLOOR as CLIENTS
from bench.codec.contestants import BASELINE as CODEC
from bench.cpp.contestants import BASELINE as COMPILER
from bench.embedded.run import FLOOR as EMBEDDED
from bench.kernels.catalogue import FLOOR
from bench.results import Entry, Result, Results, RowResult
from bench.session.rows import BASELINE as SESSION

_SEPARATOR = "<br>"
_SPEED = "x as fast"


def write(results: Results, readme: Path) -> None:
    """Put the tables of all results into the page, between their markers."""
    text = readme.read_text()
    for name, lines in tables(results).items():
        text = between(text, name, "\n".join(lines))
    readme.write_text(text)


def tables(results: Results) -> dict[str, list[str]]:
    """Return the Markdown lines of each benchmark that was run."""
    made: dict[str, list[str]] = {}
    if "kernels" in results:
        made["kernels"] = section(results["kernels"], FLOOR, "x")
    if "floods" in results:
        made["floods"] = section(results["floods"], "", "x")
    if "interrupts" in results:
        made["interrupts"] = section(results["interrupts"], "", "x")
    if "codec" in results:
        made["codec"] = section(results["codec"], CODEC, _SPEED)
    if "session" in results:
        made["session"] = section(results["session"], SESSION, _SPEED)
    if "apps" in results:
        made["apps"] = section(results["apps"], APPS, _SPEED)
    if "embedded" in results:
        made["embedded"] = section(results["embedded"], EMBEDDED, "x")
    if "clients" in results:
        made["clients"] = section(results["clients"], CLIENTS, "x")
    if "cpp" in results:
        made["cpp"] = section(results["cpp"], COMPILER, "x")
    return made


def section(result: Result, baseline: str, style: str) -> list[str]:
    """Return what one benchmark's markers enclose."""
    return circumstances(result) + table(result, baseline, style)


def between(text: str, name: str, content: str) -> str:
    """Replace what stands between a benchmark's markers.

    Raises:
        ValueError: the page lacks a marker.
    """
    first, last = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    before, found, rest = text.partition(first)
    _, closed, after = rest.partition(last)
    if not (found and closed):
        msg = f"no markers {first} and {last} in the page"
        raise ValueError(msg)
    return f"{before}{first}\n\n{content}\n\n{last}{after}"


def circumstances(result: Result) -> list[str]:
    """Say when, where, of what and how the figures were made."""
    machine = result["machine"]
    versions = ", ".join(f"{name} {v}" for name, v in machine["versions"].items())
    notes = [each for each in result["contestants"].values() if each["note"]]
    measured = [f"{each['title']}: {each['note']}" for each in notes if each["found"]]
    absent = [f"{each['title']}: {each['note']}" for each in notes if not each["found"]]
    occasion = (
        f"Measured on {machine['date']} by `{machine['command']}`, in "
        f"{result['rounds']} rounds and {result['seconds'] / 60:.1f} minutes."
    )
    hardware = (
        f"* Machine: {machine['cpu']}, {machine['cores']} cores, "
        f"{machine['memory'] / 2**30:.0f} GiB, {machine['system']}; load average "
        f"before the run: {machine['load']:.2f}."
    )
    software = f"* Versions: {machine['python']}, {versions}."
    lines = [occasion, "", hardware, software]
    if measured:
        lines.append(f"* Kernels, as they name themselves: {'; '.join(measured)}.")
    if absent:
        lines.append(f"* Not measured: {'; '.join(absent)}.")
    if result["quick"]:
        lines.append(
            "* This was a quick run, which is good for a look, not for figures."
        )
    return [*lines, ""]


def table(result: Result, baseline: str, style: str) -> list[str]:
    """Return a table with a line per row and a column per contestant."""
    columns = [name for name, each in result["contestants"].items() if each["found"]]
    titles = [result["contestants"][name]["title"] for name in columns]
    lines = ["| | " + " | ".join(titles) + " |", "|---" + "|--:" * len(columns) + "|"]
    for row in result["rows"].values():
        base = row["entries"].get(baseline)
        cells = [
            cell(row, row["entries"][name], None if name == baseline else base, style)
            if name in row["entries"]
            else ""
            for name in columns
        ]
        lines.append(f"| {row['title']}, {row['unit']} | " + " | ".join(cells) + " |")
    return lines


def cell(row: RowResult, entry: Entry, base: Entry | None, style: str) -> str:
    """Return the median, below it the 95th percentile, the ratio and what was lost."""
    summary = entry["summary"]
    if summary is None:
        return _SEPARATOR.join(remarks(entry)) or "-"
    if row["unit"] == "lines":
        return _SEPARATOR.join([span(entry), *remarks(entry)])
    lines = [f"**{number(summary['median'])}**"]
    if summary["count"] > 1:
        lines.append(f"p95 {number(summary['p95'])}")
    times = ratio(row, entry, base)
    if times is not None:
        shown = times if style != _SPEED else 1 / times
        lines.append(f"{number(shown)}{style}")
    return _SEPARATOR.join([*lines, *remarks(entry)])


def ratio(row: RowResult, entry: Entry, base: Entry | None) -> float | None:
    """Return how many times worse than the baseline: above 1 is always worse."""
    if base is None or base["summary"] is None or entry["summary"] is None:
        return None
    times = entry["summary"]["median"] / base["summary"]["median"]
    return times if row["better"] == "lower" else 1 / times


def remarks(entry: Entry) -> list[str]:
    """Return what was counted beside the time, and what went wrong."""
    facts = entry["facts"]
    lines = []
    if lost := [value for value in facts.get("lost", []) if value]:
        rounds = f"in {len(lost)} of {len(facts['lost'])}"
        lines.append(f"up to {max(lost):,.0f} lost, {rounds}")
    if missing := sum(facts.get("idle_lost", [])):
        lines.append(f"idle lost {missing:.0f} of {len(facts['idle_lost'])}")
    if worst := facts.get("worst"):
        lines.append(f"worst {number(max(worst))}")
    if copies := facts.get("copies"):
        lines.append(f"{max(copies):.1f} copies")
    if entry["note"]:
        lines.append(entry["note"].replace("|", "\\|"))
    return lines


def span(entry: Entry) -> str:
    """Return the least and the most lines that arrived in any round."""
    summary = entry["summary"]
    if summary is None:
        return "-"
    least, most = summary["minimum"], summary["maximum"]
    return f"{least:,.0f}" if least == most else f"{least:,.0f} to {most:,.0f}"


def number(value: float) -> str:
    """Return three significant digits, and all digits before the point."""
    if value >= 100:
        return f"{value:,.0f}"
    if value >= 10:
        return f"{value:.1f}"
    return f"{value:.2f}" if value >= 1 else f"{value:.3f}"
