"""`kernelwire enable`, `disable` and `status`, in virtual environments of their own.

An environment here is a real one, without pip, whose path leads to the packages that run
the tests. So what is switched is never the developer's own.
"""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

from kernelwire import environment as switched

PATIENCE = 100.0  # seconds
OURS = "kernelwire.session.Session"
THEIRS = "jupyter_client.session.Session"
WHICH = """\
from jupyter_client.session import Session
print(f"{Session().__module__}.{type(Session()).__qualname__}")
"""


class Environment:
    """A virtual environment, and what is run in it."""

    def __init__(self, root: Path, *, system_site_packages: bool = False) -> None:
        venv.create(
            root / "venv", symlinks=True, system_site_packages=system_site_packages
        )
        self.root = root
        self.python = root / "venv" / "bin" / "python"
        paths = {"base": str(root / "venv"), "platbase": str(root / "venv")}
        self.site_packages = Path(sysconfig.get_path("purelib", "venv", paths))
        self.file = self.site_packages / switched.FILE_NAME
        self.user_base = root / "user"
        self._share_packages()

    def _share_packages(self) -> None:
        """Lead to the packages of the Python that runs this.

        A path in a `.pth` file is not searched for others of them; those of an editable
        install are copied, and a switch that the developer has on is not.
        """
        own = Path(sysconfig.get_path("purelib"))
        (self.site_packages / "0-shared.pth").write_text(f"{own}\n")
        for path in own.glob("_*kernelwire*.pth"):
            (self.site_packages / path.name).write_text(path.read_text())

    def run(
        self, *arguments: str | Path, **variables: str
    ) -> subprocess.CompletedProcess[str]:
        """Run its Python with arguments, and with variables in the environment."""
        clean = {
            name: value
            for name, value in os.environ.items()
            if name not in ("KERNELWIRE_SESSION", "PYTHONNOUSERSITE", "PYTHONPATH")
        }
        return subprocess.run(
            [self.python, *arguments],
            env={**clean, "PYTHONUSERBASE": str(self.user_base), **variables},
            cwd=self.root,
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE,
        )

    def printed(self, *arguments: str | Path, **variables: str) -> str:
        """What it prints, where nothing fails and nothing is said on stderr."""
        done = self.run(*arguments, **variables)
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout.strip()

    def verb(self, *words: str, **variables: str) -> str:
        """What `kernelwire` prints."""
        return self.printed("-m", "kernelwire", *words, **variables)

    def refused(self, *words: str, **variables: str) -> str:
        """The one line with which `kernelwire` fails."""
        done = self.run("-m", "kernelwire", *words, **variables)
        assert done.returncode == 1
        (line,) = done.stderr.splitlines()
        return line


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    return Environment(tmp_path)


@pytest.fixture
def open_environment(tmp_path: Path) -> Environment:
    """An environment that reads the user's site-packages, which lie below tmp_path."""
    return Environment(tmp_path, system_site_packages=True)


def rows_of(status: str) -> dict[str, str]:
    """What `kernelwire status` prints, by its labels."""
    return {line[:16].strip(): line[16:].strip() for line in status.splitlines()}


def test_new_processes_make_ours_until_it_is_disabled(
    environment: Environment,
) -> None:
    before = sorted(environment.site_packages.iterdir())
    assert environment.printed("-c", WHICH) == THEIRS
    assert str(environment.file) in environment.verb("enable")
    assert environment.printed("-c", WHICH) == OURS
    assert environment.verb("disable") == f"removed {environment.file}"
    assert environment.printed("-c", WHICH) == THEIRS
    assert sorted(environment.site_packages.iterdir()) == before


def test_status_tells_what_is_on_and_what_new_processes_make(
    environment: Environment,
) -> None:
    rows = rows_of(environment.verb("status"))
    assert rows["environment"] == "off: kernelwire enable"
    assert rows["new processes"] == THEIRS
    assert rows["libzmq"].endswith("called directly")
    assert {"python", "kernelwire", "jupyter-client", "pyzmq", "orjson"} <= set(rows)

    environment.verb("enable")
    status = environment.verb("status")
    assert rows_of(status)["environment"] == "on"
    assert f"by {environment.file}" in status
    assert rows_of(status)["new processes"] == OURS


@pytest.mark.parametrize("value", ["off", "OFF", "0", "no", "false"])
def test_a_variable_opts_a_process_out(environment: Environment, value: str) -> None:
    switched.enable(environment.site_packages)
    assert environment.printed("-c", WHICH, KERNELWIRE_SESSION=value) == THEIRS


@pytest.mark.parametrize("value", ["", "on", "1"])
def test_other_values_of_the_variable_change_nothing(
    environment: Environment, value: str
) -> None:
    switched.enable(environment.site_packages)
    assert environment.printed("-c", WHICH, KERNELWIRE_SESSION=value) == OURS


def test_status_tells_that_the_variable_is_set(environment: Environment) -> None:
    environment.verb("enable", KERNELWIRE_SESSION="off")
    rows = rows_of(environment.verb("status", KERNELWIRE_SESSION="off"))
    assert (rows["environment"], rows["variable"]) == ("on", "KERNELWIRE_SESSION=off")
    assert rows["new processes"] == THEIRS


def test_a_process_that_makes_no_sessions_loads_nothing(
    environment: Environment,
) -> None:
    modules = "import sys; print(sorted(sys.modules))"
    before = environment.printed("-c", modules)
    switched.enable(environment.site_packages)
    assert environment.printed("-c", modules) == before


