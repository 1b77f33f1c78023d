"""The `kernelwire` command, as a process: what it prints, writes and exits with."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from kernelwire.kernelspec import PYTHON_NAME

COMMAND = [sys.executable, "-m", "kernelwire"]
VERBS = [
    "install",
    "uninstall",
    "list",
    "kernel",
    "run",
    "enable",
    "disable",
    "status",
    "doctor",
    "replay",
    "conformance",
]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """An environment in which Jupyter's files of this user lie below tmp_path."""
    places = {
        f"JUPYTER_{name.upper()}_DIR": str(tmp_path / name)
        for name in ("data", "runtime", "config")
    }
    return {**os.environ, **places, "IPYTHONDIR": str(tmp_path / "ipython")}


class Cli:
    """Runs the command in a directory and an environment of the test's own."""

    def __init__(self, environment: dict[str, str], directory: Path) -> None:
        self.environment = environment
        self.directory = directory

    def __call__(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*COMMAND, *arguments],
            env=self.environment,
            cwd=self.directory,
            capture_output=True,
            text=True,
            check=False,
        )

    def checked(self, *arguments: str) -> str:
        """Standard output of a command that succeeds."""
        done = self(*arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def write_notebook(self, *cells: str, tags: tuple[str, ...] = ()) -> str:
        """Write a notebook of code cells, the last of them with tags."""
        code = [new_code_cell(source) for source in cells]
        code[-1].metadata["tags"] = list(tags)
        notebook = new_notebook(cells=[new_markdown_cell("# A title"), *code])
        nbformat.write(notebook, self.directory / "test.ipynb")
        return "test.ipynb"


@pytest.fixture
def cli(environment: dict[str, str], tmp_path: Path) -> Cli:
    directory = tmp_path / "work"
    directory.mkdir()
    return Cli(environment, directory)


@pytest.fixture
def runner(cli: Cli) -> Cli:
    """A command line for which the Python kernel of this package is installed."""
    cli.checked("install", "--user")
    return cli


def test_without_a_verb_it_prints_its_help(cli: Cli) -> None:
    assert "kernelwire install" in cli.checked()


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help_with_examples(cli: Cli, verb: str) -> None:
    text = cli.checked(verb, "--help")
    assert f"usage: kernelwire {verb}" in text
    assert f"kernelwire {verb}" in text.partition("examples:")[2]


def test_version_is_that_of_the_distribution(cli: Cli) -> None:
    assert cli.checked("--version") == f"kernelwire {version('kernelwire')}\n"


@pytest.mark.parametrize(
    ("option", "file"),
    [
        ("--cmake-dir", "kernelwireConfig.cmake"),
        ("--include-dir", "kernelwire/kernelwire.hpp"),
        ("--pkgconfig-dir", "kernelwire.pc"),
    ],
    ids=["cmake", "include", "pkgconfig"],
)
def test_it_knows_where_the_cpp_package_lies(cli: Cli, option: str, file: str) -> None:
    assert (Path(cli.checked(option).strip()) / file).is_file()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["bogus"], "invalid choice: 'bogus'"),
        (["install", "--bogus"], "unrecognized arguments: --bogus"),
        (["install", "perl"], "invalid choice: 'perl'"),
        (["install", "--user", "--sys-prefix"], "not allowed with"),
        (["install", "--user", "--env", "DEBUG"], "KEY=VALUE"),
        (["install", "--user", "--name", "a b"], "letters, digits"),
        (["install", "--prefix", "/dev/null"], "/dev/null"),
        (["uninstall", "absent"], "no kernel absent"),
        (["uninstall", "python3"], "jupyter kernelspec remove python3"),
        (["kernel", "-f"], "expected one argument"),
        (["kernel", "-f", "absent.json"], "absent.json"),
        (["run"], "NOTEBOOK"),
        (["run", "absent.ipynb"], "absent.ipynb"),
        (["run", "text.ipynb"], "text.ipynb is not a notebook"),
        (["run", "list.ipynb"], "list.ipynb is not a notebook"),
        (["run", "test.ipynb", "--kernel", "absent"], "no kernel absent"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_mistake_is_one_line_and_a_failure(
    cli: Cli, arguments: list[str], message: str
) -> None:
    cli.write_notebook("1")
    (cli.directory / "text.ipynb").write_text("hello")
    (cli.directory / "list.ipynb").write_text("[1]")
    done = cli(*arguments)
    assert done.returncode != 0
    assert done.stderr.startswith("kernelwire")
    assert message in done.stderr
    assert done.stderr.count("\n") == 1


def test_install_list_and_uninstall_agree(cli: Cli, tmp_path: Path) -> None:
    directory = tmp_path / "data" / "kernels" / "mine"
    assert f"in {directory}\n" in cli.checked("install", "--user", "--name", "mine")
    listed = {spec["name"]: spec for spec in json.loads(cli.checked("list", "--json"))}
    assert listed["mine"]["directory"] == str(directory)
    assert listed["mine"]["starts"]
    assert str(directory) in cli.checked("list")
    assert cli.checked("uninstall", "mine") == f"removed {directory}\n"
    assert not directory.exists()


def test_install_below_a_prefix_says_how_jupyter_finds_it(
    cli: Cli, tmp_path: Path
) -> None:
    share = tmp_path / "prefix" / "share" / "jupyter"
    text = cli.checked("install", "--prefix", str(tmp_path / "prefix"))
    assert f"JUPYTER_PATH contains {share}" in text
    assert (share / "kernels" / PYTHON_NAME / "kernel.json").is_file()


def test_list_marks_a_kernel_whose_python_is_gone(cli: Cli, tmp_path: Path) -> None:
    cli.checked("install", "--user", "--name", "lost")
    file = tmp_path / "data" / "kernels" / "lost" / "kernel.json"
    spec = json.loads(file.read_text())
    spec["argv"][0] = "/absent/python"
    file.write_text(json.dumps(spec))
    assert "(no /absent/python)" in cli.checked("list")


def test_a_reader_that_leaves_early_is_no_error(cli: Cli) -> None:
    with subprocess.Popen(
        [*COMMAND, "list", "--all"],
        env=cli.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""


def test_serving_the_kernel_imports_no_command_line(cli: Cli) -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "kernelwire", "kernel", "-f", "no"],
        env=cli.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "kernelwire.cli.kernel" in imported
    assert not imported & {"argparse", "jupyter_client", "jupyter_core", "IPython"}


@pytest.mark.parametrize("kernel", [PYTHON_NAME, "python3"])
def test_run_writes_the_executed_notebook_and_a_page(runner: Cli, kernel: str) -> None:
    source = runner.write_notebook("answer = 6 * 7\nanswer", "print('hi', answer)")
    text = runner.checked("run", source, "--kernel", kernel)
    assert "[1/2] ok" in text
    assert "2 cells in" in text
    executed = nbformat.read(runner.directory / "test.executed.ipynb", as_version=4)
    assert executed.cells[1].outputs[0].data["text/plain"] == "42"
    assert executed.metadata["language_info"]["name"] == "python"
    page = (runner.directory / "test.executed.html").read_text()
    assert "hi 42" in page


def test_run_prints_what_the_kernel_has_counted(runner: Cli) -> None:
    text = runner.checked("run", runner.write_notebook("1"), "--no-html")
    assert "  messages  " in text
    assert "  bytes     " in text


@pytest.mark.parametrize("encryption", ["disabled", "auto", "required"])
def test_run_encrypts_where_it_is_told_to(runner: Cli, encryption: str) -> None:
    cell = (
        "import json\nfrom pathlib import Path\n"
        "'curve_secretkey' in json.loads(Path(get_ipython().kernel.connection_file).read_text())"
    )
    source = runner.write_notebook(cell)
    runner.checked("run", source, "--no-html", "--encryption", encryption)
    executed = nbformat.read(runner.directory / "test.executed.ipynb", as_version=4)
    shown = executed.cells[1].outputs[0].data["text/plain"]
    assert shown == str(encryption != "disabled")


def test_run_says_which_kernel_cannot_be_encrypted(runner: Cli) -> None:
    """An unencrypted kernel must not be what "required" comes to."""
    folder = Path(runner.environment["JUPYTER_DATA_DIR"]) / "kernels" / "plain"
    folder.mkdir(parents=True)
    spec = {"argv": ["true"], "display_name": "Plain", "language": "plain"}
    (folder / "kernel.json").write_text(json.dumps(spec))
    source = runner.write_notebook("1")
    done = runner("run", source, "--kernel", "plain", "--encryption", "required")
    assert done.returncode == 1
    assert done.stderr.startswith("kernelwire: the kernel plain does not start: ")
    assert "supported_encryption" in done.stderr


def test_run_writes_where_it_is_told_to(runner: Cli) -> None:
    source = runner.write_notebook("1")
    files = ["--output", "out/a.ipynb", "--html", "page/b.html"]
    runner.checked("run", source, *files)
    assert (runner.directory / "out" / "a.ipynb").is_file()
    assert (runner.directory / "page" / "b.html").is_file()


def test_run_ends_at_a_cell_that_fails_and_keeps_what_there_is(runner: Cli) -> None:
    source = runner.write_notebook("1", "1 / 0", "3")
    done = runner("run", source, "--no-html")
    assert done.returncode == 1
    assert "[2/3] error ZeroDivisionError" in done.stdout
    assert "cell 2 failed with ZeroDivisionError" in done.stderr
    executed = nbformat.read(runner.directory / "test.executed.ipynb", as_version=4)
    assert executed.cells[2].outputs[0].ename == "ZeroDivisionError"
    assert executed.cells[3].outputs == []


def test_run_survives_the_error_of_a_cell_that_is_tagged_for_it(runner: Cli) -> None:
    source = runner.write_notebook("1", "1 / 0", tags=("raises-exception",))
    assert "[2/2] error ZeroDivisionError" in runner.checked("run", source, "--no-html")


def test_run_survives_all_errors_where_it_is_told_to(runner: Cli) -> None:
    source = runner.write_notebook("1 / 0", "2")
    text = runner.checked("run", source, "--no-html", "--allow-errors")
    assert "[2/2] ok" in text
    assert "1 with an error" in text


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("import time; time.sleep(600)", "cell 2 exceeds the timeout of 2 s"),
        ("import os; os._exit(3)", "cell 2 ended the kernel"),
    ],
    ids=["timeout", "death"],
)
def test_run_says_why_a_cell_has_no_end(runner: Cli, code: str, message: str) -> None:
    source = runner.write_notebook("1", code)
    done = runner("run", source, "--no-html", "--timeout", "2")
    assert done.returncode == 1
    assert message in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="sends signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_leaves_no_kernel_behind(runner: Cli, number: int) -> None:
    source = runner.write_notebook(
        "import os; open('pid', 'w').write(str(os.getpid()))",
        "import time; time.sleep(600)",
    )
    with subprocess.Popen(
        [*COMMAND, "run", source, "--no-html"],
        env=runner.environment,
        cwd=runner.directory,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert "[1/2] ok" in process.stdout.readline()
        process.send_signal(number)
        _, complaints = process.communicate()
    assert process.returncode in {1, 130}
    assert "interrupted" in complaints
    pid = int((runner.directory / "pid").read_text())
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_run_without_its_packages_says_how_to_install_them(cli: Cli) -> None:
    code = (
        "import sys; sys.modules['nbclient'] = None; "
        "from kernelwire.__main__ import main; main(['run', 'test.ipynb'])"
    )
    cli.write_notebook("1")
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=cli.environment,
        cwd=cli.directory,
        capture_output=True,
        text=True,
        check=False,
    )
    line = "kernelwire: nbclient is not installed; pip install 'kernelwire[run]'\n"
    assert (done.returncode, done.stderr) == (1, line)


def test_doctor_reports_the_installation_and_tries_the_kernel(runner: Cli) -> None:
    text = runner.checked("doctor")
    assert f"kernelwire          {version('kernelwire')}" in text
    assert "called directly" in text
    assert "encryption        can be had: CURVE" in text
    assert "start, first reply" in text
    assert text.endswith("the Python kernel can work\n")


def test_doctor_says_which_part_is_missing_and_fails(runner: Cli) -> None:
    code = (
        "import sys; sys.modules['kernelwire._libzmq'] = None; "
        "from kernelwire.__main__ import main; main(['doctor'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=runner.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "cannot be used" in done.stdout
    assert done.stderr.startswith("kernelwire: the Python kernel cannot work: libzmq")
