"""A pytest plugin that writes down what came of each test, as it comes: JSON, by line.

Before the first test it proves that the Session to be tested is the one tested. It is
loaded in the workers of pytest-xdist too, and writes nothing there. Environment:
KERNELWIRE_UPSTREAM_RECORD, the file; KERNELWIRE_UPSTREAM_SIDE, "with" or "without";
KERNELWIRE_UPSTREAM_MODULE, if kernelwire.session is to stand in the place of the module
jupyter_client.session too.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
import sitecustomize  # type: ignore[import-not-found]

SIDE = os.environ["KERNELWIRE_UPSTREAM_SIDE"]
MODULE = bool(os.environ.get("KERNELWIRE_UPSTREAM_MODULE"))
TEXT = 6000  # characters of a traceback that are kept, from its end


def pytest_configure(config: pytest.Config) -> None:
    prove()
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Recorder())


def prove() -> None:
    """See that this process has the Session that it should have.

    Raises:
        pytest.UsageError: it has not.
    """
    import jupyter_client
    import jupyter_client.session as upstream

    sitecustomize.counting = False
    made = type(upstream.Session())
    sitecustomize.counting = True
    if SIDE == "without":
        wanted = upstream.Session
    else:
        import kernelwire.session as ours

        wanted = ours.Session
        if MODULE:
            jupyter_client.session = ours  # as it is imported from the package
    if made is not wanted:
        msg = f"{SIDE} us, a Session is a {made!r}, and should be a {wanted!r}"
        raise pytest.UsageError(msg)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Keep the tests that cannot run at the same time apart, with `--dist load`.

    Those with kernels on the transport ipc call a file in the current folder by the same
    name, and would talk to each other's kernels. xdist 3.8's own groups have no effect
    with pytest 9.2.
    """
    if config.getvalue("dist") != "load":
        return None
    from xdist.scheduler import (  # type: ignore[import-not-found]
        LoadScopeScheduling,
    )

    class Scheduling(LoadScopeScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            return "ipc" if "ipc" in nodeid.rpartition("::")[2] else nodeid

    return Scheduling(config, log)


class Recorder:
    """The hooks of the process that all reports come to."""

    def __init__(self) -> None:
        self.record = Path(os.environ["KERNELWIRE_UPSTREAM_RECORD"])
        self.record.touch()

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.write(unreadable=report.nodeid, text=report.longreprtext[-TEXT:])

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        outcome: str = report.outcome
        if report.skipped and hasattr(report, "wasxfail"):
            outcome = "xfailed"
        self.write(
            test=report.nodeid,
            when=report.when,
            outcome=outcome,
            seconds=report.duration,
            text=report.longreprtext[-TEXT:] if report.failed else "",
        )

    def write(self, **entry: object) -> None:
        with self.record.open("a", encoding="utf-8") as file:
            file.write(json.dumps(entry) + "\n")
