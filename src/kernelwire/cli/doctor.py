"""`kernelwire doctor`: what is installed, what is missing, and whether it works.

With `--existing`, how a kernel does that runs; see `existing.py`.
"""

from __future__ import annotations

import platform
import sys
from collections.abc import Sequence

from kernelwire import cpp, environment, kernelspec
from kernelwire.cli.measures import in_seconds
from kernelwire.command import Parser, installed_version
from kernelwire.errors import KernelSpecError, KernelWireError

__all__ = ["main"]

_EXAMPLES = """\
  kernelwire doctor
  kernelwire doctor --no-start               do not start a kernel to see if it works
  kernelwire doctor --existing               look at the kernel that was used last
  kernelwire doctor --existing kernel-0b5c   look at that one"""

# What each part is for, and the packages that are it. The first three make the
# kernel.
_PARTS = (
    ("the core", ("pyzmq", "orjson")),
    ("the Python kernel", ("ipython", "comm", "matplotlib-inline")),
    ("starting kernels", ("jupyter-client", "jupyter-core")),
    ("kernelwire run", ("nbclient", "nbformat", "nbconvert")),
    ("the tour", ("matplotlib", "pandas")),
)
_NEEDED = 3


def main(argv: Sequence[str]) -> int:
    """Print the findings; 0 where the Python kernel can work, otherwise 1."""
    parser = Parser(
        prog="kernelwire doctor",
        description="Show what is installed, which libzmq is used and how, what is "
        "missing and\nwhich line installs it; then start the Python kernel and use it. With "
        "--existing, show\nhow a running kernel does instead.",
        examples=_EXAMPLES,
    )
    parser.add_argument("--no-start", action="store_true", help="start no kernel")
    parser.add_argument(
        "--existing",
        metavar="FILE",
        nargs="?",
        const="kernel-*.json",
        help="look at the kernel of that connection file, or of that id; without one, at "
        "the one that was used last",
    )
    parsed = parser.parse_args(argv)
    if parsed.existing is not None:
        from kernelwire.cli.existing import look_at

        look_at(parsed.existing)
        return 0

    _print_row("kernelwire", installed_version("kernelwire") or "not installed")
    _print_row("python", f"{platform.python_version()}  {sys.executable}")
    _print_row("session", "switched on" if environment.found() else "not switched on")
    problems = [*_report_parts(), *_report_libzmq()]
    names = _report_kernelspecs()
    _report_cpp()
    if not problems and not parsed.no_start:
        problems = _report_kernel(raw=False)
    if not problems and not parsed.no_start and kernelspec.RAW_NAME in names:
        problems = _report_kernel(raw=True)
    if problems:
        msg = f"the Python kernel cannot work: {'; '.join(problems)}"
        raise KernelWireError(msg)
    print("\nthe Python kernel can work")
    return 0


def _print_row(label: str, text: str) -> None:
    print(f"{label:<20}{text}")


def _print_title(text: str) -> None:
    print(f"\n{text}")


def _report_parts() -> list[str]:
    """Print the packages by what they are for; return what needed ones are missing."""
    missing: list[str] = []
    problems: list[str] = []
    for index, (purpose, packages) in enumerate(_PARTS):
        _print_title(purpose)
        for package in packages:
            found = installed_version(package)
            _print_row(f"  {package}", found or "missing")
            if found is None:
                missing.append(package)
                problems += [f"{package} is missing"] if index < _NEEDED else []
    if missing:
        print(f"\nto install what is missing: pip install {' '.join(missing)}")
    return problems


def _report_libzmq() -> list[str]:
    """Print which libzmq serves the sockets, and by which way it is called."""
    _print_title("libzmq")
    try:
        from kernelwire import _libzmq

        opened = _libzmq.open()
    except (ImportError, OSError) as exc:
        _print_row("  cannot be used", " ".join(str(exc).split()))
        return ["libzmq cannot be used"]
    ways = {
        "loaded": "called directly, in the library that pyzmq has loaded",
        "pyzmq": "called through pyzmq's own methods, which is slower",
    }
    _print_row("  version", ".".join(map(str, opened.version)))
    _print_row("  how", ways.get(opened.how, opened.how))
    _print_row("  where", str(opened.path))
    curve = "can be had: CURVE" if opened.curve else "not to be had: it has no CURVE"
    _print_row("  encryption", curve)
    return []


def _report_kernelspecs() -> set[str]:
    """Print the kernels of ours that frontends find, and those that cannot start.

    Returns:
        Their names.
    """
    _print_title("kernelspecs")
    try:
        ours = [spec for spec in kernelspec.find() if spec.is_ours]
    except ModuleNotFoundError:
        _print_row("  unknown", "jupyter-core, which knows where they are, is missing")
        return set()
    names = {spec.name for spec in ours}
    for spec in ours:
        _print_row(f"  {spec.name}", str(spec.directory))
        if not spec.program_exists():
            _print_row("", f"cannot start: there is no {spec.program}; install again")
    if kernelspec.PYTHON_NAME not in names:
        _print_row(f"  {kernelspec.PYTHON_NAME}", "missing: kernelwire install")
    return names


def _report_cpp() -> None:
    """Print whether there is a C++ kernel, and what is missing if there is none.

    It is no problem where there is none: the Python kernel works without.
    """
    _print_title("the C++ kernel")
    program = cpp.find_program()
    if program is None:
        _print_row("  kernelwire-cpp", "not built")
        _print_row("", f"to build it: {cpp.BUILDING}")
        _print_row("", "pip install . -C cmake.define.KERNELWIRE_CPP=ON")
        return
    try:
        _print_row("  kernelwire-cpp", f"{cpp.version_of(program)}  {program}")
    except KernelSpecError as exc:
        _print_row("  kernelwire-cpp", str(exc))


def _report_kernel(*, raw: bool) -> list[str]:
    """Start the Python kernel, use it, and print how long that took."""
    _print_title(f"a kernel, started and used{', in raw mode' if raw else ''}")
    from kernelwire.cli.trial import TrialError, trial

    try:
        for step, seconds in trial(raw=raw):
            _print_row(f"  {step}", f"{in_seconds(seconds):>9}")
    except TrialError as exc:
        return [str(exc)]
    return []
