"""What pip installs: the sdist and the wheel, their contents, and their use from outside.

Built from what git would hold, and used in a fresh virtual environment: nothing of the
developer's is seen. Dependencies come from PyPI.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from zipfile import ZipFile

import pytest

if TYPE_CHECKING:
    from tests.conftest import RunningKernel

# Two builds take some minutes, and the first test that wants one waits for them.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

ROOT = Path(__file__).parent.parent
CYTHON = (
    "libzmq aside pyzmq wire murmur flat parts signing history socket stream session"
)
MODULES = ("_host", "_client", *(f"_{name}" for name in CYTHON.split()))
NLOHMANN = "kernelwire/include/nlohmann/"
DATA = "kernelwire-{version}.data/"
ELF = pytest.mark.skipif(sys.platform != "linux", reason="ELF tools read ELF files")


@dataclass
class Dist:
    """The files that git has, and what is built from them."""

    tree: Path
    wheel: Path  # built from the sdist, as a release is
    wheel_of_tree: Path  # only its list of files counts


# A compiler that hurries takes a third of the time, and makes the same files.
HURRY = (
    "-Ccmake.define.CMAKE_CXX_FLAGS_RELEASE=-O0",
    "-Ccmake.define.CMAKE_INTERPROCEDURAL_OPTIMIZATION=OFF",
)


@pytest.fixture(scope="session")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Dist:
    from tests.native import checked

    place = tmp_path_factory.mktemp("dist")
    tree = copy_of_repository(place / "tree")
    build = (sys.executable, "-m", "build", tree, "--outdir")
    checked(*build, place / "release")  # an sdist, and a wheel of it
    checked(*build, place / "quick", "--wheel", *HURRY)
    (wheel,) = (place / "release").glob("*.whl")
    (wheel_of_tree,) = (place / "quick").glob("*.whl")
    return Dist(tree, wheel, wheel_of_tree)


def copy_of_repository(target: Path) -> Path:
    """Copy the files that git has, or would have after `git add .`."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    for name in filter(None, listing.stdout.split("\0")):
        if (ROOT / name).exists():  # or it is about to be removed
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)
    return target


def names_in(wheel: Path) -> set[str]:
    """The files of a wheel, its version as `{version}`."""
    version = wheel.name.split("-")[1]
    with ZipFile(wheel) as archive:
        names = {info.filename for info in archive.infolist() if not info.is_dir()}
    return {name.replace(f"-{version}.", "-{version}.") for name in names}


def below(directory: Path, prefix: str, pattern: str = "*") -> set[str]:
    """The files of a directory, as a wheel would name them."""
    found = (path for path in directory.rglob(pattern) if path.is_file())
    return {prefix + path.relative_to(directory).as_posix() for path in found}


# --- contents ------------------------------------------------------------------------


def test_the_wheel_of_the_sdist_has_the_same_files(dist: Dist) -> None:
    assert dist.wheel.name == dist.wheel_of_tree.name
    assert names_in(dist.wheel) == names_in(dist.wheel_of_tree)


def test_the_wheel_holds_the_package_and_nothing_else(dist: Dist) -> None:
    """Every file is accounted for: no test, no Cython source, no stray one."""
    package = dist.tree / "src" / "kernelwire"
    suffix = sysconfig.get_config_var("EXT_SUFFIX")
    info = "kernelwire-{version}.dist-info/"
    wanted = {
        *below(package, "kernelwire/", "*.py"),
        *below(package, "kernelwire/", "*.pyi"),
        *below(package / "kernelspecs", "kernelwire/kernelspecs/"),
        *below(package / "conformance", "kernelwire/conformance/", "*.toml"),
        *below(package / "kernelspecs", f"{DATA}data/share/jupyter/kernels/"),
        *below(dist.tree / "cpp" / "include", "kernelwire/include/"),
        *(f"kernelwire/{module}{suffix}" for module in MODULES),
        "kernelwire/py.typed",
        "kernelwire/lib/libkernelwire.a",
        "kernelwire/lib/pkgconfig/kernelwire.pc",
        "kernelwire/lib/cmake/kernelwire/kernelwireConfig.cmake",
        "kernelwire/lib/cmake/kernelwire/kernelwireConfigVersion.cmake",
        "kernelwire/lib/cmake/kernelwire/kernelwireTargets.cmake",
        "kernelwire/lib/cmake/kernelwire/kernelwireTargets-release.cmake",
        *(info + name for name in ("METADATA", "RECORD", "WHEEL", "entry_points.txt")),
        info + "licenses/LICENSE",
    }
    held = {name for name in names_in(dist.wheel) if not name.startswith(NLOHMANN)}
    assert held - wanted == set()
    assert wanted - held == set()


