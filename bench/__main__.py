"""`python -m bench [all|kernels|codec|report]`, from the repository's root.

`all`, the default, measures both benchmarks, then writes the tables of bench/README.md
and the picture. `--quick` only prints the tables: its figures are not worth keeping.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from bench import report, results
from bench.codec import run as codec
from bench.kernels import catalogue, rows
from bench.kernels import run as kernels
from bench.results import Results

HERE = Path(__file__).parent
README = HERE / "README.md"
PICTURE = HERE.parent / "docs" / "images" / "benchmark.svg"


def main() -> int:
    arguments = parser().parse_args()
    signal.signal(signal.SIGTERM, stop)
    if arguments.verb == "report":
        publish(results.load(arguments.json))
        return 0
    measured: Results = {}
    if arguments.verb in ("all", "kernels"):
        measured["kernels"] = measure_kernels(arguments)
    if arguments.verb in ("all", "codec"):
        plan = codec.QUICK if arguments.quick else codec.Plan()
        measured["codec"] = codec.compare(plan)
    for lines in report.tables(measured).values():
        print("\n".join(lines))
    whole = not (arguments.quick or arguments.kernels or arguments.rows)
    if whole or arguments.keep:
        kept = results.load(arguments.json) | measured
        results.save(arguments.json, kept)
        if arguments.verb == "all":
            publish(kept)
    return 0


def measure_kernels(arguments: argparse.Namespace) -> results.Result:
    plan = rows.QUICK if arguments.quick else rows.Plan()
    if arguments.rounds:
        plan = replace(plan, rounds=arguments.rounds)
    contenders = [
        each
        for each in catalogue.CONTENDERS
        if not arguments.kernels or each.name in arguments.kernels
    ]
    steps = [
        step
        for step in rows.STEPS
        if not arguments.rows or any(row.name in arguments.rows for row in step.rows)
    ]
    return kernels.compare(contenders, steps, plan, arguments.build)


def publish(measured: Results) -> None:
    """Write the tables into bench/README.md and draw the picture."""
    report.write(measured, README)
    if "kernels" in measured:
        from bench import picture  # matplotlib is slow to import, and not always there

        picture.draw(measured["kernels"], PICTURE)


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    made.add_argument(
        "verb",
        nargs="?",
        default="all",
        choices=("all", "kernels", "codec", "report"),
    )
    made.add_argument(
        "--kernels",
        type=names({each.name for each in catalogue.CONTENDERS}),
        metavar="A,B",
        help="measure only these: "
        + ", ".join(each.name for each in catalogue.CONTENDERS),
    )
    made.add_argument(
        "--rows",
        type=names({row.name for step in rows.STEPS for row in step.rows}),
        metavar="A,B",
        help="measure only these: "
        + ", ".join(row.name for step in rows.STEPS for row in step.rows),
    )
    made.add_argument("--rounds", type=int, help="rounds of the kernel benchmark")
    made.add_argument("--quick", action="store_true", help="one short round")
    made.add_argument(
        "--keep",
        action="store_true",
        help="write the result file even after a quick or partial run",
    )
    made.add_argument(
        "--json",
        type=Path,
        default=HERE / "results.json",
        metavar="FILE",
        help="result file, read by `report` (default: bench/results.json)",
    )
    made.add_argument(
        "--build",
        type=Path,
        default=os.environ.get("KERNELWIRE_CPP_BUILD", HERE.parent / "build"),
        metavar="DIR",
        help="where to look for floor_kernel and echo_kernel "
        "(default: KERNELWIRE_CPP_BUILD, else build)",
    )
    return made


def names(known: set[str]) -> Callable[[str], list[str]]:
    """Return a parser of a list with commas that refuses unknown names."""

    def parse(text: str) -> list[str]:
        given = text.split(",")
        if unknown := set(given) - known:
            msg = f"unknown: {', '.join(sorted(unknown))}"
            raise argparse.ArgumentTypeError(msg)
        return given

    return parse


def stop(number: int, frame: object) -> None:
    """Leave by an exception, so that every kernel is killed on the way out."""
    raise SystemExit(128 + number)


if __name__ == "__main__":
    sys.exit(main())
