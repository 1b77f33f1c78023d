"""The Python kernel's command line, as frontends and people write it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.conftest import PATIENCE, RunningKernel

from kernelwire.python.arguments import Arguments

VS_CODE = (
    "--ip=127.0.0.1 --stdin=9003 --control=9001 --hb=9000 "
    "--Session.signature_scheme=hmac-sha256 --Session.key=b'k' --shell=9002 "
    "--transport=tcp --iopub=9004 --f=a.json"
)


@pytest.mark.parametrize(
    ("line", "ours", "settings"),
    [
        ("-f a.json", "-f a.json", ""),
        ("--f=a.json", "-f a.json", ""),
        ("--connection-file=a.json", "-f a.json", ""),
        ("--IPKernelApp.connection_file=a.json", "-f a.json", ""),
        (VS_CODE, "-f a.json", ""),
        ("-f a.json --pylab", "-f a.json", "--pylab"),
        ("--pylab -f a.json", "-f a.json", "--pylab"),
        ("--matplotlib inline -f a.json", "-f a.json", "--matplotlib inline"),
        ("-c -f -f a.json", "-f a.json", "-c -f"),
        ("--profile work --f a.json", "-f a.json", "--profile work"),
        ("--A.b c --D.e=f -f a.json", "-f a.json", "--A.b c --D.e=f"),
        ("-f a.json script.py", "-f a.json", "script.py"),
        ("-f a.json --bogus", "-f a.json", "--bogus"),
        ("-f a.json -- --x", "-f a.json", "-- --x"),
        ("--no-capture -f a.json", "--no-capture -f a.json", ""),
        (
            "--IPKernelApp.capture_fd_output=False -f a.json",
            "--no-capture -f a.json",
            "",
        ),
        ("--log-level 10 -f a.json", "--log-level debug -f a.json", ""),
        ("--log-level=WARN -f a.json", "--log-level warning -f a.json", ""),
        ("--debug -f a.json", "--log-level debug -f a.json", ""),
        ("--quiet -f a.json", "--log-level error -f a.json", ""),
        ("", "", ""),
        ("-f", "-f", ""),
        ("--help", "--help", ""),
        ("install --user --name a", "install --user --name a", ""),
        ("--profile=work", "", "--profile=work"),
        ("--bogus --pdb", "--bogus", "--pdb"),
        ("--ip=0.0.0.0", "--ip=0.0.0.0", ""),
        ("--curve --pylab", "--curve", "--pylab"),
    ],
)
def test_a_command_line_is_sorted(line: str, ours: str, settings: str) -> None:
    arguments = Arguments(line.split())
    assert " ".join(arguments.ours) == ours
    assert " ".join(arguments.settings) == settings


@pytest.mark.parametrize("module", ["kernelwire.python", "kernelwire kernel"])
@pytest.mark.parametrize("option", ["--bogus", "--ip=0.0.0.0", "--shell=9002"])
def test_what_has_no_effect_without_a_file_is_a_mistake(
    module: str, option: str
) -> None:
    """Whoever types `--ip` wants the kernel to be reached, and it would not be."""
    done = subprocess.run(
        [sys.executable, "-m", *module.split(), option],
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    assert done.returncode == 2
    assert option in done.stderr
    assert done.stderr.count("\n") == 1


QTCONSOLE = """
import os, sys

with open(os.environ["TOLD"], "w") as told:
    told.write(repr(sys.argv[1:]))
"""


def test_a_qt_console_is_opened_for_the_kernel(
    fresh_kernel: RunningKernel, tmp_path: Path
) -> None:
    """One that only tells how it was called; test_apps has the real one."""
    told = tmp_path / "told"
    os.mkfifo(told)
    package = tmp_path / "path" / "qtconsole"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "__main__.py").write_text(QTCONSOLE)
    fresh_kernel.run(
        "import os, sys\n"
        f"sys.path.insert(0, {str(package.parent)!r})\n"
        f"os.environ.update(PYTHONPATH=sys.path[0], TOLD={str(told)!r})"
    )
    outcome = fresh_kernel.run("%qtconsole --style=monokai 'a b'")
    assert outcome.reply["status"] == "ok"
    file = fresh_kernel.manager.connection_file
    assert told.read_text() == repr(["--existing", file, "--style=monokai", "a b"])


def test_a_missing_qt_console_is_named(fresh_kernel: RunningKernel) -> None:
    fresh_kernel.run("import sys; sys.path_hooks.clear(); sys.path.clear()")
    fresh_kernel.run("sys.path_importer_cache.clear(); sys.meta_path[:] = []")
    reply = fresh_kernel.run("%qtconsole").reply
    assert reply["ename"] == "UsageError"
    assert reply["evalue"] == "qtconsole is not installed; pip install qtconsole"
