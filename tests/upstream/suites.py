"""Which tests of which projects are run, and which are not and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Suite:
    """A part of somebody's tests that pytest runs in one go."""

    name: str
    """What it is called on the command line; two suites may share one."""
    distribution: str
    """Whose tests they are, on PyPI; its installed version is the one tested."""
    tests: tuple[str, ...]
    """Files, folders or tests, in the folder that pytest runs in."""
    title: str = ""
    """What it is called in the table, if not by its name."""
    requires: tuple[str, ...] = ()
    """What the tests want installed, as pip reads it."""
    sdist: bool = True
    """Whether the tests come from the sdist; else from the package, or are ours."""
    options: tuple[str, ...] = ()
    """More for pytest's command line."""
    excluded: Mapping[str, str] = field(default_factory=dict)
    """Files that are not run, and why."""
    as_module: bool = False
    """Whether kernelwire.session stands in the place of the whole module too."""
    patience: float = 600.0
    """Seconds that a run may take, before it is ended and counted as it is."""

    @property
    def label(self) -> str:
        return self.title or self.name


# Tests mostly wait, so a few at a time are no load for two cores. A hung test is to fail
# alone: the way the suites choose ends the whole process.
ALONE = ("-o", "timeout_method=signal", "-o", "log_cli=false")
TOGETHER = (*ALONE, *("-n", "4"), *("--dist", "load"))
CLIENT = ("-p", "no:asyncio", "-p", "no:flaky", *TOGETHER)
CLIENT_REQUIRES = ("jupyter_client[test]", "pytest-xdist>=3")

# What tornado 6.6 says to jupyter_server 2.21, whose tests take warnings for errors.
TORNADO = (
    *("-W", "ignore:The method, uri, and version arguments:DeprecationWarning"),
    *("-W", "ignore:The start_line argument:DeprecationWarning"),
)

# A file of ours is not to find this project's configuration and conftest.py.
CASES = HERE / "cases"
CASE = ("-c", "/dev/null", "--rootdir", str(CASES), "--confcutdir", str(CASES))
CASE_OPTIONS = (*CASE, "--import-mode=importlib", "--timeout=120", "-p", "no:asyncio")

LAUNCHING = "starts clusters to stop them again; large arrays start one as well"
MISSING = "wants {}, which is not here"

SUITES = (
    Suite(
        name="jupyter_client",
        distribution="jupyter_client",
        tests=("tests",),
        requires=CLIENT_REQUIRES,
        options=CLIENT,
    ),
    Suite(
        name="jupyter_client",
        title="jupyter_client.session",
        distribution="jupyter_client",
        tests=("tests/test_session.py",),
        requires=CLIENT_REQUIRES,
        options=CLIENT,
        as_module=True,
    ),
    # Of jupyter_server, what has to do with kernels and websockets. Contents, logins,
    # extensions and the command line make no Session.
    Suite(
        name="jupyter_server",
        distribution="jupyter_server",
        tests=(
            "tests/services/kernels",
            "tests/services/sessions",
            "tests/services/kernelspecs",
            "tests/services/api",
            "tests/base/test_websocket.py",
            "tests/test_gateway.py",
            "tests/test_serialize.py",
        ),
        requires=("jupyter_server[test]", "pytest-xdist>=3"),
        options=("-p", "no:asyncio", *TORNADO, *TOGETHER),
    ),
    Suite(
        name="ipyparallel",
        distribution="ipyparallel",
        tests=("ipyparallel/tests",),
        excluded={
            "ipyparallel/tests/test_apps.py": LAUNCHING,
            "ipyparallel/tests/test_cluster.py": LAUNCHING,
            "ipyparallel/tests/test_launcher.py": "makes command lines, and no Session",
            "ipyparallel/tests/test_mongodb.py": MISSING.format("MongoDB"),
            "ipyparallel/tests/test_mpi.py": MISSING.format("MPI"),
            "ipyparallel/tests/test_slurm.py": MISSING.format("Slurm"),
            "ipyparallel/tests/test_ssh.py": MISSING.format("an SSH server in Docker"),
        },
        requires=("ipyparallel[test]", "joblib", "pytest-timeout", "pytest-xdist>=3"),
        options=("-n", "3", "--dist", "loadfile", "--timeout=100"),
    ),
    Suite(
        name="ipyparallel",
        title="ipyparallel, large arrays",
        distribution="ipyparallel",
        tests=(str(CASES / "cluster_case.py"),),
        requires=("ipyparallel", "numpy", "pytest-timeout>=2.3"),
        sdist=False,
        options=CASE_OPTIONS,
    ),
    Suite(
        name="ipykernel",
        distribution="ipykernel",
        tests=(str(CASES / "kernel_case.py"),),
        requires=("ipykernel", "jupyter_kernel_test>=0.7", "pytest-timeout>=2.3"),
        sdist=False,
        options=CASE_OPTIONS,
    ),
)
