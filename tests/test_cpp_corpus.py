"""A course's worth of C++: what cells print is what g++ makes of the same text.

The snippets are in tests/cpp_corpus. A file begins with its headers; each snippet has a line
`// --- name`, declarations, a line `// main`, and statements. Its declarations are one cell and
its statements another, and a file is run in one kernel, so that a snippet may declare again
what another has declared. For g++ a file is one program, where each snippet is a namespace with
a function.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from tests.cpp_program import program, start

__all__ = ["program"]  # a fixture, which pytest looks for here

pytestmark = pytest.mark.timeout(600)

CORPUS = Path(__file__).with_name("cpp_corpus")
FILES = sorted(path.stem for path in CORPUS.glob("*.cpp"))

LEVELS = ("-O0", "-O2")

# What no snippet prints: it stands before the output of each.
SEPARATOR = "\x1e"

# Snippets that print something else in cells, and why. A mark that is out of date is a failure.
DIFFERENT = {
    "templates/an immediate function outside of blocks": "clang calls it at run time",
}


@dataclass
class Snippet:
    """A named piece of a file."""

    name: str
    declarations: str
    statements: str


def read(topic: str) -> tuple[str, list[Snippet]]:
    """Read a file of the corpus: its headers, and its snippets."""
    headers, *pieces = (CORPUS / f"{topic}.cpp").read_text().split("// --- ")
    snippets = []
    for piece in pieces:
        name, _, code = piece.partition("\n")
        declarations, divider, statements = code.partition("// main\n")
        assert divider, f"{topic}: {name} has no line // main"
        snippets.append(Snippet(name.strip(), declarations, statements))
    return headers, snippets


def parameters() -> Iterator[object]:
    """Topic and name of each snippet, for a test."""
    for topic in FILES:
        for snippet in read(topic)[1]:
            name = f"{topic}/{snippet.name}"
            why = DIFFERENT.get(name)
            marks = [pytest.mark.xfail(reason=why, strict=True)] if why else []
            yield pytest.param(topic, snippet.name, id=name, marks=marks)


def as_program(topic: str) -> str:
    """A file of the corpus as a program that runs each snippet."""
    headers, snippets = read(topic)
    lines = ["#include <iostream>", headers]
    for number, snippet in enumerate(snippets):
        lines += [f"namespace snippet_{number} {{", snippet.declarations]
        lines += ["void run() {", snippet.statements, "}", "}"]
    lines.append("int main() {")
    for number in range(len(snippets)):
        lines.append(f'std::cout << "\\x1e"; snippet_{number}::run();')
    return "\n".join([*lines, "}", ""])


def run_by_gcc(topic: str, place: Path) -> list[str]:
    """What each snippet of a file prints in a program that g++ has compiled."""
    source, target = place / f"{topic}.cpp", place / topic
    source.write_text(as_program(topic))
    options = ["-std=c++20", "-w", "-pthread"]
    subprocess.run(["g++", *options, str(source), "-o", str(target)], check=True)
    ran = subprocess.run(
        [str(target)], check=True, cwd=place, stdout=subprocess.PIPE, text=True
    )
    return ran.stdout.split(SEPARATOR)[1:]


def run_in_cells(program: Path, topic: str, level: str, place: Path) -> list[str]:
    """What each snippet of a file prints in cells; errors are part of it."""
    headers, snippets = read(topic)
    kernel = start(program, place, level)
    try:
        assert kernel.run(headers).reply["status"] == "ok"
        printed = []
        for snippet in snippets:
            text = ""
            for cell in (snippet.declarations, snippet.statements):
                outcome = kernel.run(cell)
                text += outcome.text()
                if outcome.reply["status"] != "ok":
                    reply = outcome.reply
                    text += "\n".join([reply["ename"], *reply["traceback"]])
                    break
            printed.append(text)
    finally:
        kernel.stop()
    return printed


@pytest.fixture(scope="module")
def by_gcc(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[dict[str, Future[list[str]]]]:
    """The outputs of the programs, which are compiled while the cells run."""
    if shutil.which("g++") is None:
        pytest.skip("there is no g++ to compare with")
    place = tmp_path_factory.mktemp("gcc")
    pool = ThreadPoolExecutor(max(1, (os.cpu_count() or 2) - 1))
    yield {topic: pool.submit(run_by_gcc, topic, place) for topic in FILES}
    pool.shutdown(cancel_futures=True)


@pytest.fixture(scope="module")
def in_cells(
    program: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str, str], list[str]]:
    """The outputs of a file's cells, which each level runs once, in a kernel of its own."""

    def run(topic: str, level: str) -> list[str]:
        return run_in_cells(program, topic, level, tmp_path_factory.mktemp(topic))

    return cache(run)


@pytest.mark.parametrize(("topic", "name"), list(parameters()))
def test_snippet_prints_what_it_prints_under_gcc(
    topic: str,
    name: str,
    by_gcc: dict[str, Future[list[str]]],
    in_cells: Callable[[str, str], list[str]],
) -> None:
    """The same text, compiled by g++ as a program and run in the kernel as cells."""
    number = [snippet.name for snippet in read(topic)[1]].index(name)
    wanted = by_gcc[topic].result()[number]
    assert wanted, "a snippet prints something"
    for level in LEVELS:
        assert in_cells(topic, level)[number] == wanted, level


def test_corpus_is_a_course() -> None:
    """There are two hundred snippets at least, each with a name of its own."""
    found = [f"{topic}/{snippet.name}" for topic in FILES for snippet in read(topic)[1]]
    assert len(found) == len(set(found))
    assert len(found) >= 200
    assert set(DIFFERENT) <= set(found)
