"""The conformance suite: it finds what is wrong with a kernel, and nothing with ours.

The faulty kernels are tests/data/raw_kernel.py, which is right but for one fault.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.conftest import write_kernelspec

from kernelwire.conformance import Level, Outcome, Result, Suite, rows, select
from kernelwire.conformance.report import rows_as_markdown
from kernelwire.conformance.snippets import PURPOSES, Snippets
from kernelwire.kernelspec import install_python

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).parent.parent
DATA = Path(__file__).parent / "data"
PAGE = ROOT / "docs" / "conformance.md"
ROWS_PAGE = ROOT / "docs" / "conformance-rows.md"
REPORT_PAGE = ROOT / "docs" / "conformance-report.md"
LIMIT = 60.0  # seconds a row: the machine may have other work
COMMAND = [sys.executable, "-m", "kernelwire", "conformance"]

# The specification has a silent request broadcast no output. Like ipykernel's, ours sends
# the text that it prints: frontends run code silently and read just that.
KNOWN = {"execute.silent-output"}


def raw_kernelspec(place: Path, *options: str) -> Path:
    program = str(DATA / "raw_kernel.py")
    # It does nothing about signals, which Python would turn into its end.
    command = [sys.executable, program, *options]
    return write_kernelspec(place / "tried", command, interrupt_mode="message")


def try_rows(
    kernelspec: Path | str, *patterns: str, snippets: Path | None = None
) -> list[Result]:
    with Suite(str(kernelspec), snippets=snippets, limit=LIMIT) as suite:
        return list(suite.run(rows(*patterns)))


def failures(results: Sequence[Result]) -> dict[str, str]:
    """What was found, by the ids of the rows that have failed."""
    failed = [result for result in results if result.outcome is Outcome.FAIL]
    return {result.row.id: result.detail for result in failed}


# Our kernels


@pytest.mark.timeout(600)
def test_the_python_kernel_conforms(tmp_path: Path) -> None:
    source = ROOT / "src" / "kernelwire" / "kernelspecs" / "kernelwire-python"
    results = try_rows(source)
    assert set(failures(results)) <= KNOWN, failures(results)
    untested = {r.row.id for r in results if r.outcome is Outcome.NOT_TESTED}
    assert untested <= {"status.starting"}  # which may be over before anybody listens


@pytest.mark.timeout(600)
def test_the_raw_python_kernel_conforms(tmp_path: Path) -> None:
    results = try_rows(install_python(tmp_path, raw=True).directory)
    # `len?`, which asks for a page, is not Python.
    assert set(failures(results)) <= KNOWN | {"execute.payload"}, failures(results)
    missing = {r.row.id for r in results if r.outcome is Outcome.NOT_OFFERED}
    assert {row.partition(".")[0] for row in missing} <= {"debugger"}


@pytest.mark.timeout(300)
def test_the_echo_kernel_in_python_conforms(tmp_path: Path) -> None:
    program = str(ROOT / "examples" / "echo.py")
    kernelspec = write_kernelspec(tmp_path / "tried", [sys.executable, program])
    results = try_rows(kernelspec, snippets=DATA / "echo.toml")
    assert set(failures(results)) <= KNOWN, failures(results)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_echo_kernel_in_cpp_conforms(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    from tests.native import cpp_build

    program = cpp_build(tmp_path_factory) / "cpp" / "examples" / "echo" / "echo_kernel"
    kernelspec = write_kernelspec(
        tmp_path / "tried", [str(program)], interrupt_mode="message"
    )
    results = try_rows(kernelspec, snippets=DATA / "echo.toml")
    assert set(failures(results)) <= KNOWN, failures(results)


# Others' kernels


@pytest.mark.timeout(300)
def test_a_kernel_that_is_not_ours_passes_what_is_required(tmp_path: Path) -> None:
    """It has no part of kernelwire in it, and little more than it must have."""
    results = try_rows(raw_kernelspec(tmp_path), snippets=DATA / "raw.toml")
    assert failures(results) == {}
    outcomes = {result.row.id: result.outcome for result in results}
    assert outcomes["introspection.complete-reply"] is Outcome.NOT_OFFERED
    assert outcomes["interrupt.sleep"] is Outcome.NOT_TESTED


@pytest.mark.parametrize(
    ("fault", "row", "found"),
    [
        ("accepts-anything", "wire.wrong-signature", "execute_reply"),
        ("accepts-anything", "wire.changed", "execute_reply"),
        ("counts-silent", "execute.silent-count", "wanted a step of one"),
        ("dies", "status.unknown-type", r"ended \(exit code 3\)"),
        ("forgets-idle", "status.execute", "no idle for execute_request within 2 s"),
        ("hangs", "status.unknown-type", "no kernel_info_reply on shell within 2 s"),
        ("ignores-shutdown", "life.shutdown", "the process still runs after 2 s"),
        ("lacks-language", "info.shell", "no content.language_info"),
        ("loud", "execute.silent", "execute_input"),
        ("nameless-error", "execute.error", "no content.ename"),
        ("never-counts", "execute.count", r"\[0, 0, 0\]"),
        ("one-id", "wire.message-ids", "with an id seen before"),
        ("replies-twice", "status.replies", "2 replies"),
        ("talks-after-idle", "status.execute", "idle last"),
    ],
)
def test_a_fault_is_found(tmp_path: Path, fault: str, row: str, found: str) -> None:
    kernelspec = raw_kernelspec(tmp_path, "--fault", fault)
    # What hangs is not worth waiting for, and all else takes milliseconds.
    limit = 2 if "2 s" in found else LIMIT
    with Suite(str(kernelspec), snippets=DATA / "raw.toml", limit=limit) as suite:
        (result,) = suite.run(rows(row))
        assert result.outcome is Outcome.FAIL
        assert re.search(found, result.detail), result.detail
        assert result.trail
        # Whatever it has done, the next row has a kernel to try.
        (next_result,) = suite.run(rows("interrupt.heartbeat"))
        assert next_result.outcome is Outcome.PASS


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("signs-wrongly", "Invalid Signature"),
        ("old-parent", "no kernel_info_reply on shell"),
    ],
)
def test_a_kernel_that_nobody_could_use_is_not_tried(
    tmp_path: Path, fault: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from kernelwire.conformance import KernelNotStarted, kernel

    monkeypatch.setattr(kernel, "STARTING", 5.0)
    kernelspec = raw_kernelspec(tmp_path, "--fault", fault)
    with pytest.raises(KernelNotStarted, match=said), Suite(str(kernelspec)):
        pass


# The rows themselves


def test_rows_have_ids_of_their_own_and_sentences() -> None:
    every = rows()
    assert len({row.id for row in every}) == len(every)
    assert all(re.fullmatch(r"[a-z]+\.[a-z0-9-]+", row.id) for row in every)
    assert all(row.sentence.endswith(".") for row in every)
    assert all(row.source.url.startswith("https://") for row in every)


def test_a_row_needs_only_snippets_that_there_are() -> None:
    needed = {name for row in rows() for name in row.needs}
    assert needed == set(PURPOSES)


def test_every_snippet_is_there_for_python() -> None:
    assert set(Snippets.for_language("python").codes) == set(PURPOSES)


@pytest.mark.parametrize("name", sorted(Snippets.for_language("c++").codes))
def test_a_snippet_for_cpp_compiles(name: str, tmp_path: Path) -> None:
    """Not as a kernel would run it, but as the body of a function."""
    code = Snippets.for_language("C++17").codes[name]
    if name in ("completable", "emoji", "inspectable", "incomplete"):
        pytest.skip("not a statement")
    lines = code.splitlines()
    head = [line for line in lines if line.startswith("#")]
    body = [line for line in lines if not line.startswith("#")]
    source = tmp_path / "snippet.cpp"
    source.write_text("\n".join([*head, "int main() {", *body, "}"]))
    command = ["c++", "-std=c++17", "-fsyntax-only", str(source)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_page_of_rows_is_that_of_the_suite() -> None:
    """Where it is not: kernelwire conformance --list --markdown docs/conformance-rows.md"""
    assert ROWS_PAGE.read_text("utf-8") == rows_as_markdown(select())


def test_the_report_has_every_row() -> None:
    """Where it has not, the page says how it is made."""
    text = REPORT_PAGE.read_text("utf-8")
    assert [row.id for row in rows() if f"`{row.id}`" not in text] == []


# The command line


def run_command(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [*COMMAND, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_exit_code_is_0_where_all_that_is_required_passes(tmp_path: Path) -> None:
    page, data = tmp_path / "report.md", tmp_path / "report.json"
    done = run_command(
        f"{raw_kernelspec(tmp_path)}=A kernel",
        *("--only", "info", "--only", "execute.sil*", "--snippets", DATA / "raw.toml"),
        *("--markdown", page, "--json", data),
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "A kernel: raw 1, raw, protocol 5.5" in done.stdout
    assert "pass        execute.silent\n" in done.stdout
    assert "not offered info.connect (optional)\n" in done.stdout
    assert "| row | what must hold | A kernel |" in page.read_text()
    (kernel,) = json.loads(data.read_text())["kernels"]
    outcomes = {row["id"]: row["outcome"] for row in kernel["rows"]}
    assert outcomes["execute.silent"] == "pass"
    assert outcomes["execute.silent-result"] == "not tested"
    assert outcomes["info.usage"] == "not offered"


def test_the_exit_code_is_1_where_a_required_row_fails(tmp_path: Path) -> None:
    kernelspec = raw_kernelspec(tmp_path, "--fault", "loud")
    snippets = ("--snippets", DATA / "raw.toml")
    done = run_command(kernelspec, "--only", "execute.silent", "--verbose", *snippets)
    assert done.returncode == 1
    assert "fail        execute.silent\n" in done.stdout
    assert "-> shell execute_request {'code': 'conformance'" in done.stdout
    assert "1 fail, 1 of the failures in required rows" in done.stdout


@pytest.mark.parametrize(("options", "code"), [((), 0), (("--strict",), 1)])
def test_other_rows_may_fail_unless_it_is_to_be_strict(
    tmp_path: Path, options: tuple[str, ...], code: int
) -> None:
    row = next(row for row in rows("wire.session") if row.level is Level.OPTIONAL)
    kernelspec = raw_kernelspec(tmp_path, "--fault", "two-sessions")
    snippets = ("--snippets", DATA / "raw.toml")
    done = run_command(kernelspec, "--only", row.id, *snippets, *options)
    assert "fail        wire.session (optional)" in done.stdout
    assert done.returncode == code


def test_without_snippets_a_row_says_what_is_missing(tmp_path: Path) -> None:
    done = run_command(raw_kernelspec(tmp_path), "--only", "outputs.stdout")
    assert "no snippet `print` for raw; see --snippets" in done.stdout
    assert done.returncode == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "a kernelspec is needed"),
        (["absent"], "no kernel absent; Jupyter knows"),
        (["python3", "--only", "bogus"], "no row matches 'bogus'"),
        (["python3", "--timeout", "0"], "invalid"),
        (["python3", "--snippets", "absent.toml"], "absent.toml"),
        (["python3", "--json", "/absent/report.json"], "no directory /absent"),
    ],
    ids=["no kernel", "absent", "no row", "no time", "no snippets", "no directory"],
)
def test_a_mistake_is_one_line_and_a_failure(arguments: list[str], said: str) -> None:
    done = run_command(*arguments)
    assert done.returncode != 0
    assert said in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("print = ", "is not TOML"),
        ('print = "a"', "language is None"),
        ('language = "a"\nprant = "a"', "no row uses 'prant'"),
        ('language = "a"\nprint = 1', "print is 1, want a string"),
    ],
    ids=["no TOML", "no language", "unknown", "a number"],
)
def test_snippets_that_are_wrong_are_refused(
    tmp_path: Path, text: str, said: str
) -> None:
    (tmp_path / "wrong.toml").write_text(text)
    done = run_command("python3", "--snippets", tmp_path / "wrong.toml")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert said in done.stderr


def test_the_rows_are_listed() -> None:
    done = run_command("--list", "--only", "execute")
    assert "execute.silent " in done.stdout
    assert "info.shell" not in done.stdout


# The page


@pytest.fixture
def example(tmp_path: Path) -> Path:
    """The page's test of a kernel, for a kernel that there is."""
    (block,) = re.findall(
        r"^```python\n(.*?)^```", PAGE.read_text(), re.MULTILINE | re.DOTALL
    )
    test = tmp_path / "test_kernel.py"
    test.write_text(block.replace('"mykernel"', repr(str(raw_kernelspec(tmp_path)))))
    return test


def test_the_example_for_pytest_runs(example: Path) -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*command, str(example), "-k", "info or connect"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert re.search(r"\d passed", done.stdout), done.stdout
