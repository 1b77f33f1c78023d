"""A trial of the Python kernel: start it as a frontend does, and use it once.

Used by `doctor.py`. Needs jupyter_client. The kernelspec is one of its own and not an
installed one, so that what is tried is this installation on this Python.
"""

from __future__ import annotations

import contextlib
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from queue import Empty
from tempfile import TemporaryDirectory
from typing import Any

from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import KernelManager

from kernelwire.errors import KernelWireError
from kernelwire.kernelspec import install_python

__all__ = ["TrialError", "trial"]

# For each step, in seconds: far beyond what any machine that works needs.
_PATIENCE = 60.0


class TrialError(KernelWireError):
    """The kernel did not start, did not answer, or answered something wrong."""


def trial(*, raw: bool = False) -> Iterator[tuple[str, float]]:
    """Start the kernel and use it.

    Args:
        raw: the one without IPython.

    Yields:
        Each step with its duration in seconds, when it has succeeded.

    Raises:
        TrialError: a step has failed.
    """
    with TemporaryDirectory() as place:
        spec = install_python(Path(place), raw=raw)
        specs = KernelSpecManager(kernel_dirs=[place], ensure_native_kernel=False)
        manager = KernelManager(kernel_name=spec.name, kernel_spec_manager=specs)
        start = time.perf_counter()
        # What the kernel prints before it dies is not for the report.
        manager.start_kernel(stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    client: BlockingKernelClient = manager.client()
    try:
        client.start_channels(stdin=False, hb=False)
        _answer(manager, client, client.kernel_info())
        yield "start, first reply", time.perf_counter() - start
        for step in ("1 + 1", "1 + 1, once more"):
            start = time.perf_counter()
            _add(manager, client)
            yield step, time.perf_counter() - start
        start = time.perf_counter()
        _answer(manager, client, client.kernel_info())
        yield "kernel_info", time.perf_counter() - start
        start = time.perf_counter()
        client.stop_channels()
        manager.shutdown_kernel()
        yield "shutdown", time.perf_counter() - start
    finally:
        client.stop_channels()
        if manager.is_alive():
            manager.shutdown_kernel(now=True)


def _add(manager: KernelManager, client: BlockingKernelClient) -> None:
    """Have 1 + 1 evaluated, and look at what comes out."""
    request = client.execute("", user_expressions={"sum": "1 + 1"}, silent=True)
    content = _answer(manager, client, request)
    found = content.get("user_expressions", {}).get("sum", {}).get("data", {})
    if found.get("text/plain") != "2":
        msg = f"1 + 1 gave {found or content.get('status')!r}"
        raise TrialError(msg)


def _answer(
    manager: KernelManager, client: BlockingKernelClient, request: str
) -> dict[str, Any]:
    """Wait for the reply to a request on shell, as long as the kernel lives."""
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        with contextlib.suppress(Empty):
            reply = client.get_shell_msg(timeout=0.2)
            if reply["parent_header"].get("msg_id") == request:
                content: dict[str, Any] = reply["content"]
                return content
        if not manager.is_alive():
            msg = "the kernel died; kernelwire kernel says why"
            raise TrialError(msg)
    msg = f"the kernel did not answer within {_PATIENCE:.0f} s"
    raise TrialError(msg)
