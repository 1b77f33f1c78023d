"""Kernelspecs as Jupyter reads them: installed, found and removed."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from jupyter_client.kernelspec import KernelSpecManager

from kernelwire import KernelSpecError, kernelspec
from kernelwire.kernelspec import PYTHON_NAME, SOURCES


@pytest.fixture
def kernels(tmp_path: Path) -> Path:
    return tmp_path / "kernels"


def write_foreign(kernels: Path, name: str, text: str = '{"argv": ["other"]}') -> Path:
    directory = kernels / name
    directory.mkdir(parents=True)
    (directory / "kernel.json").write_text(text)
    return directory


def test_jupyter_starts_the_python_kernel_by_the_python_that_installed_it(
    kernels: Path,
) -> None:
    kernelspec.install_python(kernels)
    spec = KernelSpecManager(kernel_dirs=[str(kernels)]).get_kernel_spec(PYTHON_NAME)
    assert spec.argv == [
        sys.executable,
        "-P",
        "-m",
        "kernelwire.python",
        "-f",
        "{connection_file}",
    ]
    assert (spec.display_name, spec.language) == ("Python 3 (kernelwire)", "python")
    assert (spec.interrupt_mode, spec.metadata["debugger"]) == ("signal", True)


def test_the_packaged_kernelspec_leaves_the_choice_of_python_to_jupyter() -> None:
    spec = KernelSpecManager(kernel_dirs=[str(SOURCES)]).get_kernel_spec(PYTHON_NAME)
    assert spec.argv[0] == "python"


def test_logos_are_installed_beside_the_kernel_json(kernels: Path) -> None:
    directory = kernelspec.install_python(kernels).directory
    names = {file.name for file in directory.iterdir()}
    assert {"kernel.json", "logo-svg.svg", "logo-64x64.png"} <= names
    assert not {name for name in names if name.startswith("kernel.json.")}


def test_wishes_are_written_into_the_kernel_json(kernels: Path) -> None:
    spec = kernelspec.install_python(
        kernels, name="Mine", display_name="My Python", env={"DEBUG": "a=b"}
    )
    content = json.loads((kernels / "mine" / "kernel.json").read_text())
    assert content == spec.content
    assert (content["display_name"], content["env"]) == ("My Python", {"DEBUG": "a=b"})


@pytest.mark.parametrize(
    "name", ["", "a b", "../up", "über"], ids=["empty", "space", "path", "umlaut"]
)
def test_install_refuses_what_jupyter_does_not_take_for_a_name(
    kernels: Path, name: str
) -> None:
    with pytest.raises(KernelSpecError, match="letters, digits"):
        kernelspec.install_python(kernels, name=name)
    assert not kernels.exists()


def test_install_refuses_the_name_of_another_kernel(kernels: Path) -> None:
    file = write_foreign(kernels, "python3") / "kernel.json"
    with pytest.raises(KernelSpecError, match="another kernel's"):
        kernelspec.install_python(kernels, name="python3")
    assert json.loads(file.read_text()) == {"argv": ["other"]}


def test_install_takes_another_kernels_name_where_it_is_told_to(kernels: Path) -> None:
    write_foreign(kernels, "python3")
    assert kernelspec.install_python(kernels, name="python3", replace=True).is_ours


def test_installing_again_renews_the_kernelspec(kernels: Path) -> None:
    kernelspec.install_python(kernels, display_name="old")
    kernelspec.install_python(kernels, display_name="new")
    assert [spec.display_name for spec in kernelspec.find(kernels)] == ["new"]


@pytest.mark.parametrize(
    "text", ["", "{", "[1]", '"x"'], ids=["empty", "cut", "list", "string"]
)
def test_find_passes_over_what_is_no_kernel_json(kernels: Path, text: str) -> None:
    write_foreign(kernels, "broken", text)
    kernelspec.install_python(kernels)
    assert [spec.name for spec in kernelspec.find(kernels)] == [PYTHON_NAME]


def test_find_tells_our_kernels_from_others(kernels: Path) -> None:
    write_foreign(kernels, "other")
    kernelspec.install_python(kernels)
    ours = {spec.name: spec.is_ours for spec in kernelspec.find(kernels)}
    assert ours == {PYTHON_NAME: True, "other": False}


def test_a_kernelspec_whose_python_is_gone_says_so(kernels: Path) -> None:
    spec = kernelspec.install_python(kernels)
    assert spec.program_exists()
    spec.content["argv"][0] = str(kernels / "bin" / "python")
    assert not spec.program_exists()


def test_uninstall_removes_the_directory(kernels: Path) -> None:
    spec = kernelspec.install_python(kernels)
    assert kernelspec.uninstall(PYTHON_NAME.upper(), kernels) == [spec]
    assert not spec.directory.exists()


def test_uninstall_leaves_others_kernels_alone(kernels: Path) -> None:
    directory = write_foreign(kernels, "python3")
    with pytest.raises(KernelSpecError, match="jupyter kernelspec remove python3"):
        kernelspec.uninstall("python3", kernels)
    assert directory.exists()


def test_uninstall_of_what_is_not_there_says_what_is(kernels: Path) -> None:
    kernelspec.install_python(kernels)
    with pytest.raises(KernelSpecError, match=f"there is: {PYTHON_NAME}"):
        kernelspec.uninstall("absent", kernels)


@pytest.mark.parametrize(
    ("language", "name"),
    [("echo", "echo"), ("C++", "cpp"), ("F#", "fsharp"), ("My Lang!", "my-lang")],
    ids=["plain", "plus", "sharp", "spaces"],
)
def test_a_language_gives_its_kernel_a_name(language: str, name: str) -> None:
    assert kernelspec.name_of(language) == name
