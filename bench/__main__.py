"""`python -m bench [all|kernels|floods|...|report]`, from the repository's root.

`all`, the default, measures everything, then writes the tables of bench/README.md and
the picture. `--quick` only prints the tables: its figures are not worth keeping.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from bench import report, results
from bench.apps import rows as apps_rows
from bench.apps import run as apps
from bench.clients import run as clients
from bench.codec import run as codec
from bench.cpp import rows as cpp_rows
from bench.cpp import run as cpp
from bench.embedded import run as embedded
from bench.faults import floods, interrupts
from bench.kernels import catalogue, rows
from bench.kernels import run as kernels
from bench.results import Results
from bench.session import rows as session_rows
from bench.session import run as session
from kernelwire.switch import VARIABLE, disable

HERE = Path(__file__).parent
README = HERE / "README.md"
PICTURE = HERE.parent / "docs" / "images" / "benchmark.svg"
PYTHON = {
    "kernelwire-python",
    "ipykernel",
}  # what both sides of the rows of faults know
ROWS = [
    *(
        row.name
        for step in (*rows.STEPS, *floods.STEPS, *interrupts.STEPS)
        for row in step.rows
    ),
    *(step.name for step in session_rows.STEPS),
    *(
        row.name
        for scene in apps_rows.SCENES
        for step in scene.steps
        for row in step.rows
    ),
]


def main() -> int:
    arguments = parser().parse_args()
    signal.signal(signal.SIGTERM, stop)
    if arguments.verb == "report":
        publish(results.load(arguments.json))
        return 0
    switch_off()
    measured: Results = {}
    if arguments.verb in ("all", "kernels"):
        measured["kernels"] = measure_kernels(arguments)
    if arguments.verb in ("all", "floods"):
        found = PYTHON | {"kernelwire-cpp"}
        measured["floods"] = measure_faults(arguments, floods.STEPS, found)
    if arguments.verb in ("all", "interrupts"):
        measured["interrupts"] = measure_faults(arguments, interrupts.STEPS, PYTHON)
    if arguments.verb in ("all", "codec"):
        plan = codec.QUICK if arguments.quick else codec.Plan()
        measured["codec"] = codec.compare(plan)
    if arguments.verb in ("all", "session"):
        measured["session"] = measure_session(arguments)
    if arguments.verb in ("all", "apps"):
        measured["apps"] = measure_apps(arguments)
    if arguments.verb in ("all", "embedded"):
        loops = embedded.QUICK if arguments.quick else embedded.Plan()
        measured["embedded"] = embedded.compare(loops, arguments.build)
    if arguments.verb in ("all", "clients"):
        visits = clients.QUICK if arguments.quick else clients.Plan()
        measured["clients"] = clients.compare(visits, arguments.build)
    if arguments.verb in ("all", "cpp"):
        cells = cpp_rows.QUICK if arguments.quick else cpp_rows.Plan()
        measured["cpp"] = cpp.compare(cells, arguments.build)
    for lines in report.tables(measured).values():
        print("\n".join(lines))
    whole = not (arguments.quick or arguments.kernels or arguments.rows)
    if whole or arguments.keep:
        kept = results.load(arguments.json) | measured
        results.save(arguments.json, kept)
        if arguments.verb == "all":
            publish(kept)
    return 0


def switch_off() -> None:
    """Compare with jupyter_client's own Session, whatever the environment says.

    It holds for this process and for those it starts, but for those of `apps` that are
    to have ours.
    """
    os.environ[VARIABLE] = "off"
    disable()


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


def measure_faults(
    arguments: argparse.Namespace, steps: Sequence[rows.Step], known: set[str]
) -> results.Result:
    contenders = [
        each
        for each in catalogue.CONTENDERS
        if each.name in known
        and (not arguments.kernels or each.name in arguments.kernels)
    ]
    steps = [
        step
        for step in steps
        if not arguments.rows or any(row.name in arguments.rows for row in step.rows)
    ]
    return kernels.compare(contenders, steps, rows.Plan(rounds=1), arguments.build)


def measure_session(arguments: argparse.Namespace) -> results.Result:
    plan = session.QUICK if arguments.quick else session.Plan()
    steps = [
        step
        for step in session_rows.STEPS
        if not arguments.rows or step.name in arguments.rows
    ]
    return session.compare(steps, plan, arguments.build)


def measure_apps(arguments: argparse.Namespace) -> results.Result:
    plan = apps_rows.QUICK if arguments.quick else apps_rows.Plan()
    if arguments.rounds:
        plan = replace(plan, rounds=arguments.rounds)
    return apps.compare(apps_rows.SCENES, arguments.rows or ROWS, plan)


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
        choices=(
            "all",
            "kernels",
            "floods",
            "interrupts",
            "codec",
            "session",
            "apps",
            "embedded",
            "clients",
            "cpp",
            "report",
        ),
    )
    made.add_argument(
        "--kernels",
        type=names({each.name for each in catalogue.CONTENDERS}),
        metavar="A,B",
        help="measure only these kernels: "
        + ", ".join(each.name for each in catalogue.CONTENDERS),
    )
    made.add_argument(
        "--rows",
        type=names(set(ROWS)),
        metavar="A,B",
        help=f"measure only these, not for codec: {', '.join(ROWS)}",
    )
    made.add_argument("--rounds", type=int, help="rounds of kernels and apps")
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
        help="where to look for the C++ programs "
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
