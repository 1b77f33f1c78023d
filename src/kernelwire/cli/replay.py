"""`kernelwire replay`: send a recorded session to a fresh kernel, and compare the answers."""

from __future__ import annotations

import argparse
import difflib
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import zmq
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.kernelspec import NoSuchKernel
from jupyter_client.manager import KernelManager

from kernelwire.cli.recorded import Request, read, shown
from kernelwire.command import Parser
from kernelwire.errors import KernelWireError
from kernelwire.kernelspec import PYTHON_NAME

__all__ = ["main"]

_EXAMPLES = """\
  kernelwire record session.jsonl jupyter console --kernel kernelwire-python
  kernelwire replay session.jsonl            the same requests once more
  kernelwire replay session.jsonl --kernel python3"""


def main(argv: Sequence[str]) -> int:
    """Replay a file; 1 where an answer is different, otherwise 0."""
    parsed = _parser().parse_args(argv)
    requests = read(parsed.file)
    if not requests:
        msg = f"{parsed.file} holds no request"
        raise KernelWireError(msg)
    manager = KernelManager(kernel_name=parsed.kernel)
    try:
        manager.start_kernel()
    except NoSuchKernel as exc:
        msg = f"there is no kernel {parsed.kernel}; jupyter kernelspec list shows which are"
        raise KernelWireError(msg) from exc
    client: BlockingKernelClient = manager.client()
    try:
        client.start_channels()
        client.wait_for_ready(timeout=parsed.timeout)
        return _replay(manager, client, requests, parsed.timeout)
    except RuntimeError as exc:
        msg = f"the kernel {parsed.kernel} does not start: {exc}"
        raise KernelWireError(msg) from exc
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
        manager.cleanup_resources()


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog="kernelwire replay",
        description="Send the requests of a recorded session to a fresh kernel, in order, "
        "and show\nwhat is answered differently. Ids, dates and addresses do not count.",
        examples=_EXAMPLES,
    )
    parser.add_argument("file", type=Path, help="what `kernelwire record` has made")
    parser.add_argument(
        "--kernel", default=PYTHON_NAME, help=f"(default: {PYTHON_NAME})"
    )
    parser.add_argument(
        "--timeout",
        type=float,
        default=60.0,
        metavar="SECONDS",
        help="for each answer (default: 60)",
    )
    return parser


def _replay(
    manager: KernelManager,
    client: BlockingKernelClient,
    requests: list[Request],
    timeout: float,
) -> int:
    different = skipped = 0
    for number, request in enumerate(requests, 1):
        buffers = request.buffers()
        if buffers is None or not request.is_whole:
            verdict, lines = "left out", []
            skipped += 1
        else:
            now = _ask(manager, client, request, buffers, timeout)
            lines = _difference(shown(request.sent), shown(now))
            verdict = "different" if lines else "same"
            different += bool(lines)
        code = str(request.message["content"].get("code", "")).strip().split("\n")[0]
        label = (
            f"[{number}/{len(requests)}] {verdict:<10}{request.msg_type}  {code[:40]}"
        )
        print("\n".join([label.rstrip(), *lines]), flush=True)
    print(f"\n{len(requests)} requests, {different} different, {skipped} left out")
    return 1 if different else 0


def _difference(recorded: list[str], now: list[str]) -> list[str]:
    lines = difflib.unified_diff(recorded, now, "recorded", "now", lineterm="", n=2)
    return [f"    {line}" for line in lines]


def _ask(
    manager: KernelManager,
    client: BlockingKernelClient,
    request: Request,
    buffers: list[bytes],
    timeout: float,
) -> list[dict[str, Any]]:
    """Send a request, and collect all that belongs to it until the kernel is done."""
    session = client.session
    sockets = {
        name: getattr(client, f"{name}_channel").socket
        for name in ("iopub", "shell", "control", "stdin")
    }
    recorded = request.message
    message = session.msg(
        request.msg_type, recorded["content"], metadata=recorded["metadata"]
    )
    session.send(sockets[request.channel], message, buffers=buffers)
    poller = zmq.Poller()
    for socket in sockets.values():
        poller.register(socket, zmq.POLLIN)
    inputs = iter(request.inputs)
    out: list[dict[str, Any]] = []
    idle, replied = False, not request.msg_type.endswith("_request")
    deadline = time.monotonic() + timeout
    while not (idle and replied):
        if time.monotonic() > deadline or not manager.is_alive():
            gone = "does not answer" if manager.is_alive() else "has died at"
            msg = f"the kernel {gone} {request.msg_type}"
            raise KernelWireError(msg)
        ready = dict(poller.poll(500))
        for channel, socket in sockets.items():
            if socket not in ready:
                continue
            _, answer = session.recv(socket)
            if answer["parent_header"].get("msg_id") != message["msg_id"]:
                continue
            out.append({**answer, "channel": channel})
            if channel == "stdin":
                content = {"value": next(inputs, "")}
                session.send(socket, "input_reply", content, parent=answer)
            replied = replied or channel == request.channel
            idle = idle or answer["content"].get("execution_state") == "idle"
    return out
