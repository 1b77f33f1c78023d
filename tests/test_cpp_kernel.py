"""The C++ kernel, driven by jupyter_client: cells, streams, input, interrupts, crashes."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from queue import Empty
from typing import ClassVar

import jupyter_kernel_test  # type: ignore[import-untyped]
import pytest
from tests.conftest import RunningKernel
from tests.cpp_program import cpp, fresh_cpp, program, start

from kernelwire import cpp as installing

__all__ = ["cpp", "fresh_cpp", "program"]  # fixtures, which pytest looks for here

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def _known_to_jupyter(
    program: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[None]:
    place = tmp_path_factory.mktemp("jupyter")
    installing.install(place / "kernels", program=program)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JUPYTER_PATH", str(place))
        patch.setenv("JUPYTER_DATA_DIR", str(place / "data"))
        yield


@pytest.mark.usefixtures("_known_to_jupyter")
class TestCpp20Kernel(jupyter_kernel_test.KernelTests):  # type: ignore[misc]
    kernel_name = "kernelwire-cpp20"
    language_name = "c++"
    file_extension = ".cpp"

    code_hello_world = '#include <iostream>\nstd::cout << "hello, world" << std::endl;'
    code_stderr = '#include <iostream>\nstd::cerr << "test" << std::endl;'
    code_page_something = "?std::string"
    code_generate_error = (
        '#include <stdexcept>\nthrow std::runtime_error("on purpose");'
    )
    code_inspect_sample = "std::string"
    code_clear_output = "#include <kernelwire/display.hpp>\nkernelwire::clear_output();"

    completion_samples: ClassVar = [
        {"text": "std::basic_streamb", "matches": {"basic_streambuf"}},
        {"text": "int forty_two = 42; forty_", "matches": {"forty_two"}},
        {"text": "%time", "matches": {"%timeit"}},
    ]
    complete_code_samples: ClassVar = [
        "1",
        "int whole = 1;",
        "int f(int x) {\n  return x;\n}",
        "%timeit 1",
    ]
    incomplete_code_samples: ClassVar = [
        "int f(int x) {",
        "int long_name = \\",
        "f(",
        "%%file notes.txt\n",
    ]
    invalid_code_samples: ClassVar = ["1 +* 2)", "int f(}"]

    code_execute_result: ClassVar = [
        {"code": "6 * 7", "result": "42"},
        {
            "code": '#include <string>\nstd::string("a") + "b"',
            "result": '"ab"',
        },
    ]
    code_display_data: ClassVar = [
        {
            "code": "#include <kernelwire/display.hpp>\n"
            'kernelwire::display(kernelwire::Html("<b>x</b>"));',
            "mime": "text/html",
        },
        {
            "code": "#include <kernelwire/display.hpp>\n"
            'kernelwire::display(kernelwire::Latex("$e^x$"));',
            "mime": "text/latex",
        },
    ]
    code_history_pattern = "6?*7*"
    supported_history_operations = ("tail", "range", "search")


@pytest.mark.parametrize("standard", ["c++17", "c++20", "c++23"])
def test_kernel_info_names_the_standard(
    program: Path, tmp_path: Path, standard: str
) -> None:
    kernel = start(program, tmp_path, "--std", standard)
    try:
        info = kernel.ask("kernel_info_request")
        assert info["implementation"] == "kernelwire-cpp"
        assert info["language_info"]["version"] == standard.removeprefix("c++")
        year = {"c++17": 201703, "c++20": 202002, "c++23": 202302}[standard]
        assert kernel.run("__cplusplus").result == str(year)
    finally:
        kernel.stop()


def test_a_cell_has_declarations_statements_and_a_value(cpp: RunningKernel) -> None:
    outcome = cpp.run(
        "#include <iostream>\n#include <vector>\n"
        "std::vector<int> squares;\n"
        "for (int n = 1; n < 4; ++n) squares.push_back(n * n);\n"
        'std::cout << "done\\n";\n'
        "squares"
    )
    assert outcome.text() == "done\n"
    assert outcome.result == "[1, 4, 9]"


def test_a_function_is_redefined_while_old_callers_keep_the_old_one(
    cpp: RunningKernel,
) -> None:
    cpp.run("int level() { return 1; }\nint ask_level() { return level(); }")
    cpp.run("int level() { return 2; }")
    assert cpp.run("level() * 10 + ask_level()").result == "21"


def test_what_is_printed_keeps_its_order(cpp: RunningKernel) -> None:
    """cout and printf share a pipe, cerr has another, and a child writes by itself."""
    outcome = cpp.run(
        "#include <cstdio>\n#include <cstdlib>\n#include <iostream>\n"
        'std::cout << "one\\n";\n'
        'std::printf("two\\n");\n'
        'std::cerr << "three\\n";\n'
        'std::cout << "four\\n";\n'
        '(void)std::system("echo five");\n'
        'std::cout << "six\\n";'
    )
    assert outcome.written == [
        ("stdout", "one\ntwo\n"),
        ("stderr", "three\n"),
        ("stdout", "four\nfive\nsix\n"),
    ]


def test_a_silent_cell_has_no_result_and_no_number(cpp: RunningKernel) -> None:
    before = cpp.run("1").reply["execution_count"]
    outcome = cpp.run("2", silent=True)
    assert outcome.of("execute_result") == []
    assert outcome.reply["execution_count"] == before


def test_user_expressions_are_values_or_errors(cpp: RunningKernel) -> None:
    wanted = {"good": "6 * 7", "bad": "no_such_name"}
    reply = cpp.run("int beside = 1;", user_expressions=wanted).reply
    values = reply["user_expressions"]
    assert values["good"]["data"]["text/plain"] == "42"
    assert (values["bad"]["status"], values["bad"]["ename"]) == (
        "error",
        "CompileError",
    )


def test_history_has_inputs_and_outputs(fresh_cpp: RunningKernel) -> None:
    fresh_cpp.run("1 + 1")
    reply = fresh_cpp.ask(
        "history_request", hist_access_type="tail", n=1, output=True, raw=True
    )
    assert reply["history"] == [[1, 1, ["1 + 1", "2"]]]


# Errors


def test_a_compile_error_points_at_the_cell_and_the_line(cpp: RunningKernel) -> None:
    count = cpp.run("1").reply["execution_count"] + 1
    outcome = cpp.run("int fine = 1;\nint broken = ;")
    (error,) = outcome.of("error")
    assert error["ename"] == "CompileError"
    assert f"In[{count}]:2:14" in "".join(error["traceback"])


def test_a_magic_above_the_code_moves_no_line(cpp: RunningKernel) -> None:
    outcome = cpp.run("%optimise 0\n\nint broken = ;")
    assert "]:3:14" in "".join(outcome.of("error")[0]["traceback"])


def test_an_exception_is_shown_with_its_type_and_what(cpp: RunningKernel) -> None:
    outcome = cpp.run('#include <stdexcept>\nthrow std::out_of_range("too far");')
    (error,) = outcome.of("error")
    assert (error["ename"], error["evalue"]) == ("std::out_of_range", "too far")
    assert "too far" in error["traceback"][-1]


@pytest.mark.parametrize(
    "code",
    [
        "int* nowhere = nullptr; *nowhere = 1;",
        "#include <cstdlib>\nstd::abort();",
        (
            "int deeper(int n) { volatile char room[4096]; room[0] = 0; "
            "return deeper(n + 1) + room[0]; }\ndeeper(0)"
        ),
        "volatile int zero = 0; 1 / zero",
    ],
    ids=["null", "abort", "stack", "division"],
)
def test_a_crash_is_an_error_and_the_kernel_goes_on(
    cpp: RunningKernel, code: str
) -> None:
    cpp.run("int kept = 7;")
    outcome = cpp.run(code)
    assert outcome.reply["status"] == "error"
    assert "Memory may be damaged" in outcome.reply["traceback"][-1]
    assert cpp.run("kept").result == "7"
    assert cpp.run("#include <vector>\nstd::vector<int>{1, 2, 3}").result == "[1, 2, 3]"


def test_exit_ends_the_cell_and_not_the_kernel(cpp: RunningKernel) -> None:
    outcome = cpp.run("#include <cstdlib>\nstd::exit(3);")
    assert outcome.reply["status"] == "error"
    assert cpp.run("1 + 1").result == "2"


# Interrupts

_BEGIN = '#include <iostream>\nstd::cout << "begun" << std::endl;\n'


@pytest.mark.parametrize(
    "code",
    [
        "while (true) {}",
        (
            "#include <chrono>\n#include <thread>\n"
            "std::this_thread::sleep_for(std::chrono::hours(1));"
        ),
        '#include <cstdlib>\n(void)std::system("sleep 3600");\nwhile (true) {}',
        "!sleep 3600",
        "%%bash\nsleep 3600",
        "%timeit -n 1000000000000 1",
    ],
    ids=["loop", "sleep", "system", "shell", "bash", "timeit"],
)
def test_what_runs_is_interrupted(cpp: RunningKernel, code: str) -> None:
    magic = code[0] in "%!"
    msg_id = cpp.execute(code if magic else _BEGIN + code)
    if magic:
        _wait_until_busy(cpp, msg_id)
    else:
        cpp.wait_for_output(msg_id, "begun")
    # A command that has not started yet would not notice.
    while cpp.ask_control("interrupt_request")["status"] == "ok":
        if _ended(cpp, msg_id):
            break
    assert cpp.run("1 + 1").result == "2"


def _wait_until_busy(kernel: RunningKernel, msg_id: str) -> None:
    for message in kernel.published(msg_id):
        if message["msg_type"] == "execute_input":
            return


def _ended(kernel: RunningKernel, msg_id: str) -> bool:
    """Whether the reply has come; waits for it a moment."""
    try:
        reply = kernel.client.get_shell_msg(timeout=0.5)
    except Empty:
        return False
    assert reply["parent_header"]["msg_id"] == msg_id
    assert reply["content"]["status"] == "error"
    return True


def test_an_interrupt_ends_a_question(cpp: RunningKernel) -> None:
    msg_id = cpp.execute(
        "#include <iostream>\n#include <string>\n"
        "std::string never;\nstd::getline(std::cin, never);\nnever",
        allow_stdin=True,
    )
    cpp.client.get_stdin_msg(timeout=60)
    cpp.ask_control("interrupt_request")
    assert cpp.finish(msg_id).reply["ename"] == "Interrupted"
    assert cpp.run("1 + 1").result == "2"


# Input


def test_cin_asks_the_frontend(cpp: RunningKernel) -> None:
    outcome = cpp.run(
        "#include <iostream>\n#include <string>\n"
        "std::string first, second;\n"
        "std::cin >> first >> second;\nfirst + second",
        "Ada Lovelace",
    )
    assert outcome.result == '"AdaLovelace"'


def test_cin_and_scanf_share_a_line(cpp: RunningKernel) -> None:
    outcome = cpp.run(
        "#include <cstdio>\n#include <iostream>\n"
        "int one = 0, two = 0;\n"
        "std::cin >> one;\n"
        'std::scanf("%d", &two);\none * 100 + two',
        "12 34",
    )
    assert outcome.result == "1234"


def test_cin_asks_after_it_was_told_to_be_fast(cpp: RunningKernel) -> None:
    """Programs for competitions begin so: libstdc++ would read file descriptor 0 then."""
    outcome = cpp.run(
        "#include <iostream>\n"
        "std::ios::sync_with_stdio(false);\nstd::cin.tie(nullptr);\n"
        "int fast = 0;\nstd::cin >> fast;\nfast",
        "5",
    )
    assert outcome.result == "5"


def test_a_prompt_and_a_password_reach_the_frontend(cpp: RunningKernel) -> None:
    msg_id = cpp.execute(
        "#include <kernelwire/input.hpp>\n"
        'kernelwire::input("name? ") + kernelwire::password("secret? ")',
        allow_stdin=True,
    )
    asked = []
    for answer in ("a", "b"):
        content = cpp.client.get_stdin_msg(timeout=60)["content"]
        asked.append((content["prompt"], content["password"]))
        cpp.client.input(answer)
    assert asked == [("name? ", False), ("secret? ", True)]
    assert cpp.finish(msg_id).result == '"ab"'


@pytest.mark.parametrize(
    "code",
    ["#include <iostream>\nint a; std::cin >> a;", 'int b; scanf("%d", &b);'],
    ids=["cin", "scanf"],
)
def test_a_frontend_that_takes_no_questions_is_an_error(
    cpp: RunningKernel, code: str
) -> None:
    cpp.run("#include <cstdio>")
    outcome = cpp.run(code)
    assert outcome.reply["status"] == "error"
    assert "does not take input" in outcome.reply["evalue"]
    assert cpp.run("1 + 1").result == "2"


# Life


def test_a_restarted_kernel_has_forgotten(fresh_cpp: RunningKernel) -> None:
    fresh_cpp.run("int forgotten = 1;")
    fresh_cpp.manager.restart_kernel()
    fresh_cpp.client.wait_for_ready(timeout=60)
    assert fresh_cpp.run("forgotten").reply["ename"] == "CompileError"


def test_shutdown_ends_the_process_with_0(fresh_cpp: RunningKernel) -> None:
    process = fresh_cpp.process
    fresh_cpp.run('#include <string>\nstd::string alive = "yes";')
    fresh_cpp.ask_control("shutdown_request", restart=False)
    assert process.wait(60) == 0


def test_the_program_has_no_python_in_it(program: Path) -> None:
    linked = subprocess.run(
        ["ldd", program], capture_output=True, text=True, check=True
    ).stdout
    assert "libclang-cpp" in linked
    assert "libpython" not in linked


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--std", "c++11"], "--std is c++11, want c++17, c++20 or c++23"),
        (["-O", "9"], "-O is 9, want a level from 0 to 3"),
        (["dance"], "there is no dance; --help lists what there is"),
        (["--std"], "--std wants a value"),
    ],
    ids=["standard", "level", "verb", "value"],
)
def test_wrong_arguments_are_told_in_one_line(
    program: Path, arguments: list[str], complaint: str
) -> None:
    done = subprocess.run(
        [program, *arguments], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"kernelwire-cpp: {complaint}\n"


def test_the_program_installs_itself_without_python(
    program: Path, tmp_path: Path
) -> None:
    subprocess.run([program, "install", "--prefix", tmp_path], check=True)
    kernels = tmp_path / "share" / "jupyter" / "kernels"
    names = sorted(path.name for path in kernels.iterdir())
    assert names == ["kernelwire-cpp17", "kernelwire-cpp20", "kernelwire-cpp23"]
    content = json.loads((kernels / names[1] / "kernel.json").read_text())
    assert content["display_name"] == "C++20 (kernelwire)"
    assert content["argv"][1:] == ["-f", "{connection_file}", "--std", "c++20"]
