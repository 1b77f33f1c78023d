"""What our command lines share: errors in one line, and where a kernelspec goes.

Layer 1, used by `kernel.py`, by `__main__.py` and by the verbs in `cli/`. It imports
argparse, so a kernel that starts with `-f FILE` never gets here.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

from kernelwire.errors import KernelSpecError, KernelWireError

__all__ = [
    "Parser",
    "add_place",
    "add_spec_options",
    "environment",
    "installed_version",
    "kernels_dir",
    "reported_errors",
]


class Parser(argparse.ArgumentParser):
    """An argument parser whose help ends with examples, and whose errors are a line.

    Args:
        prog: the command as a user types it.
        description: what it does, in a sentence.
        examples: command lines, one per line, shown as they are.
        options: what argparse adds for the parser of a verb.
    """

    def __init__(
        self, *, prog: str, description: str, examples: str, **options: Any
    ) -> None:
        super().__init__(
            prog=prog,
            description=description,
            epilog=f"examples:\n{examples.rstrip()}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
            **options,
        )

    def error(self, message: str) -> NoReturn:
        """Say what is wrong and where help is, and exit with 2."""
        self.exit(2, f"{self.prog}: {message}; see {self.prog} --help\n")


@contextlib.contextmanager
def reported_errors(prog: str) -> Iterator[None]:
    """Turn what can go wrong into one line on stderr and an exit code of 1.

    Args:
        prog: what the line begins with.

    Raises:
        SystemExit: the body failed in a way that is not a defect of ours.
    """
    try:
        yield
    except BrokenPipeError:
        # Whoever read our output has seen enough. Python would complain once more when
        # it flushes stdout at exit, so that goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except ModuleNotFoundError as exc:
        sys.exit(f"{prog}: {_missing(exc)}")
    except OSError as exc:
        where = f": {exc.filename}" if exc.filename is not None else ""
        sys.exit(f"{prog}: {exc.strerror or exc}{where}")
    except KernelWireError as exc:
        sys.exit(f"{prog}: {' '.join(str(exc).split())}")
    except KeyboardInterrupt:
        sys.stderr.write(f"{prog}: interrupted\n")
        sys.exit(130)


def _missing(exc: ModuleNotFoundError) -> str:
    """Name the package that is not installed, and the line that installs it."""
    module = (exc.name or "").partition(".")[0]
    if module == "kernelwire":
        return f"this installation lacks {exc.name}; pip install --force kernelwire"
    package = module.lower().replace("_", "-")
    if module in ("nbclient", "nbconvert", "nbformat"):
        package = "'kernelwire[run]'"
    return f"{module or exc} is not installed; pip install {package}"


def installed_version(package: str) -> str | None:
    """The version of a package; None where it is not installed."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(package)
    except PackageNotFoundError:
        return None


def add_curve(parser: argparse.ArgumentParser) -> None:
    """Let a kernel that is served by hand be an encrypted one."""
    parser.add_argument(
        "--curve",
        action="store_true",
        help="encrypt all channels, where no FILE says whether to",
    )


def add_place(parser: argparse.ArgumentParser) -> None:
    """Add the options that say where kernelspecs lie."""
    place = parser.add_mutually_exclusive_group()
    place.add_argument(
        "--user",
        dest="place",
        action="store_const",
        const="user",
        help="for this user (the default outside a virtual environment)",
    )
    place.add_argument(
        "--sys-prefix",
        dest="place",
        action="store_const",
        const="sys-prefix",
        help="for this Python (the default inside a virtual environment)",
    )
    place.add_argument(
        "--prefix", metavar="PATH", help="below PATH, in share/jupyter/kernels"
    )


def add_spec_options(parser: argparse.ArgumentParser, name: str) -> None:
    """Add the options that change what is written into a kernelspec.

    Args:
        parser: of an install verb.
        name: the kernel's where the user gives none.
    """
    parser.add_argument("--name", default=name, help=f"its name (default: {name})")
    parser.add_argument(
        "--display-name", metavar="TEXT", help="what frontends show in their menus"
    )
    parser.add_argument(
        "--env",
        metavar="KEY=VALUE",
        action="append",
        default=[],
        help="set in the kernel's environment; may be given several times",
    )
    parser.add_argument(
        "--replace",
        action="store_true",
        help="also where the name belongs to a kernel that is not kernelwire's",
    )


def environment(settings: list[str]) -> dict[str, str]:
    """Read the values of `--env`.

    Args:
        settings: `KEY=VALUE` each.

    Raises:
        KernelSpecError: one of them has no key or no `=`.
    """
    pairs = [setting.partition("=") for setting in settings]
    for key, equals, _ in pairs:
        if not (key and equals):
            msg = f"--env wants KEY=VALUE, found {key + equals!r}"
            raise KernelSpecError(msg)
    return {key: value for key, _, value in pairs}


def kernels_dir(arguments: argparse.Namespace) -> Path:
    """The directory that the options of `add_place` name.

    Args:
        arguments: with `place` ("user", "sys-prefix" or None) and `prefix`.
    """
    place = arguments.place or ("sys-prefix" if _in_environment() else "user")
    if arguments.prefix is not None:
        root = Path(arguments.prefix).expanduser().absolute() / "share" / "jupyter"
    elif place == "sys-prefix":
        root = Path(sys.prefix) / "share" / "jupyter"
    else:
        from jupyter_core.paths import jupyter_data_dir

        root = Path(jupyter_data_dir())
    return root / "kernels"


def _in_environment() -> bool:
    """Whether this Python belongs to a virtual or a conda environment."""
    return sys.prefix != sys.base_prefix or (Path(sys.prefix) / "conda-meta").is_dir()
