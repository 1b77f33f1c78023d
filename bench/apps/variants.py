"""With kernelwire's Session and without: two environments for the same programs.

They differ in what is on PYTHONPATH, which every process that a program starts inherits:
servers, kernels, controllers and engines. So nothing is written into the environment
that runs the benchmark, and a switch that is on there is off in the one without.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from kernelwire.switch import VARIABLE

WITHOUT = "without"
WITH = "with"

SWITCHED = Path(__file__).parent / "switched"

_CLASSES = {
    WITHOUT: "jupyter_client.session.Session",
    WITH: "kernelwire.session.Session",
}
_TITLES = {WITHOUT: "without", WITH: "with kernelwire.Session"}
_ASK = (
    "from jupyter_client.session import Session;"
    "made = type(Session(key=b'0')); print(f'{made.__module__}.{made.__qualname__}')"
)


class SwitchError(Exception):
    """A process has another Session than it should, so its times mean nothing."""


@dataclass(frozen=True)
class Variant:
    """One column of the table; `env` is added to the environment of its programs."""

    name: str
    title: str
    env: Mapping[str, str]

    def check(self) -> None:
        """Ask a new process which Session it has.

        Raises:
            SwitchError: the other one, or none.
        """
        asked = subprocess.run(
            [sys.executable, "-c", _ASK],
            env=os.environ | self.env,
            capture_output=True,
            text=True,
            check=False,
        )
        found, wanted = asked.stdout.strip(), _CLASSES[self.name]
        if found != wanted:
            reason = found or (asked.stderr.strip().splitlines() or ["nothing"])[-1]
            msg = f"found {reason}, wanted {wanted}"
            raise SwitchError(msg)


def variants(home: Path) -> list[Variant]:
    """Return both, each with configuration and history of its own below `home`."""
    return [_variant(name, home / name) for name in (WITHOUT, WITH)]


def _variant(name: str, home: Path) -> Variant:
    folders = {
        "IPYTHONDIR": home / "ipython",
        "JUPYTER_CONFIG_DIR": home / "config",
        "JUPYTER_RUNTIME_DIR": home / "runtime",
    }
    env = {variable: str(folder) for variable, folder in folders.items()}
    for folder in folders.values():
        folder.mkdir(parents=True)
    if name == WITH:
        inherited = os.environ.get("PYTHONPATH")
        env["PYTHONPATH"] = os.pathsep.join(filter(None, [str(SWITCHED), inherited]))
    else:
        env[VARIABLE] = "off"
    return Variant(name, _TITLES[name], env)
