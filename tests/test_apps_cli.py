"""Jupyter's own command line programs, on the Python kernel."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

KERNEL = "kernelwire-python"
PATIENCE = 100.0  # seconds


def run(
    environment: dict[str, str], place: Path, *command: str, text: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run a program of Jupyter's, which must succeed, with a text at its stdin."""
    done = subprocess.run(
        [sys.executable, "-m", *command],
        env=environment,
        cwd=place,
        input=text,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done


@pytest.fixture
def notebook(tmp_path: Path) -> Path:
    """A notebook with text, a result, an error that is survived, and a display."""
    sources = {
        "printed": "print('printed')",
        "result": "6 * 7",
        "error": "1 / 0",
        "shown": "from IPython.display import HTML\ndisplay(HTML('<b>bold</b>'))",
    }
    cells: list[dict[str, object]] = [
        {
            "cell_type": "code",
            "id": name,
            "source": source,
            "metadata": {"tags": ["raises-exception"]} if name == "error" else {},
            "execution_count": None,
            "outputs": [],
        }
        for name, source in sources.items()
    ]
    file = tmp_path / "notebook.ipynb"
    content = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    file.write_text(json.dumps(content))
    return file


def test_jupyter_lists_the_kernel(
    jupyter_environment: dict[str, str], tmp_path: Path
) -> None:
    command = ("jupyter_client.kernelspecapp", "list", "--json")
    listed = json.loads(run(jupyter_environment, tmp_path, *command).stdout)
    assert KERNEL in listed["kernelspecs"]


def test_jupyter_console_runs_what_is_typed(
    jupyter_environment: dict[str, str], tmp_path: Path
) -> None:
    typed = "print('sum', 1 + 2)\n'in' + 'put'\nexit\n"
    command = ("jupyter_console", "--kernel", KERNEL, "--simple-prompt")
    shown = run(jupyter_environment, tmp_path, *command, text=typed).stdout
    assert "IPython" in shown
    assert "sum 3" in shown
    assert "'input'" in shown


def test_jupyter_run_runs_a_script(
    jupyter_environment: dict[str, str], tmp_path: Path
) -> None:
    script = tmp_path / "script.py"
    script.write_text("import sys\nprint('ran')\nprint('warned', file=sys.stderr)\n")
    command = ("jupyter_client.runapp", "--kernel", KERNEL, str(script))
    done = run(jupyter_environment, tmp_path, *command)
    assert "ran" in done.stdout
    assert "warned" in done.stderr


def test_nbconvert_executes_a_notebook(
    jupyter_environment: dict[str, str], tmp_path: Path, notebook: Path
) -> None:
    run(
        jupyter_environment,
        tmp_path,
        *("nbconvert", "--to", "notebook", "--execute", "--inplace"),
        f"--ExecutePreprocessor.kernel_name={KERNEL}",
        str(notebook),
    )
    cells = json.loads(notebook.read_text())["cells"]
    printed, result, error, shown = (cell["outputs"][0] for cell in cells)
    assert printed["text"] == ["printed\n"]
    assert result["data"]["text/plain"] == ["42"]
    assert error["ename"] == "ZeroDivisionError"
    assert shown["data"]["text/html"] == ["<b>bold</b>"]
    assert [cell["execution_count"] for cell in cells] == [1, 2, 3, 4]
