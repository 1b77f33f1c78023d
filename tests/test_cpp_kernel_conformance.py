"""The C++ kernel and the messaging specification: every row of our own suite."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.cpp_program import program
from tests.test_conformance import DATA, KNOWN, failures, try_rows

from kernelwire import cpp
from kernelwire.conformance import Outcome

__all__ = ["program"]  # a fixture, which pytest looks for here


@pytest.mark.timeout(900)
def test_the_cpp_kernel_conforms(program: Path, tmp_path: Path) -> None:
    (spec,) = cpp.install(tmp_path, program=program, standard="c++20")
    results = try_rows(spec.directory, snippets=DATA / "cpp_kernel.toml")
    assert set(failures(results)) <= KNOWN, failures(results)
    untested = {r.row.id for r in results if r.outcome is Outcome.NOT_TESTED}
    assert untested <= {"status.starting"}  # which may be over before anybody listens
    missing = {r.row.id for r in results if r.outcome is Outcome.NOT_OFFERED}
    assert {row.partition(".")[0] for row in missing} <= {"debugger", "subshells"}
