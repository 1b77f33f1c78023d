"""What a kernel counts and uses, asked by usage_request on control."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jupyter_client.session import Session
from tests.conftest import RunningKernel, start_program

OBEDIENT = Path(__file__).parent / "data" / "obedient.py"

linux = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


@pytest.fixture
def kernel(tmp_path: Path) -> Iterator[RunningKernel]:
    kernel = start_program(OBEDIENT, tmp_path)
    yield kernel
    kernel.stop()


def counts_of(kernel: RunningKernel) -> dict[str, Any]:
    counts: dict[str, Any] = kernel.ask_control("usage_request")["kernelwire"]
    return counts


def test_it_says_where_the_kernel_runs(kernel: RunningKernel) -> None:
    usage = kernel.ask_control("usage_request")
    assert usage["status"] == "ok"
    assert usage["pid"] == kernel.process.pid
    assert usage["hostname"] == socket.gethostname()
    assert usage["cpu_count"] == len(os.sched_getaffinity(0))


@linux
def test_it_has_what_jupyter_resource_usage_shows(kernel: RunningKernel) -> None:
    usage = kernel.ask_control("usage_request")
    assert 1e6 < usage["kernel_memory"] < 1e10
    assert usage["kernel_cpu"] >= 0
    memory = usage["host_virtual_memory"]
    assert memory["total"] == os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    assert 0 < memory["available"] <= memory["total"]
    assert memory["used"] + memory["available"] == memory["total"]
    assert 0 <= memory["percent"] <= 100


@linux
def test_memory_grows_with_what_the_kernel_holds(kernel: RunningKernel) -> None:
    before = kernel.ask_control("usage_request")["kernel_memory"]
    kernel.run("hold 200000000")
    after = kernel.ask_control("usage_request")["kernel_memory"]
    assert 190_000_000 < after - before < 300_000_000


@linux
def test_memory_of_the_kernels_children_counts(kernel: RunningKernel) -> None:
    before = kernel.ask_control("usage_request")["kernel_memory"]
    kernel.run("child")
    after = kernel.ask_control("usage_request")["kernel_memory"]
    assert after > before + 1_000_000


@linux
def test_the_host_is_told_from_the_second_question_on(kernel: RunningKernel) -> None:
    assert "host_cpu_percent" not in kernel.ask_control("usage_request")
    kernel.run("sleep 0.2")
    assert 0 <= kernel.ask_control("usage_request")["host_cpu_percent"] <= 100


def test_messages_are_counted_by_channel(kernel: RunningKernel) -> None:
    before = counts_of(kernel)
    kernel.run("hello")
    kernel.run("ask name?", "Ada")
    after = counts_of(kernel)
    sent, received = (
        {name: after[way][name] - before[way][name] for name in after[way]}
        for way in ("sent", "received")
    )
    # Each has a status, the code, its text and a status; usage_request two statuses.
    assert sent == {"shell": 2, "iopub": 10, "stdin": 1, "control": 1}
    assert received == {"shell": 2, "stdin": 1, "control": 1}
    assert after["uptime_seconds"] > before["uptime_seconds"]


def test_what_is_refused_is_counted_by_reason(kernel: RunningKernel) -> None:
    session, shell = kernel.client.session, kernel.client.shell_channel.socket
    assert counts_of(kernel)["refused"] == {}
    forger = Session(key=b"another")
    forger.send(shell, forger.msg("execute_request", {}))
    twice = session.serialize(session.msg("kernel_info_request", {}))
    shell.send_multipart(twice)
    shell.send_multipart(twice)
    shell.send_multipart([b"no", b"message"])
    kernel.run("hello")
    assert counts_of(kernel)["refused"] == {
        "bad_signature": 1,
        "replayed": 1,
        "no_delimiter": 1,
    }


def test_latencies_are_how_long_answers_took(kernel: RunningKernel) -> None:
    kernel.run("sleep 0.5")
    kernel.ask("complete_request", code="", cursor_pos=0)
    kernel.run("hello")
    latencies = counts_of(kernel)["latency_seconds"]
    execute, shell, control = (latencies[of] for of in ("execute", "shell", "control"))
    assert execute["count"] == 2
    assert execute["p50"] < 0.5 <= execute["p99"] <= execute["max"] < 30
    assert shell["count"] >= 2  # kernel_info_requests of the fixture are among them
    assert 0 < shell["p50"] <= shell["p90"] <= shell["p99"] <= shell["max"]
    assert control["count"] >= 0


def test_control_tells_while_a_cell_runs(kernel: RunningKernel) -> None:
    msg_id = kernel.execute("sleep 60")
    kernel.wait_for_output(msg_id, "asleep")
    assert counts_of(kernel)["latency_seconds"]["execute"]["count"] == 0
    kernel.manager.interrupt_kernel()
    kernel.finish(msg_id)


def test_requests_wait_for_a_busy_shell_once_there_are_subshells(
    tmp_path: Path,
) -> None:
    program = OBEDIENT.with_name("subshells.py")
    kernel = start_program(program, tmp_path)
    try:
        assert counts_of(kernel)["requests_waiting"] == 0
        kernel.ask_control("create_subshell_request")
        busy = kernel.execute("spin")
        kernel.wait_for_output(busy, "spinning")
        for _ in range(3):
            kernel.execute("x")
        while counts_of(kernel)["requests_waiting"] < 3:
            pass
        assert counts_of(kernel)["requests_waiting"] == 3
    finally:
        kernel.stop()
