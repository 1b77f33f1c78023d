"""Kernelspecs: writes, finds and removes the kernel.json that frontends start us by.

Layer 6. Used by `cli/` and, for authors' kernels, by `kernel.py`. The Python kernel's
own specification is the data in `kernelspecs/kernelwire-python`, which the wheel also
installs into `share/jupyter/kernels`.

Spec: https://jupyter-client.readthedocs.io/en/stable/kernels.html#kernel-specs
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kernelwire.errors import KernelSpecError

if TYPE_CHECKING:
    from kernelwire._host import Interpreter

__all__ = [
    "PYTHON_NAME",
    "RAW_NAME",
    "SOURCES",
    "KernelSpec",
    "find",
    "install_described",
    "install_interpreter",
    "install_python",
    "is_searched",
    "name_of",
    "uninstall",
]

PYTHON_NAME = "kernelwire-python"

# The same kernel without IPython.
RAW_NAME = "kernelwire-python-raw"

# The directory of the kernelspecs this package brings along.
SOURCES = Path(__file__).parent / "kernelspecs"


@dataclass(frozen=True, slots=True)
class KernelSpec:
    """A kernelspec on disk: a directory, and what its kernel.json says."""

    name: str
    directory: Path
    content: dict[str, Any]

    @property
    def display_name(self) -> str:
        return str(self.content.get("display_name", self.name))

    @property
    def program(self) -> str:
        """What starts the kernel: the first word of its command."""
        return str((self.content.get("argv") or [""])[0])

    @property
    def is_ours(self) -> bool:
        metadata = self.content.get("metadata")
        return isinstance(metadata, dict) and "kernelwire" in metadata

    def program_exists(self) -> bool:
        """Whether `program` can be run from here.

        A plain `python` counts: frontends replace it by the Python they run on.
        """
        return self.program == "python" or shutil.which(self.program) is not None


def install_python(
    kernels: Path,
    *,
    raw: bool = False,
    name: str | None = None,
    display_name: str | None = None,
    env: Mapping[str, str] | None = None,
    replace: bool = False,
) -> KernelSpec:
    """Install the Python kernel, run by the Python that runs this.

    Args:
        kernels: the directory of kernelspecs to install into.
        raw: without IPython.
        name: what frontends and commands call it; by default PYTHON_NAME or RAW_NAME.
        display_name: what they show.
        env: added to the kernel's environment.
        replace: also where `name` belongs to somebody else's kernel.

    Raises:
        KernelSpecError: the name is not one, or is taken.
        OSError: the directory cannot be written.
    """
    source = SOURCES / PYTHON_NAME
    content = json.loads((source / "kernel.json").read_text("utf-8"))
    content["argv"][0] = sys.executable
    if raw:
        module = content["argv"].index("kernelwire.python")
        content["argv"][module] = "kernelwire.python.raw"
        content["display_name"] = "Python 3 (kernelwire, raw)"
        content["metadata"]["debugger"] = False
        content["metadata"]["kernelwire"]["kernel"] = "python-raw"
    if name is None:
        name = RAW_NAME if raw else PYTHON_NAME
    spec = _described(name, kernels, content, display_name, env)
    _write(spec, logos=sorted(source.glob("logo-*")), replace=replace)
    return spec


def install_interpreter(
    interpreter: type[Interpreter] | Interpreter,
    kernels: Path,
    *,
    name: str | None = None,
    display_name: str | None = None,
    env: Mapping[str, str] | None = None,
    replace: bool = False,
) -> KernelSpec:
    """Install an author's kernel, started as the running program was.

    Args:
        interpreter: whose `language` gives what is not said here.
        kernels: the directory of kernelspecs to install into.
        name: by default the language's, in the letters that names may have.
        display_name: by default the language's name.
        env: added to the kernel's environment.
        replace: also where `name` belongs to somebody else's kernel.

    Raises:
        KernelSpecError: the name is not one, or is taken; or the program is no file.
        OSError: the directory cannot be written.
    """
    language = interpreter.language.name
    content = {
        "argv": [*_launch_command(), "-f", "{connection_file}"],
        "display_name": language[:1].upper() + language[1:],
        "language": language,
        "interrupt_mode": "signal",
        "kernel_protocol_version": "5.6",  # from which on kernels know the handshake
        "metadata": {
            "debugger": "debugger" in interpreter.supported_features,
            "supported_encryption": ["curve"],
            "kernelwire": {"kernel": language},
        },
    }
    spec = _described(name or name_of(language), kernels, content, display_name, env)
    _write(spec, logos=[], replace=replace)
    return spec


def install_described(
    files: Mapping[str, Any],
    kernels: Path,
    *,
    name: str,
    display_name: str | None = None,
    env: Mapping[str, str] | None = None,
    replace: bool = False,
) -> KernelSpec:
    """Install a kernel that has said itself what its kernel.json is to be.

    Args:
        files: by their names: kernel.json as an object, logos as text.
        kernels: the directory of kernelspecs to install into.
        name: what frontends and commands call it.
        display_name: what they show; by default, what the kernel has said.
        env: added to the kernel's environment.
        replace: also where `name` belongs to somebody else's kernel.

    Raises:
        KernelSpecError: the name is not one, or is taken.
        OSError: the directory cannot be written.
    """
    spec = _described(name, kernels, files["kernel.json"], display_name, env)
    _write(spec, logos=[], replace=replace)
    for file, text in files.items():
        if file != "kernel.json":
            (spec.directory / file).write_text(text, "utf-8")
    return spec


def find(kernels: Path | None = None) -> list[KernelSpec]:
    """Every readable kernelspec of ours and others, sorted by name.

    Args:
        kernels: the one directory to look into; by default, all that Jupyter searches,
            in its order where a name occurs twice.
    """
    roots = [kernels] if kernels is not None else _search_path()
    files = [file for root in roots for file in root.glob("*/kernel.json")]
    specs = [spec for file in files if (spec := _read(file)) is not None]
    return sorted(specs, key=lambda spec: spec.name)


def uninstall(name: str, kernels: Path | None = None) -> list[KernelSpec]:
    """Remove a kernelspec of ours.

    Args:
        name: as `install` was told.
        kernels: where from; by default, from everywhere Jupyter searches.

    Returns:
        What has been removed, at least one.

    Raises:
        KernelSpecError: there is none, or only one that is not ours.
        OSError: the directory cannot be changed.
    """
    present = find(kernels)
    named = [spec for spec in present if spec.name == name.lower()]
    ours = [spec for spec in named if spec.is_ours]
    if not ours and named:
        msg = f"{name} is not one of kernelwire's; jupyter kernelspec remove {name}"
        raise KernelSpecError(msg)
    if not ours:
        known = ", ".join(sorted({spec.name for spec in present if spec.is_ours}))
        msg = f"no kernel {name} of kernelwire's is installed; there is: {known or '-'}"
        raise KernelSpecError(msg)
    for spec in ours:
        shutil.rmtree(spec.directory)
    return ours


def is_searched(kernels: Path) -> bool:
    """Whether Jupyter finds kernels in this directory."""
    return kernels in _search_path()


def name_of(language: str) -> str:
    """The name of a language's kernel where none is given: C++ is cpp, F# is fsharp."""
    spelled = language.lower().replace("+", "p").replace("#", "sharp")
    return re.sub(r"[^a-z0-9._-]+", "-", spelled).strip("-") or "kernel"