def test_the_wheel_brings_the_json_headers_that_ours_include(dist: Dist) -> None:
    theirs = {name for name in names_in(dist.wheel) if name.startswith(NLOHMANN)}
    assert f"{NLOHMANN}json.hpp" in theirs
    assert {Path(name).suffix for name in theirs} == {".hpp"}


def test_no_text_in_the_wheel_names_the_directory_it_was_built_in(dist: Dist) -> None:
    readable = re.compile(r"\.(py|pyi|cmake|hpp|json|txt)$|/(METADATA|RECORD|WHEEL)$")
    with ZipFile(dist.wheel) as archive:
        texts = [name for name in archive.namelist() if readable.search(name)]
        telling = [n for n in texts if str(dist.tree).encode() in archive.read(n)]
    assert telling == []


# --- the extension modules -------------------------------------------------------------


@pytest.fixture(scope="module")
def modules(dist: Dist, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The extension modules of the wheel, unpacked."""
    place = tmp_path_factory.mktemp("modules")
    with ZipFile(dist.wheel) as archive:
        names = [name for name in archive.namelist() if name.endswith(".so")]
        return {
            Path(name).name.split(".")[0]: Path(archive.extract(name, place))
            for name in names
        }


@ELF
@pytest.mark.parametrize("module", MODULES)
def test_a_module_exports_its_init_function_only(
    modules: dict[str, Path], module: str
) -> None:
    """A symbol more, such as one of libcrypto.a's, could take another library's place."""
    from tests.native import checked

    lines = checked("nm", "-D", "--defined-only", modules[module]).splitlines()
    assert [line.split()[-1] for line in lines] == [f"PyInit_{module}"]


@ELF
@pytest.mark.parametrize("module", MODULES)
def test_a_module_needs_the_compilers_libraries_only(
    modules: dict[str, Path], module: str
) -> None:
    """No libcrypto, for the user's may be another; no libzmq, for pyzmq has loaded it."""
    from tests.native import checked

    listing = checked("readelf", "--dynamic", "--wide", modules[module])
    needed = re.findall(r"\(NEEDED\).*\[(\w[^.\]]*)", listing)
    assert needed
    compilers = {"libc", "libm", "libdl", "libpthread", "libstdc++", "libgcc_s"}
    assert set(needed) - compilers - {"ld-linux-x86-64", "ld-linux-aarch64"} == set()


# --- installed ---------------------------------------------------------------------------


class Installation:
    """A fresh virtual environment that holds the wheel, and a user without files."""

    def __init__(self, wheel: Path, place: Path) -> None:
        from tests.native import checked

        self.prefix = place / "venv"
        self.bin = self.prefix / "bin"
        self.python = self.bin / "python"
        venv.create(self.prefix, with_pip=True)
        checked(self.python, "-m", "pip", "install", "--quiet", wheel)
        ours = re.compile("PYTHON|JUPYTER|IPYTHON|KERNELWIRE|VIRTUAL_ENV")
        kept = {name: text for name, text in os.environ.items() if not ours.match(name)}
        places = {
            f"JUPYTER_{name.upper()}_DIR": str(place / name)
            for name in ("data", "runtime", "config")
        }
        self.environment = {**kept, **places, "IPYTHONDIR": str(place / "ipython")}
        self.home = place

    def run(self, program: str, *arguments: str | Path, code: str = "") -> str:
        """Run a program of the environment's, outside the source; what it printed."""
        from tests.native import checked

        command = (self.bin / program, *arguments)
        return checked(*command, input=code, env=self.environment, cwd=self.home)


@pytest.fixture(scope="module")
def installation(dist: Dist, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    return Installation(dist.wheel, tmp_path_factory.mktemp("installation"))


def test_the_wheels_dependencies_fit_together(installation: Installation) -> None:
    assert "No broken requirements" in installation.run("python", "-m", "pip", "check")


def test_jupyter_lists_the_installed_kernel(installation: Installation) -> None:
    listing = installation.run("jupyter", "kernelspec", "list", "--json")
    spec = json.loads(listing)["kernelspecs"]["kernelwire-python"]
    directory = installation.prefix / "share/jupyter/kernels/kernelwire-python"
    assert Path(spec["resource_dir"]) == directory
    assert {path.name for path in directory.iterdir()} >= {
        "kernel.json",
        "logo-64x64.png",
    }


def test_jupyter_run_executes_code_on_it(installation: Installation) -> None:
    name = ("--kernel", "kernelwire-python")
    assert installation.run("jupyter", "run", *name, code="print(6 * 7)") == "42\n"


def test_jupyter_client_executes_a_cell_on_it(installation: Installation) -> None:
    """The wheel's own Python is the one that runs the cell."""
    script = (
        "from jupyter_client.manager import start_new_kernel\n"
        "manager, client = start_new_kernel(kernel_name='kernelwire-python')\n"
        "client.execute_interactive('import sys, kernelwire; print(sys.prefix)')\n"
        "client.stop_channels()\n"
        "manager.shutdown_kernel()\n"
    )
    printed = installation.run("python", "-W", "error", "-", code=script)
    assert printed == f"{installation.prefix}\n"


def test_the_command_says_where_the_cpp_half_lies(installation: Installation) -> None:
    directory = Path(installation.run("python", "-m", "kernelwire", "--cmake-dir")[:-1])
    assert directory.is_relative_to(installation.prefix)
    assert (directory / "kernelwireConfig.cmake").is_file()
    headers = Path(installation.run("kernelwire", "--include-dir")[:-1])
    assert (headers / "kernelwire" / "kernelwire.hpp").is_file()


def test_a_type_checker_reads_the_installed_types(installation: Installation) -> None:
    """The stubs and py.typed are found where they were installed."""
    module = installation.home / "typed.py"
    module.write_text(
        "import kernelwire as kw\n\n\n"
        "def answer(output: kw.Output) -> kw.Reply:\n"
        "    output.stdout('hello')\n"
        "    return kw.ok()\n"
    )
    checker = (sys.executable, "-m", "mypy", "--strict", "--cache-dir", os.devnull)
    interpreter = ("--python-executable", str(installation.python))
    done = subprocess.run(
        [*checker, *interpreter, str(module)],
        cwd=installation.home,
        env=installation.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (
        0,
        "Success: no issues found in 1 source file\n",
    )


# --- the C++ half, from outside ------------------------------------------------------------


def test_a_cpp_project_links_what_the_wheel_brings(
    installation: Installation, tmp_path: Path
) -> None:
    from tests.native import checked, cmake

    where = installation.run("python", "-m", "kernelwire", "--cmake-dir").strip()
    source = ROOT / "tests" / "cpp" / "consumer"
    build = cmake(source, tmp_path, f"-Dkernelwire_DIR={where}")
    assert checked(build / "consumer") == "execute_request: print(1)\n"


def test_a_cpp_project_finds_it_by_pkg_config(
    installation: Installation, tmp_path: Path
) -> None:
    from tests.native import checked, cmake

    where = installation.run("kernelwire", "--pkgconfig-dir").strip()
    source = ROOT / "tests" / "cpp" / "consumer"
    build = cmake(
        source,
        tmp_path,
        "-DCONSUMER_PKG_CONFIG=ON",
        f"-DCONSUMER_PKG_CONFIG_PATH={where}",
        "-DCMAKE_CXX_COMPILER=clang++",
    )
    assert checked(build / "consumer") == "execute_request: print(1)\n"


def test_a_wheel_says_why_it_has_no_server(
    installation: Installation, tmp_path: Path
) -> None:
    """A wheel is built without libzmq: kernelwire::server is for C++ installations."""
    where = installation.run("python", "-m", "kernelwire", "--cmake-dir").strip()
    source = ROOT / "cpp" / "examples" / "echo"
    done = subprocess.run(
        ["cmake", "-S", source, "-B", tmp_path, f"-Dkernelwire_DIR={where}"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "has no kernelwire::server" in " ".join(done.stderr.split())


@pytest.fixture(scope="module")
def installed_echo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The echo example, built on its own against `cmake --install`'s prefix."""
    from tests.native import checked, cmake, cpp_build

    place = tmp_path_factory.mktemp("echo")
    prefix = place / "prefix"
    checked("cmake", "--install", cpp_build(tmp_path_factory), "--prefix", prefix)
    source = shutil.copytree(ROOT / "cpp" / "examples" / "echo", place / "source")
    build = cmake(source, place / "build", f"-DCMAKE_PREFIX_PATH={prefix}")
    return build / "echo_kernel"


@pytest.fixture
def echo(installed_echo: Path, tmp_path: Path) -> Iterator[RunningKernel]:
    from tests.native import start

    kernel = start(installed_echo, tmp_path)
    yield kernel
    kernel.stop()


def test_the_example_builds_on_an_installed_library_and_serves(
    echo: RunningKernel,
) -> None:
    outcome = echo.run("hello")
    assert outcome.reply["status"] == "ok"
    assert outcome.text() == "hello"
