"""`kernelwire record`: run a command whose kernel records what it receives and sends."""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

from kernelwire.cli.recorded import read
from kernelwire.command import Parser
from kernelwire.errors import KernelWireError

__all__ = ["main"]

_EXAMPLES = """\
  kernelwire record session.jsonl jupyter console --kernel kernelwire-python
  kernelwire record session.jsonl kernelwire run notebook.ipynb
  kernelwire replay session.jsonl            the same requests once more"""


def main(argv: Sequence[str]) -> int:
    """Run the command to its end, and say what was recorded.

    Returns:
        The command's exit code; 1 where it ended well and there is no record.

    Raises:
        KernelWireError: the file exists, or the command cannot be run.
    """
    parser = _parser()
    parsed = parser.parse_args(argv)
    if not parsed.command:
        parser.error("which command is to be run is missing")
    if parsed.file.exists():
        msg = f"{parsed.file} exists; a record is never written over"
        raise KernelWireError(msg)
    code = _run(parsed.command, parsed.file.absolute())
    if not parsed.file.exists():
        print(
            f"nothing was recorded: {parsed.command[0]} has started no kernel of ours"
        )
        return code or 1
    print(f"{len(read(parsed.file))} requests were recorded in {parsed.file}")
    return code


def _run(command: Sequence[str], file: Path) -> int:
    # Ctrl-C in a terminal goes to the command as well, which knows what to do.
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        done = subprocess.run(
            command, env={**os.environ, "KERNELWIRE_RECORD": str(file)}, check=False
        )
    except OSError as exc:
        msg = f"cannot run {command[0]}: {exc.strerror}"
        raise KernelWireError(msg) from exc
    finally:
        signal.signal(signal.SIGINT, before)
    # As a shell has it, for one that a signal has ended.
    return done.returncode if done.returncode >= 0 else 128 - done.returncode


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog="kernelwire record",
        description="Run a command. The first kernel of kernelwire's that it starts writes "
        "all\nmessages, with their content, into a file, which is its owner's only.",
        examples=_EXAMPLES,
    )
    parser.add_argument("file", type=Path, help="which is made")
    parser.add_argument(
        "command",
        nargs=argparse.REMAINDER,
        help="what starts the kernel, with its arguments",
    )
    return parser
