"""What the figures were measured on: machine, versions, date and command."""

from __future__ import annotations

import datetime as dt
import os
import platform
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TypedDict

import zmq

PACKAGES = (
    "kernelwire",
    "jupyter_client",
    "ipykernel",
    "ipython",
    "xeus-python",
    "xeus-python-shell",
    "comm",
    "pyzmq",
    "jupyter_server",
    "ipyparallel",
    "orjson",
)


class Machine(TypedDict):
    """The circumstances of one run."""

    cpu: str
    cores: int
    memory: float
    """Bytes of RAM."""
    system: str
    python: str
    versions: dict[str, str]
    load: float
    """The one-minute load average before the run: above 0.3 something else ran."""
    date: str
    command: str


def describe() -> Machine:
    """Describe this machine; to be called before anything is measured."""
    libc, release = platform.libc_ver()
    pages = os.sysconf("SC_PHYS_PAGES")
    return {
        "cpu": _cpu(),
        "cores": len(os.sched_getaffinity(0)),
        "memory": float(pages * os.sysconf("SC_PAGE_SIZE")),
        "system": f"{platform.system()} {platform.release()}, {libc} {release}",
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "versions": _versions(),
        "load": os.getloadavg()[0],
        "date": dt.datetime.now(dt.UTC).date().isoformat(),
        "command": " ".join(["python -m bench", *sys.argv[1:]]),
    }


def _cpu() -> str:
    """Return the CPU's model name, which /proc gives on x86 only."""
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _versions() -> dict[str, str]:
    """Return the version of every measured package that is installed."""
    versions = {}
    for package in PACKAGES:
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            continue
    return versions | {"libzmq of pyzmq": zmq.zmq_version()}
