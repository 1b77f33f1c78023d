"""The C++ library as C++ projects use it: installed and added, static and shared.

Each project is `tests/cpp/consumer`, a kernel and its client in one program. What a wheel
brings is in test_install.
"""

from __future__ import annotations

import json
import os
import re
import sys
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import pytest
from tests.native import checked, cmake, cpp_build
from tests.test_embedding import Visitor, started

# A compiler that hurries, and two cores that others use too.
pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.skipif(sys.platform != "linux", reason="ELF files and their linkers"),
]

ROOT = Path(__file__).parent.parent
CONSUMER = ROOT / "tests" / "cpp" / "consumer"
HURRY = ("-DCMAKE_CXX_FLAGS_RELEASE=-O0", "-DCMAKE_BUILD_TYPE=Release")


def headers_of_json() -> str:
    package = find_spec("nlohmann_json")
    assert package is not None
    assert package.origin is not None
    return f"-DKERNELWIRE_JSON_DIR={Path(package.origin).parent / 'include'}"


@pytest.fixture(scope="module")
def static(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The prefix of a static library."""
    prefix = tmp_path_factory.mktemp("static")
    build = cpp_build(tmp_path_factory)
    checked("cmake", "--install", build, "--prefix", prefix)
    return prefix


@pytest.fixture(scope="module")
def added(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The build of a project that has added the source, with shared libraries."""
    return cmake(
        CONSUMER,
        tmp_path_factory.mktemp("added"),
        f"-DCONSUMER_SOURCE={ROOT}",
        "-DCONSUMER_HOST=ON",
        "-DBUILD_SHARED_LIBS=ON",
        headers_of_json(),
        *HURRY,
    )


@pytest.fixture(scope="module")
def shared(added: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The prefix of a shared library."""
    prefix = tmp_path_factory.mktemp("shared")
    checked("cmake", "--install", added, "--prefix", prefix)
    return prefix


def runs(build: Path) -> None:
    assert checked(build / "consumer") == "execute_request: print(1)\n"
    assert checked(build / "host") == "hello\n"


def test_a_project_adds_the_source(added: Path) -> None:
    runs(added)


@pytest.mark.parametrize(
    ("kind", "compiler", "found_by", "flags"),
    [
        ("static", "g++", "pkg-config", "-flto"),
        ("static", "clang++", "cmake", "-fno-rtti"),
        ("shared", "g++", "cmake", "-fno-rtti"),
        ("shared", "clang++", "pkg-config", "-fvisibility=hidden -std=c++20"),
    ],
    ids=["static-gcc-lto", "static-clang", "shared-gcc", "shared-clang-20-hidden"],
)
def test_a_project_finds_and_uses_the_library(
    kind: str,
    compiler: str,
    found_by: str,
    flags: str,
    request: pytest.FixtureRequest,
    tmp_path: Path,
) -> None:
    prefix = request.getfixturevalue(kind)
    where = [f"-DCMAKE_PREFIX_PATH={prefix}"]
    if kind == "shared":  # which needs no OpenSSL of its users
        where.append("-DCMAKE_DISABLE_FIND_PACKAGE_OpenSSL=ON")
    if found_by == "pkg-config":
        directory = next(prefix.rglob("kernelwire.pc")).parent
        where = [
            "-DCONSUMER_PKG_CONFIG=ON",
            f"-DCONSUMER_PKG_CONFIG_PATH={directory}",
            f"-DCMAKE_BUILD_RPATH={directory.parent}",
        ]
    build = cmake(
        CONSUMER,
        tmp_path,
        f"-DCMAKE_CXX_COMPILER={compiler}",
        f"-DCMAKE_CXX_FLAGS={flags}",
        "-DCONSUMER_HOST=ON",
        *where,
    )
    runs(build)


def test_a_shared_library_exports_our_names_only(shared: Path) -> None:
    """No name of std's or nlohmann's could take the place of another library's."""
    library = next(shared.rglob("libkernelwire.so"))
    names = checked("nm", "-D", "-C", "--defined-only", library).splitlines()
    kind = r"(vtable|typeinfo|typeinfo name) for "
    ours = re.compile(rf"[0-9a-f]+ . ({kind})?kernelwire::")
    assert [name for name in names if not ours.match(name)] == []
    assert len(names) > 100


@pytest.mark.parametrize("name", ["libkernelwire", "libkernelwire_server"])
def test_a_shared_library_says_with_whom_it_is_compatible(
    shared: Path, name: str
) -> None:
    """Before 1.0, a minor version may change the ABI: docs/cpp-library.md."""
    release = version("kernelwire")
    library = next(shared.rglob(f"{name}.so.{release}"))
    minor = ".".join(release.split(".")[:2])
    listing = checked("readelf", "--dynamic", "--wide", library)
    assert re.findall(r"\(SONAME\).*\[(.*)\]", listing) == [f"{name}.so.{minor}"]
    assert (library.parent / f"{name}.so.{minor}").exists()


def test_an_installed_program_finds_its_shared_library(shared: Path) -> None:
    program = shared / "bin" / "kernelwire-run"
    assert "libkernelwire.so" in checked("readelf", "--dynamic", program)
    checked(program, "--list")


@pytest.mark.parametrize("kind", ["static", "shared"])
def test_a_project_finds_the_history_in_a_file(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """A component that is there where SQLite was, and that needs no libzmq of its users."""
    prefix = request.getfixturevalue(kind)
    project = tmp_path / "project"
    project.mkdir()
    (project / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.21)\n"
        "project(remember LANGUAGES CXX)\n"
        "find_package(kernelwire REQUIRED COMPONENTS history_sqlite)\n"
        "add_executable(remember remember.cpp)\n"
        "target_link_libraries(remember PRIVATE kernelwire::history_sqlite)\n"
    )
    (project / "remember.cpp").write_text(
        "#include <iostream>\n"
        "#include <kernelwire/sqlite_history.hpp>\n"
        "int main(int, char** argv) {\n"
        "    kernelwire::SqliteHistory history(argv[1]);\n"
        '    history.add(1, "x");\n'
        "    std::cout << history.reply({}).content() << std::endl;\n"
        "}\n"
    )
    build = cmake(project, tmp_path / "build", f"-DCMAKE_PREFIX_PATH={prefix}")
    said = [
        json.loads(checked(build / "remember", tmp_path / "history.sqlite"))["history"]
        for _ in range(2)
    ]
    assert said == [[[1, 1, "x"]], [[1, 1, "x"], [2, 1, "x"]]]


@pytest.mark.parametrize(
    "name",
    [
        "calculator",
        "client",
        "echo",
        "embed_loop",
        "embed_python",
        "embed_qt",
        "widget",
    ],
)
def test_an_example_is_built_as_a_user_would(
    name: str, static: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By itself, against an installed kernelwire."""
    # The first python there is the one whose kernelwire an embedded Python imports.
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    build = cmake(
        ROOT / "cpp" / "examples" / name,
        tmp_path / "build",
        f"-DCMAKE_PREFIX_PATH={static}",
        f"-DPython_EXECUTABLE={sys.executable}",
        "-DCMAKE_CXX_FLAGS=-O0 -Wall -Wextra -Werror",
    )
    program = build / name
    if not name.startswith("embed_"):
        assert program.exists() or (build / f"{name}_kernel").exists()
        return
    runtime = tmp_path / "runtime"
    with started(program, runtime) as application:
        visitor = Visitor(application.file)
        quits = "particles.quit()" if name == "embed_python" else "quit"
        assert visitor.run(quits)["status"] == "ok"
        assert application.wait() == 0
        visitor.client.stop_channels()
    assert list(runtime.glob("kernel-*.json")) == []
