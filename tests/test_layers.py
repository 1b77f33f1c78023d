"""Data flows one way: no file includes or imports one of a layer above its own.

C++ headers name their layer in the comment at their head ("// Layer 3."); a source file
has the layer of its header. The Python side's layers stand here.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
INCLUDE = ROOT / "cpp" / "include" / "kernelwire"
HEADERS = sorted(INCLUDE.glob("*.hpp"))
SOURCES = sorted((ROOT / "cpp" / "src").glob("*.[ch]pp"))
PACKAGE = ROOT / "src" / "kernelwire"

# Each module by the first name of this list that it begins with.
PYTHON_LAYERS = {
    "errors": 0,
    "uninterrupted": 0,
    "content": 0,
    "_aside": 1,
    "_pyzmq": 1,
    "_libzmq": 1,
    "buffers": 1,
    "_flat": 1,
    "_murmur": 1,
    "_wire": 2,
    "_parts": 2,
    "_signing": 2,
    "_history": 2,
    "_socket": 2,
    "_host": 3,
    "_client": 3,
    "imports": 1,
    "tracker": 3,
    "_stream": 3,
    "_session": 3,
    "kernelspecs": 3,
    "kernelspec": 4,
    "session": 4,
    "cpp": 5,
    "command": 4,
    "switch": 5,
    "jupyter_server": 5,
    "program": 5,
    "tracing": 4,
    "embedded": 4,
    "kernel": 5,
    "client": 5,
    "provisioner": 5,
    "environment": 6,
    "python": 6,
    "conformance": 6,
    "cli": 7,
    "__main__": 8,
}


def cpp_layer(name: str) -> int:
    """The layer of a header, or of the source file that belongs to it."""
    if name == "kernelwire.hpp":
        return 9
    header = INCLUDE / f"{Path(name).stem}.hpp"
    if not header.exists():  # a source without a public header says so itself
        header = ROOT / "cpp" / "src" / name
    found = re.search(r"^// Layer (\d)", header.read_text(), re.MULTILINE)
    assert found, f"{name} names no layer"
    return int(found[1])


@pytest.mark.parametrize("path", [*HEADERS, *SOURCES], ids=lambda path: path.name)
def test_no_include_points_upward(path: Path) -> None:
    includes = re.findall(
        r'#include [<"](?:kernelwire/)?([a-z_]+\.hpp)[>"]', path.read_text()
    )
    ours = [name for name in includes if (INCLUDE / name).exists()]
    upward = [name for name in ours if cpp_layer(name) > cpp_layer(path.name)]
    assert not upward


def module_layer(name: str) -> int:
    """The layer of a module of ours, by its path below the package."""
    return PYTHON_LAYERS[name.split(".")[0]]


def imports_of(path: Path) -> set[str]:
    """Modules of ours that a file imports, below the package; wherever it does so."""
    text = path.read_text()
    if path.suffix == ".pyx":
        found = re.findall(r"from kernelwire(?:\.(\w+))? import (\w+)", text)
        return {module or name for module, name in found}
    names: set[str] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module == "kernelwire":
            names.update(f"kernelwire.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    inside = {
        name.removeprefix("kernelwire.") for name in names if "kernelwire." in name
    }
    return {name for name in inside if name.split(".")[0] in PYTHON_LAYERS}


MODULES = sorted(
    path
    for suffix in ("py", "pyx")
    for path in PACKAGE.rglob(f"*.{suffix}")
    if path != PACKAGE / "__init__.py"
)


@pytest.mark.parametrize(
    "path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE))
)
def test_no_import_points_upward(path: Path) -> None:
    own = module_layer(".".join(path.relative_to(PACKAGE).with_suffix("").parts))
    upward = [name for name in imports_of(path) if module_layer(name) > own]
    assert not upward


def test_the_layers_are_told_apart_at_all() -> None:
    """Guards the two tests above against reading nothing."""
    assert cpp_layer("bytes.hpp") < cpp_layer("codec.hpp") < cpp_layer("server.cpp")
    assert "errors" in imports_of(PACKAGE / "_wire.pyx")
    assert imports_of(PACKAGE / "cli" / "doctor.py")
