"""The magics of the C++ kernel: what each does, and what it says when misused."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from tests.conftest import RunningKernel
from tests.cpp_program import cpp, fresh_cpp, program

__all__ = ["cpp", "fresh_cpp", "program"]  # fixtures, which pytest looks for here

pytestmark = pytest.mark.timeout(300)


def place_of(kernel: RunningKernel) -> Path:
    """The directory that a kernel runs in."""
    return Path(kernel.manager.connection_file).parent


def test_timeit_says_how_long_a_statement_takes(cpp: RunningKernel) -> None:
    cpp.run("int counted = 0;")
    text = cpp.run("%timeit -n 10 -r 3 counted += 1").text()
    assert "s per loop (mean ± std. dev. of 3 runs, 10 loops each), -O0" in text
    assert cpp.run("counted").result == "30"


def test_timeit_finds_the_number_of_loops(cpp: RunningKernel) -> None:
    text = cpp.run("%timeit -r 1 1 + 1").text()
    assert "1 run, 10" in text
    assert "0 loops each" in text


def test_a_cell_is_timed_with_what_it_needs_first(cpp: RunningKernel) -> None:
    code = (
        "%%timeit -n 5 -r 2 -p 2 int sum = 0;\nfor (int n = 0; n < 9; ++n)\n sum += n;"
    )
    assert "2 runs, 5 loops each" in cpp.run(code).text()


def test_an_error_in_a_timed_cell_keeps_its_line(cpp: RunningKernel) -> None:
    outcome = cpp.run("%%timeit\nint fine = 1;\nint broken = ;")
    assert "]:3:" in "".join(outcome.of("error")[0]["traceback"])


def test_a_cell_is_written_to_a_file_and_appended(cpp: RunningKernel) -> None:
    assert cpp.run("%%file 'some notes.txt'\none\n").text() == "wrote some notes.txt\n"
    cpp.run("%%file -a 'some notes.txt'\ntwo\n")
    assert (place_of(cpp) / "some notes.txt").read_text() == "one\ntwo\n"
    assert cpp.run("!cat 'some notes.txt'").text() == "one\ntwo\n"


def test_a_file_that_was_written_is_included(cpp: RunningKernel) -> None:
    cpp.run("%%file seven.hpp\ninline int seven() { return 7; }\n")
    assert cpp.run('#include "seven.hpp"\nseven()').result == "7"


@pytest.mark.parametrize(
    "code",
    [
        'int main() { std::printf("whole\\n"); }',
        'std::printf("whole\\n");',
    ],
    ids=["main", "statements"],
)
def test_a_cell_becomes_a_program(cpp: RunningKernel, code: str) -> None:
    made = cpp.run(f"%%executable whole -- -Wall\n#include <cstdio>\n{code}\n")
    assert made.reply["status"] == "ok", made.text("stderr")
    done = subprocess.run(
        [place_of(cpp) / "whole"], capture_output=True, text=True, check=True
    )
    assert done.stdout == "whole\n"


def test_a_program_that_does_not_compile_is_an_error(cpp: RunningKernel) -> None:
    outcome = cpp.run("%%executable broken\nint x = ;\n")
    assert outcome.reply["ename"] == "CompileError"
    assert "expected" in outcome.text("stderr")


def test_shell_commands_write_into_the_cell(cpp: RunningKernel) -> None:
    outcome = cpp.run("!echo out; echo err >&2; exit 3")
    assert outcome.reply["status"] == "ok"
    assert outcome.text() == "out\n"
    assert outcome.text("stderr") == "err\nexit code 3\n"


def test_bash_runs_a_cell_and_its_failure_is_an_error(cpp: RunningKernel) -> None:
    assert cpp.run("%%bash\nwords=(a b)\necho ${words[1]}\n").text() == "b\n"
    assert cpp.run("%%bash\nexit 4\n").reply["evalue"] == "bash ended with exit code 4"


def test_magics_come_before_the_code_of_their_cell(cpp: RunningKernel) -> None:
    outcome = cpp.run("!echo first\n%optimise 0\nint below = 5;\nbelow")
    assert outcome.text() == "first\n-O0\n"
    assert outcome.result == "5"


def test_an_undone_cell_has_declared_nothing(fresh_cpp: RunningKernel) -> None:
    fresh_cpp.run("int kept = 1;")
    fresh_cpp.run("int undone = 2;")
    assert fresh_cpp.run("%undo").reply["status"] == "ok"
    assert fresh_cpp.run("undone").reply["ename"] == "CompileError"
    assert fresh_cpp.run("kept").result == "1"


def test_undo_without_a_cell_is_an_error(fresh_cpp: RunningKernel) -> None:
    assert fresh_cpp.run("%undo").reply["ename"] == "UndoError"


def test_a_library_is_loaded(cpp: RunningKernel) -> None:
    place = place_of(cpp)
    (place / "triple.cpp").write_text('extern "C" int triple(int n) { return 3 * n; }')
    command = ["g++", "-shared", "-fPIC", "triple.cpp", "-o", "libtriple.so"]
    subprocess.run(command, cwd=place, check=True)
    assert cpp.run("%load ./libtriple.so").reply["status"] == "ok"
    assert cpp.run('extern "C" int triple(int);\ntriple(14)').result == "42"


def test_a_library_that_is_not_there_is_named(cpp: RunningKernel) -> None:
    outcome = cpp.run("%load ./libnowhere.so")
    assert "libnowhere.so" in outcome.reply["evalue"]


def test_another_standard_starts_anew(fresh_cpp: RunningKernel) -> None:
    assert fresh_cpp.run("%std").text() == "c++20\n"
    fresh_cpp.run("int forgotten = 1;")
    assert fresh_cpp.run("%std c++17").reply["status"] == "ok"
    assert fresh_cpp.run("__cplusplus").result == "201703"
    assert fresh_cpp.run("forgotten").reply["ename"] == "CompileError"


def test_a_restart_runs_the_declarations_again_where_asked(
    fresh_cpp: RunningKernel,
) -> None:
    """Headers and macros as well; and no statement, not even one beside a declaration."""
    fresh_cpp.run("#include <iostream>\n#define START 1")
    fresh_cpp.run('int number = START;\nnumber = 5;\nstd::cout << "once";')
    fresh_cpp.run("number = 6;")
    fresh_cpp.run("int twice() { return 2 * number; }\ntwice()")
    again = fresh_cpp.run("%restart --replay")
    assert again.text() == "started anew, with what 3 cells had declared\n"
    assert fresh_cpp.run("twice()").result == "2"
    fresh_cpp.run("%restart")
    assert fresh_cpp.run("twice()").reply["ename"] == "CompileError"
    assert fresh_cpp.run("%restart --replay").reply["status"] == "ok"
    assert fresh_cpp.run("twice()").result == "2"


def test_what_a_cell_declared_before_it_threw_is_declared_again(
    fresh_cpp: RunningKernel,
) -> None:
    """The next cell was run again in the place of the one that had failed."""
    fresh_cpp.run("int kept = 1;\nthrow kept;")
    fresh_cpp.run("++kept;")
    assert fresh_cpp.run("%restart --replay").reply["status"] == "ok"
    assert fresh_cpp.run("kept").result == "1"


def test_a_library_is_loaded_again_after_a_restart(fresh_cpp: RunningKernel) -> None:
    place = place_of(fresh_cpp)
    (place / "half.cpp").write_text('extern "C" int half_of(int n) { return n / 2; }')
    command = ["g++", "-shared", "-fPIC", "half.cpp", "-o", "libhalf.so"]
    subprocess.run(command, cwd=place, check=True)
    fresh_cpp.run("%load ./libhalf.so")
    fresh_cpp.run('extern "C" int half_of(int);\nint kept = half_of(8);')
    assert fresh_cpp.run("%restart --replay").reply["status"] == "ok"
    assert fresh_cpp.run("kept").result == "4"


def test_the_compiler_gets_further_arguments(fresh_cpp: RunningKernel) -> None:
    assert fresh_cpp.run("%arguments -DGIVEN=7").reply["status"] == "ok"
    assert fresh_cpp.run("GIVEN").result == "7"


@pytest.mark.parametrize(
    "argument", ["-fwrong", "-Xclang -fwrong"], ids=["driver", "compiler"]
)
def test_arguments_that_clang_does_not_know_change_nothing(
    cpp: RunningKernel, argument: str
) -> None:
    cpp.run("int still_here = 3;")
    reply = cpp.run(f"%arguments {argument}").reply
    assert reply["ename"] == "CompilerError"
    assert "unknown argument: '-fwrong'" in reply["evalue"]
    assert cpp.run("still_here").result == "3"


def test_cells_are_optimised(cpp: RunningKernel) -> None:
    assert cpp.run("%optimise 2").text() == "-O2\n"
    assert cpp.run("int squared(int n) { return n * n; }\nsquared(9)").result == "81"
    assert "-O2" in cpp.run("%timeit -n 1 -r 1 squared(9)").text()
    cpp.run("%optimise 0")


def test_who_lists_what_was_declared(cpp: RunningKernel) -> None:
    cpp.run("double weight = 1.5;\nint answer() { return 42; }\nstruct Box {};")
    lines = [line.split() for line in cpp.run("%who").text().splitlines()]
    found = {words[0]: words[1:] for words in lines}
    assert found["weight"] == ["variable", "double"]
    assert found["answer"][0] == "function"
    assert found["Box"][0] == "class"


@pytest.mark.parametrize("code", ["?std::vector", "std::vector?", "??std::vector"])
def test_a_question_opens_the_pager(cpp: RunningKernel, code: str) -> None:
    cpp.run("#include <vector>")
    (page,) = cpp.run(code).reply["payload"]
    assert page["source"] == "page"
    assert "std::vector" in page["data"]["text/plain"]


@pytest.mark.parametrize("code", ["%help", "%lsmagic"])
def test_help_lists_the_magics(cpp: RunningKernel, code: str) -> None:
    text = cpp.run(code).text()
    assert "%%file [-a] FILE" in text
    assert "takes back what the last cell declared" in text


@pytest.mark.parametrize(
    ("code", "complaint"),
    [
        ("%dance", "there is no magic %dance; there are: %arguments"),
        ("%%dance\n1", "there is no magic %dance"),
        ("%file", "want %%file [-a] FILE"),
        ("%%file -x a\n", "there is no option -x"),
        ("%timeit -n many 1", "-n is to be a number from 1 on"),
        ("%timeit", "want %timeit"),
        ("%std c++98", "want c++17, c++20 or c++23"),
        ("%optimise 9", "want %optimise"),
        ("%load", "want %load LIBRARY"),
        ("%arguments", "want %arguments -ARGUMENT..."),
        ("%arguments file.cpp", "want %arguments -ARGUMENT..."),
        ("%%undo\n", "want %undo"),
        ("?nobody_knows", "nothing is known of nobody_knows"),
    ],
)
def test_a_magic_that_is_misused_says_what_is_wanted(
    cpp: RunningKernel, code: str, complaint: str
) -> None:
    reply = cpp.run(code).reply
    assert reply["status"] == "error"
    assert complaint in reply["evalue"]


def test_names_of_magics_are_completed(cpp: RunningKernel) -> None:
    reply = cpp.ask("complete_request", code="1;\n%%ti", cursor_pos=7)
    assert reply["matches"] == ["%%timeit"]
    assert (reply["cursor_start"], reply["cursor_end"]) == (3, 7)


def test_a_percent_below_code_is_an_operator(cpp: RunningKernel) -> None:
    assert cpp.run("17\n% 5").result == "2"
