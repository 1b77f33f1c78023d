"""The documentation: its links lead somewhere, and its code runs as it stands.

Blocks fenced as `python` are run, and `pycon` sessions compared with what they show; all
blocks of a page share a process and a namespace. `ipython` blocks are cells of the Python
kernel, and a page's `cpp` block is built. This file is also the program that runs a page.
"""

from __future__ import annotations

import doctest
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import KernelManager

if TYPE_CHECKING:
    from tests.conftest import RunningKernel

ROOT = Path(__file__).parent.parent
WRITING = ROOT / "docs" / "writing-kernels.md"
EMBEDDING = ROOT / "docs" / "embedding.md"
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")),
    *sorted((ROOT / "docs").glob("*.md")),
    ROOT / "bench" / "README.md",
]
PATIENCE = 60.0  # seconds


class Block(NamedTuple):
    """A fenced block: its language, text, and the line it begins on, from 0."""

    language: str
    text: str
    line: int


def blocks_of(page: Path, *languages: str) -> list[Block]:
    text = page.read_text("utf-8")
    fenced = re.finditer(r"^```(\w*)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    found = [Block(m[1], m[2], text[: m.start(2)].count("\n")) for m in fenced]
    return [block for block in found if block.language in languages]


def run_page(page: Path) -> int:
    """Run a page's Python; returns how many sessions differ from what they show."""
    namespace: dict[str, Any] = {"__name__": page.stem}
    options = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
    runner = doctest.DocTestRunner(optionflags=options)
    for language, text, line in blocks_of(page, "python", "pycon"):
        if language == "python":
            # The empty lines make a traceback name the page's own line.
            code = compile("\n" * line + text, page, "exec")
            exec(code, namespace)  # noqa: S102 - our own pages
            continue
        parser = doctest.DocTestParser()
        session = parser.get_doctest(text, {}, page.name, str(page), line)
        session.globs = namespace  # and not a copy: functions look names up in it
        runner.run(session, clear_globs=False)
    return runner.summarize(verbose=False).failed


def relative(page: Path) -> str:
    return str(page.relative_to(ROOT))


def with_blocks(language: str) -> list[Path]:
    return [page for page in PAGES if blocks_of(page, language)]


@pytest.mark.parametrize("page", with_blocks("python"), ids=relative)
def test_the_code_of_a_page_runs(page: Path) -> None:
    done = subprocess.run(
        [sys.executable, __file__, str(page)],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        timeout=2 * PATIENCE,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("page", with_blocks("ipython"), ids=relative)
def test_the_cells_of_a_page_run_in_the_python_kernel(
    page: Path, kernel: RunningKernel
) -> None:
    code = "\n\n".join(block.text for block in blocks_of(page, "ipython"))
    assert kernel.run(code).reply["status"] == "ok"


def anchors_of(page: Path) -> set[str]:
    """The fragments that GitHub gives to a page's headings."""
    headings = re.findall(r"^#+ (.*)$", page.read_text("utf-8"), re.MULTILINE)
    bare = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return {heading.replace(" ", "-") for heading in bare}


@pytest.mark.parametrize("page", PAGES, ids=relative)
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)\s]+)\)", page.read_text("utf-8"))
    local = [link.partition("#") for link in links if "://" not in link]
    missing = [
        name + mark + fragment
        for name, mark, fragment in local
        if not (target := page.parent / name if name else page).exists()
        or (fragment and fragment not in anchors_of(target))
    ]
    assert not missing


@pytest.fixture(scope="module")
def calculator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningKernel]:
    """The example, installed by itself and started by its kernelspec."""
    from tests.conftest import RunningKernel

    place = tmp_path_factory.mktemp("calculator")
    program = str(ROOT / "examples" / "calculator.py")
    command = [sys.executable, program, "install", "--prefix", str(place)]
    subprocess.run(command, check=True, capture_output=True, timeout=PATIENCE)
    kernels = place / "share" / "jupyter" / "kernels"
    manager = KernelManager(
        kernel_name="calculator",
        kernel_spec_manager=KernelSpecManager(kernel_dirs=[str(kernels)]),
        connection_file=str(place / "connection.json"),
    )
    manager.start_kernel()
    kernel = RunningKernel(manager)
    yield kernel
    kernel.stop()


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        ("2 + 3 * -4", "-10"),
        ("a = 2\n\nsqrt(a ** 4) / a", "2"),
        ("cos(pi)", "-1"),
    ],
)
def test_the_calculator_calculates(
    calculator: RunningKernel, code: str, shown: str
) -> None:
    assert calculator.run(code).result == shown