def _search_path() -> list[Path]:
    from jupyter_core.paths import jupyter_path

    return [Path(path) for path in jupyter_path("kernels")]


def _read(file: Path) -> KernelSpec | None:
    """Read a kernel.json; one that is broken is no kernel, as for Jupyter."""
    try:
        content = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError):
        return None
    if not isinstance(content, dict):
        return None
    return KernelSpec(file.parent.name.lower(), file.parent, content)


def _described(
    name: str,
    kernels: Path,
    content: dict[str, Any],
    display_name: str | None,
    env: Mapping[str, str] | None,
) -> KernelSpec:
    """Put together what will be written, with the caller's wishes applied."""
    if not re.fullmatch(r"[A-Za-z0-9._-]+", name):
        msg = f"a kernel's name has letters, digits, '-', '.' and '_'; found {name!r}"
        raise KernelSpecError(msg)
    if display_name is not None:
        content["display_name"] = display_name
    if env:
        content["env"] = dict(env)
    # Jupyter compares names in lower case.
    return KernelSpec(name.lower(), kernels / name.lower(), content)


def _write(spec: KernelSpec, logos: Sequence[Path], *, replace: bool) -> None:
    """Write a kernelspec, its kernel.json last and in one step.

    A frontend that lists kernels meanwhile sees the old one, the new one or none.
    """
    file = spec.directory / "kernel.json"
    present = _read(file)
    if file.exists() and not (present and present.is_ours) and not replace:
        msg = f"{file} is another kernel's; choose another --name, or give --replace"
        raise KernelSpecError(msg)
    spec.directory.mkdir(parents=True, exist_ok=True)
    for logo in logos:
        shutil.copyfile(logo, spec.directory / logo.name)
    unfinished = file.with_name(f"kernel.json.{os.getpid()}")
    unfinished.write_text(json.dumps(spec.content, indent=1) + "\n", "utf-8")
    unfinished.replace(file)


def _launch_command() -> list[str]:
    """The command that started this program, to start it again by."""
    program = sys.modules["__main__"]
    if program.__spec__ is not None:  # it ran by `python -m`
        module = program.__spec__.name.removesuffix(".__main__")
        return [sys.executable, "-m", module]
    file = getattr(program, "__file__", None)
    if file is None:
        msg = "a kernel typed at a prompt cannot be installed; save it in a file"
        raise KernelSpecError(msg)
    return [sys.executable, str(Path(file).absolute())]
