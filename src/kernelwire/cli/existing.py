"""A look at a kernel that runs: whether it answers, what it uses and what it has counted.

Used by `doctor.py`. Needs jupyter_client. Everything is asked on the heartbeat and control
channels, which answer while a cell runs; the kernel may be any.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import zmq
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.connect import find_connection_file
from jupyter_core.paths import jupyter_runtime_dir

from kernelwire.cli.measures import in_bytes, in_seconds
from kernelwire.errors import KernelWireError

__all__ = ["look_at"]

_PATIENCE = 5  # seconds, for what a kernel that lives answers at once
_BEATS = 5
_LATENCIES = (("execute", "execute"), ("shell", "others on shell"), ("control", ""))
_PORTS = ("shell_port", "iopub_port", "stdin_port", "control_port", "hb_port")


def look_at(name: str) -> None:
    """Print what a running kernel says about itself.

    Args:
        name: a connection file, or what jupyter_client finds one by: a part of its name,
            such as the kernel's id.

    Raises:
        KernelWireError: there is no such file, it is none, or no kernel answers there.
    """
    file = _find(name)
    client = BlockingKernelClient(connection_file=file)
    info = _load(client, file)
    _row("connection file", file)
    curve = "encrypted" if info.get("curve_publickey") else "not encrypted"
    _row("channels", f"{info['transport']} {info['ip']}, {curve}")
    try:
        _report_heart(client, file, info)
        _report_kernel(client)
    finally:
        client.context.destroy(linger=0)


def _row(label: str, text: str) -> None:
    print(f"{label:<20}{text}")


def _find(name: str) -> str:
    with contextlib.suppress(OSError):
        return str(Path(find_connection_file(name)).absolute())
    msg = f"no connection file {name} here or in {jupyter_runtime_dir()}"
    raise KernelWireError(msg)


def _load(client: BlockingKernelClient, file: str) -> dict[str, Any]:
    """Read the connection file into the client."""
    try:
        client.load_connection_file()
        info: dict[str, Any] = {**client.get_connection_info()}
    except (ValueError, AttributeError, TypeError) as exc:
        msg = f"{file} is no connection file"
        raise KernelWireError(msg) from exc
    if missing := [port for port in _PORTS if not info[port]]:
        msg = f"{file} is no connection file: it has no {missing[0]}"
        raise KernelWireError(msg)
    return info


def _report_heart(
    client: BlockingKernelClient, file: str, info: dict[str, Any]
) -> None:
    """Print how long beats take to come back."""
    with client.connect_hb() as heart:
        times = []
        for number in range(_BEATS):
            start = time.perf_counter()
            heart.send(b"%d" % number)
            if not heart.poll(1000 * _PATIENCE):
                msg = (
                    f"nothing answers at {info['transport']} {info['ip']}, port "
                    f"{info['hb_port']}: "
                    f"the kernel of {file} has ended, or hangs"
                )
                raise KernelWireError(msg)
            heart.recv()
            times.append(time.perf_counter() - start)
    # The first one has connected as well.
    fastest, slowest = in_seconds(min(times[1:])), in_seconds(max(times[1:]))
    _row("heartbeat", f"{fastest} to {slowest}, {in_seconds(times[0])} with connecting")


def _report_kernel(client: BlockingKernelClient) -> None:
    with client.connect_control() as control:
        start = time.perf_counter()
        info = _ask(client, control, "kernel_info")
        if info is None:
            msg = (
                "the heart beats, and control does not answer: "
                "is the key in the file that of the kernel which runs?"
            )
            raise KernelWireError(msg)
        _row("control", f"answers in {in_seconds(time.perf_counter() - start)}")
        with client.connect_shell() as shell:
            start = time.perf_counter()
            idle = _ask(client, shell, "kernel_info", patience=1.0)
            took = in_seconds(time.perf_counter() - start)
            _row("shell", f"answers in {took}" if idle else "busy")
        language = info.get("language_info", {})
        _row("language", f"{language.get('name')} {language.get('version', '')}")
        made = f"{info.get('implementation')} {info.get('implementation_version', '')}"
        _row("implementation", made)
        _row("protocol", str(info.get("protocol_version")))
        usage = _ask(client, control, "usage") or {}
    if usage.get("status", "ok") != "ok" or not usage:
        print("\nit tells nothing about what it uses: it has no usage_request")
        return
    _report_usage(usage)
    counts = usage.get("kernelwire")
    if isinstance(counts, dict) and "latency_seconds" in counts:
        _report_counts(counts)


def _ask(
    client: BlockingKernelClient,
    socket: zmq.Socket[bytes],
    what: str,
    *,
    patience: float = _PATIENCE,
) -> dict[str, Any] | None:
    """Send a request, and wait for the content of its reply; None where there is none."""
    request = client.session.msg(f"{what}_request", {})
    client.session.send(socket, request)
    deadline = time.monotonic() + patience
    while (left := deadline - time.monotonic()) > 0:
        if not socket.poll(int(1000 * left)):
            break
        try:
            _, reply = client.session.recv(socket)
        except ValueError as exc:  # another key's
            msg = f"the kernel's answer does not verify: {exc}"
            raise KernelWireError(msg) from exc
        if reply and reply["parent_header"].get("msg_id") == request["msg_id"]:
            return dict(reply["content"])
    return None


def _report_usage(usage: dict[str, Any]) -> None:
    print("\nwhat it uses")
    for label, text in _usage_rows(usage):
        _row(f"  {label}", text)


def _usage_rows(usage: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """What there is to say, of what a kernel tells."""
    if "pid" in usage:
        yield "process", f"{usage['pid']} on {usage.get('hostname', 'an unknown host')}"
    if "kernel_cpu" in usage:
        # Asked for the first time, this is the mean of the kernel's life.
        yield "processor", f"{usage['kernel_cpu']:.0f} % of one"
    if "kernel_memory" in usage:
        yield "memory", in_bytes(usage["kernel_memory"])
    if memory := usage.get("host_virtual_memory"):
        of = f"{in_bytes(memory['available'])} of {in_bytes(memory['total'])}"
        yield "available", f"{of} on the host"


def _report_counts(counts: dict[str, Any]) -> None:
    print(f"\nwhat it has done in {in_seconds(counts['uptime_seconds'])}")
    _row("  cells", str(counts["executions"]))
    for way in ("received", "sent"):
        by_channel = ", ".join(f"{count} {name}" for name, count in counts[way].items())
        size = in_bytes(counts[f"bytes_{way}"])
        _row(f"  messages {way}", f"{by_channel}; {size}")
    refused = ", ".join(f"{n} {reason}" for reason, n in counts["refused"].items())
    _row("  refused", refused or "none")
    _row("  waiting requests", str(counts["requests_waiting"]))
    _row("  not yet read", in_bytes(counts["iopub_backlog_bytes"]))
    _row("  dropped text", in_bytes(counts["text_bytes_dropped"]))
    print(
        f"\n{'how long answers took':<24}{'count':>8}"
        + _columns("50 %", "90 %", "99 %", "max")
    )
    for key, label in _LATENCIES:
        latency = counts["latency_seconds"][key]
        shown = [in_seconds(latency[of]) for of in ("p50", "p90", "p99", "max")]
        columns = _columns(*(shown if latency["count"] else ["-"] * 4))
        print(f"{'  ' + (label or key):<24}{latency['count']:>8}{columns}")


def _columns(*texts: str) -> str:
    return "".join(f"{text:>10}" for text in texts)
