"""`kernelwire doctor --existing`: a look at a kernel that runs."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.conftest import PATIENCE, RunningKernel, start_program

OBEDIENT = Path(__file__).parent / "data" / "obedient.py"


@pytest.fixture
def kernel(tmp_path: Path) -> Iterator[RunningKernel]:
    file = str(tmp_path / "kernel-0b5c.json")
    kernel = start_program(OBEDIENT, tmp_path, connection_file=file)
    yield kernel
    kernel.stop()


def doctor(runtime: Path, *arguments: str) -> tuple[int, str, str]:
    """The exit code, stdout and stderr, where connection files lie in `runtime`."""
    done = subprocess.run(
        [sys.executable, "-m", "kernelwire", "doctor", "--existing", *arguments],
        env={**os.environ, "JUPYTER_RUNTIME_DIR": str(runtime)},
        cwd=Path(__file__).parent,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("name", [(), ("0b5c",), ("kernel-0b5c.json",)], ids=str)
def test_a_kernel_is_found_by_its_file_and_shown(
    kernel: RunningKernel, tmp_path: Path, name: tuple[str, ...]
) -> None:
    kernel.run("hello")
    code, text, _ = doctor(tmp_path, *name)
    assert code == 0
    assert f"connection file     {tmp_path}/kernel-0b5c.json\n" in text
    assert re.search(r"^heartbeat +\d+", text, re.MULTILINE)
    assert re.search(r"^shell +answers in", text, re.MULTILINE)
    assert f"process           {kernel.process.pid} on " in text
    assert "cells             1\n" in text
    assert re.search(r"^  execute +1 +\d", text, re.MULTILINE)


def test_a_busy_kernel_is_shown_as_one(kernel: RunningKernel, tmp_path: Path) -> None:
    msg_id = kernel.execute("sleep 60")
    kernel.wait_for_output(msg_id, "asleep")
    code, text, _ = doctor(tmp_path)
    assert code == 0
    assert "shell               busy\n" in text
    kernel.manager.interrupt_kernel()
    kernel.finish(msg_id)


def test_a_kernel_that_has_ended_is_told_in_a_line(
    kernel: RunningKernel, tmp_path: Path
) -> None:
    file = tmp_path / "kernel-0b5c.json"
    kept = file.read_text()
    kernel.stop()
    file.write_text(kept)
    code, _, error = doctor(tmp_path)
    assert code == 1
    assert re.fullmatch(r"kernelwire: nothing answers at tcp .+ has ended.+\n", error)


def test_a_wrong_key_is_told_in_a_line(kernel: RunningKernel, tmp_path: Path) -> None:
    info = json.loads((tmp_path / "kernel-0b5c.json").read_text())
    (tmp_path / "wrong.json").write_text(json.dumps({**info, "key": "wrong"}))
    code, _, error = doctor(tmp_path, str(tmp_path / "wrong.json"))
    assert code == 1
    assert "is the key in the file that of the kernel which runs?" in error
    assert error.count("\n") == 1


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (None, "no connection file"),
        ("{", "is no connection file"),
        ("[]", "is no connection file"),
        ("{}", "is no connection file: it has no shell_port"),
    ],
    ids=["absent", "broken", "list", "empty"],
)
def test_what_is_no_connection_file_is_told_in_a_line(
    tmp_path: Path, text: str | None, complaint: str
) -> None:
    if text is not None:
        (tmp_path / "kernel-0.json").write_text(text)
    code, _, error = doctor(tmp_path)
    assert code == 1
    assert error.startswith("kernelwire: ")
    assert complaint in error
    assert error.count("\n") == 1
