"""Requests of several shells of a kernel, whose messages come mixed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.conftest import PATIENCE, Outcome

if TYPE_CHECKING:
    from tests.conftest import RunningKernel


def started(kernel: RunningKernel, msg_id: str, text: str = "started\n") -> str:
    """Wait until a request says that it has begun."""
    kernel.wait_for_output(msg_id, text)
    return msg_id


def finish_all(kernel: RunningKernel, *msg_ids: str) -> list[Outcome]:
    """Wait for requests of several shells, whose messages come mixed."""
    outcomes = {msg_id: Outcome() for msg_id in msg_ids}
    busy = set(msg_ids)
    while busy:
        message = kernel.client.get_iopub_msg(timeout=PATIENCE)
        msg_id = message["parent_header"].get("msg_id")
        if msg_id not in outcomes:
            continue
        if message["content"].get("execution_state") == "idle":
            busy.discard(msg_id)
        elif message["msg_type"] not in ("status", "execute_input"):
            outcomes[msg_id].raw.append(message)
            outcomes[msg_id].messages.append((message["msg_type"], message["content"]))
    missing = set(msg_ids)
    while missing:
        reply = kernel.client.get_shell_msg(timeout=PATIENCE)
        msg_id = reply["parent_header"].get("msg_id")
        if msg_id in missing:
            missing.discard(msg_id)
            outcomes[msg_id].reply = reply["content"]
    return [outcomes[msg_id] for msg_id in msg_ids]
