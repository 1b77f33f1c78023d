"""The page of the C++ kernel: its cells run, in their order, and show what it says."""

from __future__ import annotations

import pytest
from tests.conftest import RunningKernel
from tests.cpp_program import cpp, program
from tests.test_docs import ROOT, blocks_of

from kernelwire.cpp import RUNNING

__all__ = ["cpp", "program"]  # fixtures, which pytest looks for here

PAGE = ROOT / "docs" / "cpp-kernel.md"


@pytest.mark.timeout(300)
def test_the_cells_of_the_page_show_what_it_says(cpp: RunningKernel) -> None:
    results: list[str] = []
    wanted = [block.text.rstrip() for block in blocks_of(PAGE, "text")]
    for block in blocks_of(PAGE, "cpp"):
        outcome = cpp.run(block.text)
        assert outcome.reply["status"] == "ok", outcome.reply
        results += [
            content["data"]["text/plain"] for content in outcome.of("execute_result")
        ]
    assert len(wanted) == 2
    assert results == wanted


def test_the_page_names_the_packages_that_running_needs() -> None:
    text = " ".join(PAGE.read_text().split())
    assert RUNNING.partition("--no-install-recommends ")[2] in text