def test_a_program_knows_that_it_is_switched_and_can_disable_it(
    environment: Environment,
) -> None:
    switched.enable(environment.site_packages)
    program = f"""\
import kernelwire
print(kernelwire.enabled())
kernelwire.disable()
print(kernelwire.enabled())
{WHICH}
kernelwire.enable()
{WHICH}
"""
    assert environment.printed("-c", program).split() == ["True", "False", THEIRS, OURS]


def test_a_kernel_and_its_client_are_both_switched(environment: Environment) -> None:
    """Started as frontends do: by its kernelspec, in a process of its own."""
    switched.enable(environment.site_packages)
    program = """\
from jupyter_client.manager import start_new_kernel

manager, client = start_new_kernel(kernel_name="python3")
try:
    code = "print(type(get_ipython().kernel.session), end='')"
    client.execute_interactive(code, timeout=60)
    print(type(client.session), type(manager.session))
finally:
    client.stop_channels()
    manager.shutdown_kernel(now=True)
"""
    # ipykernel warns that loopback is not encrypted.
    done = environment.run("-c", program, IPYTHONDIR=str(environment.root))
    assert done.returncode == 0, done.stderr
    assert done.stdout.count(f"<class '{OURS}'>") == 3


def test_without_kernelwire_the_file_does_nothing(environment: Environment) -> None:
    switched.enable(environment.site_packages)
    uninstalled = "import sys; sys.modules['kernelwire'] = None\n"
    assert environment.printed("-c", uninstalled + WHICH) == THEIRS


def test_a_broken_kernelwire_warns_and_leaves_upstreams(
    environment: Environment,
) -> None:
    switched.enable(environment.site_packages)
    broken = "import sys; sys.modules['kernelwire.session'] = None\n"
    done = environment.run("-c", broken + WHICH)
    assert (done.returncode, done.stdout.strip()) == (0, THEIRS)
    assert done.stderr.count("kernelwire is switched on and cannot be loaded") == 1


def test_enabling_twice_says_so_and_disabling_twice_too(
    environment: Environment,
) -> None:
    environment.verb("enable")
    assert environment.verb("enable").startswith("was switched on already")
    environment.verb("disable")
    assert environment.verb("disable").startswith("nothing to undo")


def test_the_file_of_another_version_is_replaced_and_removed(
    environment: Environment,
) -> None:
    other = '# kernelwire: an older title\nimport sys; exec("print()")\n'
    environment.file.write_text(other)
    assert switched.enable(environment.site_packages) == environment.file
    assert environment.file.read_text() != other
    environment.file.write_text(other)
    assert switched.disable(environment.site_packages) == environment.file


@pytest.mark.parametrize("verb", ["enable", "disable"])
@pytest.mark.parametrize(
    "text",
    ["/opt/somewhere\n", "", "# kernelwire: a comment\nimport os; os.abort\n"],
    ids=["a path", "nothing", "other code"],
)
def test_somebody_elses_file_of_that_name_is_left_alone(
    environment: Environment, verb: str, text: str
) -> None:
    environment.file.write_text(text)
    assert f"{environment.file} is not what kernelwire" in environment.refused(verb)
    assert environment.file.read_text() == text


@pytest.mark.parametrize("verb", ["enable", "disable"])
def test_a_directory_that_is_not_writable_is_an_error_that_says_what_to_do(
    tmp_path: Path, verb: str
) -> None:
    """Whoever runs the tests as root is somebody else for the attempt."""
    place = tmp_path / "site-packages"
    place.mkdir()
    if verb == "disable":
        switched.enable(place)
    place.chmod(0o555)
    attempt = f"""\
import os, pathlib, sys
from kernelwire import environment, errors
if os.geteuid() == 0:
    os.seteuid(65534)
try:
    environment.{verb}(pathlib.Path(sys.argv[1]))
except errors.KernelWireError as exc:
    print(exc)
"""
    done = subprocess.run(
        [sys.executable, "-c", attempt, place],
        capture_output=True,
        text=True,
        check=True,
        timeout=PATIENCE,
    )
    assert done.stdout.startswith(f"{place} cannot be written to; ")
    assert "run this as its owner" in done.stdout


def test_the_users_site_packages_will_do(open_environment: Environment) -> None:
    said = open_environment.verb("enable", "--user")
    assert str(open_environment.user_base) in said
    assert not open_environment.file.exists()
    assert open_environment.printed("-c", WHICH) == OURS
    assert "still switched on by" in open_environment.verb("disable")
    open_environment.verb("disable", "--user")
    assert open_environment.printed("-c", WHICH) == THEIRS
    assert not list(open_environment.user_base.rglob("*.pth"))


def test_both_places_at_once_switch_once(open_environment: Environment) -> None:
    open_environment.verb("enable", "--user")
    open_environment.verb("enable")
    assert open_environment.printed("-c", WHICH) == OURS
    assert open_environment.verb("status").count(switched.FILE_NAME) == 2


def test_the_users_site_packages_are_refused_where_python_does_not_read_them(
    environment: Environment,
) -> None:
    assert "leave out --user" in environment.refused("enable", "--user")


def test_a_switch_that_does_not_work_is_not_left_behind(
    environment: Environment,
) -> None:
    package = environment.root / "path" / "jupyter_client"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("raise ImportError('is broken')\n")
    said = environment.refused("enable", PYTHONPATH=str(package.parent))
    assert said.endswith("ImportError: is broken")
    assert not environment.file.exists()