@pytest.mark.parametrize(
    ("code", "ename", "evalue"),
    [
        ("1 / 0", "ZeroDivisionError", "division by zero"),
        ("1\nunheard", "LookupError", "nothing is called unheard"),
        ("[1]", "SyntaxError", "not a sum: [1]"),
        ("log(0)", "ValueError", "..."),
    ],
)
def test_the_calculator_tells_what_is_wrong(
    calculator: RunningKernel, code: str, ename: str, evalue: str
) -> None:
    outcome = calculator.run(code, stop_on_error=False)
    (error,) = outcome.of("error")
    assert error["ename"] == outcome.reply["ename"] == ename
    assert evalue in ("...", error["evalue"])


def test_the_calculator_completes_and_inspects(calculator: RunningKernel) -> None:
    reply = calculator.ask("complete_request", code="1 + sq", cursor_pos=6)
    assert (reply["matches"], reply["cursor_start"]) == (["sqrt"], 4)
    reply = calculator.ask(
        "inspect_request", code="1 + sqrt(2)", cursor_pos=6, detail_level=0
    )
    assert "square root" in reply["data"]["text/plain"]


@pytest.mark.parametrize(
    ("code", "status"),
    [("1 +", "incomplete"), ("sqrt(", "incomplete"), ("1 + 1", "complete")],
)
def test_the_calculator_knows_a_whole_sum(
    calculator: RunningKernel, code: str, status: str
) -> None:
    assert calculator.ask("is_complete_request", code=code)["status"] == status


def built(page: Path, name: str, factory: pytest.TempPathFactory) -> Path:
    """The C++ program of a page, built against this tree's library."""
    from tests.native import checked, cmake, cpp_build

    place = factory.mktemp(name)
    (cpp,) = blocks_of(page, "cpp")
    (lists,) = blocks_of(page, "cmake")
    (place / f"{name}.cpp").write_text(cpp.text)
    (place / "CMakeLists.txt").write_text(lists.text)
    prefix = place / "prefix"
    checked("cmake", "--install", cpp_build(factory), "--prefix", prefix)
    return cmake(place, place / "build", f"-DCMAKE_PREFIX_PATH={prefix}") / name


@pytest.fixture(scope="module")
def counter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningKernel]:
    from tests.native import start

    program = built(WRITING, "counter", tmp_path_factory)
    kernel = start(program, program.parent)
    yield kernel
    kernel.stop()


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_kernel_in_cpp_counts_asks_and_is_interrupted(
    counter: RunningKernel,
) -> None:
    outcome = counter.run("count 3")
    assert (outcome.text(), outcome.result) == ("1\n2\n3\n", "3")
    assert counter.run("ask", "Ada").text() == "hello, Ada\n"
    reply = counter.ask("complete_request", code="co", cursor_pos=2)
    assert reply["matches"] == ["count"]

    msg_id = counter.execute("count 600")
    counter.wait_for_output(msg_id, "1\n")
    counter.manager.interrupt_kernel()
    assert counter.finish(msg_id).reply["ename"] == "Interrupted"


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_application_with_a_kernel_says_how_far_it_has_come(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    from tests.test_embedding import Visitor, started

    program = built(EMBEDDING, "simulation", tmp_path_factory)
    with started(program, program.parent / "runtime") as application:
        visitor = Visitor(application.file)
        first = int(visitor.run("steps")["result"])
        assert int(visitor.run("steps")["result"]) > first
        assert visitor.run("quit")["status"] == "ok"
        visitor.client.stop_channels()
        assert application.wait() == 0


def test_json_blocks_are_json() -> None:
    texts = [block.text for page in PAGES for block in blocks_of(page, "json")]
    assert [type(json.loads(text)) for text in texts] == [dict] * len(texts)


if __name__ == "__main__":
    sys.exit(run_page(Path(sys.argv[1])))
