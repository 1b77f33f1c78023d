"""Qt Console, on a screen that is only in memory."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.apps.conftest import OUT
from tests.apps.server import PATIENCE

PROGRAM = Path(__file__).parent / "run_qtconsole.py"


def test_qt_console_runs_cells(
    app_environment: dict[str, str], kernel_name: str
) -> None:
    """A program of its own, so that Qt is not in the process of the tests."""
    done = subprocess.run(
        [sys.executable, PROGRAM, kernel_name, OUT / "qtconsole.png"],
        env={**app_environment, "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    shown = done.stdout
    assert "IPython" in shown  # the banner
    assert "Out[1]: 42" in shown
    assert "Hello Ada" in shown
    assert "[a picture]" in shown
    assert "ZeroDivisionError: division by zero" in shown
