"""`kernelwire install cpp`: the kernelspecs of the C++ kernel, and what says it is missing."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from tests.cpp_program import program

from kernelwire import KernelSpecError, cpp, kernelspec
from kernelwire.cli import doctor, install

__all__ = ["program"]  # a fixture, which pytest looks for here

NAMES = ["kernelwire-cpp17", "kernelwire-cpp20", "kernelwire-cpp23"]


@pytest.fixture
def _nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No kernelwire-cpp is on the PATH, nor beside Python."""
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    monkeypatch.setattr(sys, "executable", str(tmp_path / "bin" / "python"))


def test_each_standard_has_a_kernelspec(program: Path, tmp_path: Path) -> None:
    specs = cpp.install(tmp_path, program=program)
    assert [spec.name for spec in specs] == NAMES
    assert [spec.name for spec in kernelspec.find(tmp_path)] == NAMES
    content = json.loads((tmp_path / NAMES[2] / "kernel.json").read_text())
    assert content["argv"] == [
        str(program),
        "-f",
        "{connection_file}",
        "--std",
        "c++23",
    ]
    assert content["display_name"] == "C++23 (kernelwire)"
    assert content["interrupt_mode"] == "message"
    logo = (tmp_path / NAMES[2] / "logo-svg.svg").read_text()
    assert ET.fromstring(logo).tag.endswith("svg")


def test_the_command_installs_one_with_a_name(
    program: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--executable", str(program), "--std", "c++17", "--name", "mine"]
    assert install.main(["cpp", *options, "--prefix", str(tmp_path)]) == 0
    assert "installed mine in" in capsys.readouterr().out
    (spec,) = kernelspec.find(tmp_path / "share" / "jupyter" / "kernels")
    assert (spec.name, spec.content["argv"][-1]) == ("mine", "c++17")


def test_it_is_found_beside_python_or_on_the_path(
    program: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    beside = tmp_path / "kernelwire-cpp"
    shutil.copy(program, beside)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    assert cpp.find_program() == beside
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert cpp.find_program() == beside


@pytest.mark.usefixtures("_nowhere")
def test_where_there_is_none_the_packages_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(KernelSpecError, match=r"apt-get install .*libclang-22-dev"):
        cpp.install(tmp_path)
    doctor._report_cpp()
    assert "libclang-22-dev" in capsys.readouterr().out


def test_a_program_that_cannot_be_started_is_told_with_what_it_says(
    tmp_path: Path,
) -> None:
    broken = tmp_path / "kernelwire-cpp"
    broken.write_text("#!/bin/sh\necho 'no libclang-cpp.so' >&2\nexit 127\n")
    broken.chmod(0o755)
    with pytest.raises(KernelSpecError, match=r"no libclang-cpp\.so; apt-get install"):
        cpp.install(tmp_path, program=broken)


def test_a_name_is_for_one_standard(program: Path, tmp_path: Path) -> None:
    with pytest.raises(KernelSpecError, match="say which by --std"):
        cpp.install(tmp_path, program=program, name="mine")


@pytest.mark.parametrize(
    "options", [["cpp", "--raw"], ["python", "--std", "c++20"]], ids=" ".join
)
def test_options_of_the_other_kernel_are_refused(options: list[str]) -> None:
    with pytest.raises(SystemExit):
        install.main(options)
