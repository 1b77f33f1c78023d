"""`python -m tests.notebooks [SOURCE ...]`, from the repository's root."""

from __future__ import annotations

import argparse
import logging
import shutil
import sys
import time
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.notebooks.compare import Compared, compare
from tests.notebooks.report import Part, details, page
from tests.notebooks.run import Place
from tests.notebooks.select import Found, own_cells, select, unpacked
from tests.notebooks.sources import OURS, SOURCES, Source
from tests.packages import ROOT, Offline, Overlay, sdist

TIMEOUT = 30  # seconds a cell


def main() -> int:
    arguments = _parser().parse_args()
    build: Path = arguments.build
    wanted = [
        source
        for source in SOURCES
        if not arguments.sources or source.distribution in arguments.sources
    ]
    try:
        python, archives = _fetch(build, wanted)
    except Offline:
        _say(
            "skipped: PyPI cannot be reached, and the notebooks are fetched from there"
        )
        return 0
    warnings.simplefilter("ignore")  # nbformat's, of notebooks that are test data
    logging.getLogger("nbclient").setLevel(logging.CRITICAL)
    parts: list[Part] = []
    seen: set[str] = set()
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        place = Place(Path(folder) / "jupyter", python)
        for source, archive in archives:
            target = build / "unpacked" / source.distribution
            shutil.rmtree(target, ignore_errors=True)
            root = unpacked(archive, target) if archive else own_cells(target)
            part = Part(source, select(source, root, seen))
            parts.append(part)
            chosen = [
                found for found in part.selection.found if arguments.only in found.name
            ]
            with ThreadPoolExecutor(arguments.jobs) as pool:
                part.compared += pool.map(lambda found: _compare(found, place), chosen)
    if arguments.report:
        arguments.report.write_text(page(parts, TIMEOUT), "utf-8")
    compared = [each for part in parts for each in part.compared]
    failed = sum(bool(each.unexplained) for each in compared)
    _say(f"{len(compared) - failed} passed, {failed} failed")
    return 1 if failed else 0


def _compare(found: Found, place: Place) -> Compared:
    begun = time.monotonic()
    compared = compare(found, place, TIMEOUT)
    verdict: str = compared.verdict
    if verdict == "differs" and not compared.unexplained:
        verdict = "explained"
    seconds = time.monotonic() - begun
    line = f"{verdict:9} {seconds:6.1f} s  {found.source.distribution}/{found.name}"
    _say("\n".join([line, *details(compared)]))
    return compared


def _fetch(
    build: Path, sources: list[Source]
) -> tuple[Path, list[tuple[Source, Path | None]]]:
    """Make the environment, and fetch the sdists; our own cells need none."""
    overlay = Overlay(build.resolve() / "venv")
    if overlay.install({name for source in SOURCES for name in source.requires}):
        overlay.keep()
    archives = [
        (
            source,
            None
            if source is OURS
            else sdist(source.distribution, source.version, build / "sdists"),
        )
        for source in sources
    ]
    return overlay.python, archives


def _parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(
        prog="python -m tests.notebooks",
        description="Execute the notebooks of others on this kernel and on ipykernel, and "
        "compare what their cells show.",
    )
    names = [source.distribution for source in SOURCES]
    made.add_argument(
        "sources",
        nargs="*",
        metavar="SOURCE",
        help=f"{', '.join(names)}; all, by default",
    )
    made.add_argument(
        "--only", default="", metavar="TEXT", help="notebooks whose path has this in it"
    )
    made.add_argument(
        "--report", type=Path, metavar="FILE", help="write the page of documentation"
    )
    made.add_argument(
        "--jobs",
        type=int,
        default=2,
        metavar="N",
        help="notebooks at a time (default: 2)",
    )
    made.add_argument(
        "--build",
        type=Path,
        default=ROOT / "build" / "notebooks",
        metavar="DIR",
        help="where everything is made (default: build/notebooks)",
    )
    return made


def _say(line: str) -> None:
    """Say a line at once, for the next one may be minutes away."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
