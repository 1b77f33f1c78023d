"""kernelwire-run, the client in C++, on kernels of several makers.

Each over tcp and ipc, encrypted and not. xeus-python (0.19) knows no CURVE, and is no
dependency of the tests.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import nbformat
import pytest
from tests.conftest import start_kernel, write_kernelspec

# Where `make test-cpp` has not built the program, the first test does.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

PATIENCE = 120  # seconds
LINES = 20_000

Done = subprocess.CompletedProcess[str]
Run = Callable[..., Done]


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from tests.native import cpp_build

    return cpp_build(tmp_path_factory) / "cpp"


@pytest.fixture(scope="module")
def program(build: Path) -> Path:
    return build / "kernelwire-run"


@pytest.fixture(scope="module")
def environment(
    build: Path, jupyter_environment: dict[str, str]
) -> Iterator[dict[str, str]]:
    """Where the three kernels are known, and the paths of sockets are short enough."""
    kernels = Path(jupyter_environment["JUPYTER_PATH"]) / "kernels"
    write_kernelspec(
        kernels / "echo", [str(build / "examples" / "echo" / "echo_kernel")]
    )
    write_kernelspec(
        kernels / "ipykernel", [sys.executable, "-m", "ipykernel_launcher"]
    )
    path = (
        f"{Path(sys.executable).parent}:{os.environ['PATH']}"  # `python` of kernelspecs
    )
    with tempfile.TemporaryDirectory(prefix="kw-") as runtime:
        yield {**jupyter_environment, "PATH": path, "JUPYTER_RUNTIME_DIR": runtime}
        assert list(Path(runtime).iterdir()) == []  # files of kernels go with them


@pytest.fixture
def run(program: Path, environment: dict[str, str]) -> Run:
    def run(*arguments: str | Path, typed: str = "") -> Done:
        return subprocess.run(
            [program, *arguments],
            input=typed,
            capture_output=True,
            text=True,
            env=environment,
            timeout=PATIENCE,
            check=False,
        )

    return run


@pytest.mark.parametrize("kernel", ["kernelwire-python", "ipykernel", "echo"])
@pytest.mark.parametrize("transport", [[], ["--ipc"]], ids=["tcp", "ipc"])
@pytest.mark.parametrize("encryption", [[], ["--encrypt"]], ids=["plain", "curve"])
def test_every_kernel_runs_code(
    run: Run, kernel: str, transport: list[str], encryption: list[str]
) -> None:
    done = run("--kernel", kernel, *transport, *encryption, "-c", "print('hello')")
    wanted = "print('hello')" if kernel == "echo" else "hello\n"
    assert (done.stdout, done.returncode) == (wanted, 0)


@pytest.mark.parametrize("kernel", ["kernelwire-python", "ipykernel"])
def test_the_cells_of_a_notebook_run_on_its_kernel(
    run: Run, kernel: str, tmp_path: Path
) -> None:
    notebook = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_markdown_cell("# Not code"),
            nbformat.v4.new_code_cell("import sys\nanswer = 6 * 7"),
            nbformat.v4.new_code_cell("print(answer)\nprint('aside', file=sys.stderr)"),
            nbformat.v4.new_code_cell("{'answer': answer}"),
        ],
        metadata={"kernelspec": {"name": kernel, "display_name": kernel}},
    )
    file = tmp_path / "cells.ipynb"
    nbformat.write(notebook, file)
    done = run(file)
    assert (done.stdout, done.returncode) == ("42\n{'answer': 42}\n", 0)
    assert "aside\n" in done.stderr


def test_a_script_is_one_cell(run: Run, tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text("for word in ('one', 'two'):\n    print(word)\n")
    assert run("--kernel", "kernelwire-python", script).stdout == "one\ntwo\n"


def test_a_cell_that_fails_ends_the_run(run: Run, tmp_path: Path) -> None:
    cells = [nbformat.v4.new_code_cell(code) for code in ("1 / 0", "print('after')")]
    file = tmp_path / "fails.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells), file)
    done = run("--kernel", "kernelwire-python", file)
    assert (done.stdout, done.returncode) == ("", 1)
    assert "ZeroDivisionError" in done.stderr
    done = run("--kernel", "kernelwire-python", "--allow-errors", file)
    assert (done.stdout, done.returncode) == ("after\n", 1)


@pytest.mark.parametrize("kernel", ["kernelwire-python", "ipykernel"])
def test_questions_are_asked_on_the_terminal(run: Run, kernel: str) -> None:
    code = "import getpass; print(input('name? '), getpass.getpass('word? '))"
    done = run("--kernel", kernel, "-c", code, typed="Ann\nsecret\n")
    assert done.stdout == "name? word? Ann secret\n"


def test_a_flood_arrives_whole(run: Run) -> None:
    code = f"for n in range({LINES}): print(n, flush=True)"
    done = run("--kernel", "kernelwire-python", "-c", code)
    assert done.stdout == "".join(f"{n}\n" for n in range(LINES))


@pytest.mark.parametrize("kernel", ["kernelwire-python", "ipykernel"])
def test_ctrl_c_interrupts_the_cell(
    program: Path, environment: dict[str, str], kernel: str
) -> None:
    code = "import time; print('asleep', flush=True); time.sleep(1000)"
    with subprocess.Popen(
        [program, "--kernel", kernel, "-c", code],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "asleep\n"
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=PATIENCE)
    assert process.returncode == 1
    assert "KeyboardInterrupt" in said


@pytest.mark.parametrize("kernel", ["kernelwire-python", "ipykernel"])
def test_a_kernel_that_dies_is_an_error_and_not_a_wait(run: Run, kernel: str) -> None:
    done = run(
        "--kernel",
        kernel,
        "-c",
        "print('last words', flush=True); os = __import__('os'); os._exit(3)",
    )
    assert done.returncode == 2
    assert "the kernel has ended" in done.stderr


def test_a_cell_that_takes_too_long_is_given_up(run: Run) -> None:
    code = "import time; time.sleep(1000)"
    done = run("--kernel", "kernelwire-python", "--timeout", "0.5", "-c", code)
    assert done.returncode == 2
    assert "too long" in done.stderr


def test_a_kernel_that_runs_already_is_used_and_goes_on(
    run: Run, jupyter_environment: dict[str, str], tmp_path: Path
) -> None:
    kernel = start_kernel(jupyter_environment, tmp_path)
    try:
        kernel.run("kept = 'still here'")
        file = kernel.manager.connection_file
        done = run("--existing", file, "-c", "print(kept)")
        assert (done.stdout, done.returncode) == ("still here\n", 0)
        assert kernel.run("kept").result == "'still here'"
    finally:
        kernel.stop()


def test_the_kernels_there_are_can_be_listed(run: Run) -> None:
    listed = [line.split("\t")[0] for line in run("--list").stdout.splitlines()]
    assert {"echo", "ipykernel", "kernelwire-python"} <= set(listed)
    assert listed == sorted(listed)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["-c", "1", "--kernel", "klingon"], "there is: echo, ipykernel, kernelwire"),
        (["-c"], "-c wants a value"),
        ([], "want a FILE, or -c CODE"),
        (["--loud", "-c", "1"], "there is no option --loud"),
        (["--timeout", "soon", "-c", "1"], "--timeout wants seconds"),
        (["missing.ipynb"], "missing.ipynb: cannot be read"),
        (["--existing", "missing.json", "-c", "1"], "missing.json"),
    ],
    ids=["kernel", "value", "nothing", "option", "seconds", "notebook", "connection"],
)
def test_mistakes_are_said(run: Run, arguments: list[str], said: str) -> None:
    done = run(*arguments)
    assert done.returncode == 2
    assert said in done.stderr


@pytest.mark.parametrize(
    "content", ["", "[]", '{"cells": 1, "metadata": {}}', '{"cells": [{}]}']
)
def test_a_file_that_is_no_notebook_is_refused(
    run: Run, tmp_path: Path, content: str
) -> None:
    file = tmp_path / "odd.ipynb"
    file.write_text(content)
    done = run(file)
    assert done.returncode == 2
    assert "is no notebook of format 4" in done.stderr


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ({"argv": []}, "argv is missing"),
        ({"argv": ["/no/such/program"], "display_name": "none"}, "cannot run /no/such"),
        ({"argv": [1]}, "argv holds what is no string"),
    ],
    ids=["no argv", "no program", "number"],
)
def test_a_kernelspec_that_cannot_be_started_says_why(
    run: Run, tmp_path: Path, spec: dict[str, object], said: str
) -> None:
    folder = tmp_path / "odd"
    folder.mkdir()
    (folder / "kernel.json").write_text(json.dumps(spec))
    done = run("--kernel", folder, "-c", "1")
    assert done.returncode == 2
    assert said in done.stderr


def test_the_client_of_the_examples_shows_what_a_kernel_says(
    build: Path, environment: dict[str, str]
) -> None:
    done = subprocess.run(
        [build / "examples" / "client" / "client", "ipykernel", "6 * 7"],
        capture_output=True,
        text=True,
        env=environment,
        timeout=PATIENCE,
        check=True,
    )
    lines = done.stdout.splitlines()
    assert lines[0] == "kernel: ipython"
    assert lines[-1] == "reply: ok"
    assert any(line.startswith("execute_result: ") and "42" in line for line in lines)
