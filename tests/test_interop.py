"""Everybody with everybody: clients of both Sessions, kernels of several makers.

Each pair talks over tcp and ipc, encrypted and not. xeus-python (0.19) is not among the
kernels: it knows no CURVE, and is no dependency of the tests.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from jupyter_client.manager import KernelManager
from jupyter_client.session import Session
from tests.conftest import PATIENCE, RunningKernel, manager_of

import kernelwire

# The kernel of C++ is built by the first test where `make test-cpp` has not done it.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

ECHO = Path(__file__).parent.parent / "examples" / "echo.py"
PYTHON_KERNELS = {"kernelwire": "kernelwire.python", "ipykernel": "ipykernel_launcher"}

COMM_TARGET = """
from comm import get_comm_manager

def opened(comm, message):
    comm.on_msg(lambda message: comm.send({"back": True}, buffers=message["buffers"]))

get_comm_manager().register_target("mirror", opened)
"""


class Interlocutor(RunningKernel):
    """A kernel, and a client that uses the Session of its manager."""

    def __init__(self, manager: KernelManager) -> None:
        self.manager = manager
        self.client = manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=PATIENCE)


@pytest.fixture(params=["tcp", "ipc"])
def transport(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=["disabled", "required"], ids=["plain", "curve"])
def encryption(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=[Session, kernelwire.Session], ids=["theirs", "ours"])
def session(request: pytest.FixtureRequest) -> Session:
    made: Session = request.param()
    return made


@pytest.fixture
def kernel(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    jupyter_environment: dict[str, str],
    transport: str,
    encryption: str,
    session: Session,
) -> Iterator[Interlocutor]:
    """The kernel that a test names, at the end of one way to it."""
    place = tmp_path_factory.mktemp("i")  # a short path, for ipc
    manager = manager_of(
        command_of(request.param, tmp_path_factory),
        place,
        fields={"metadata": {"supported_encryption": ["curve"]}},
        connection_file=str(place / "c.json"),
        transport=transport,
        transport_encryption=encryption,
        session=session,
    )
    manager.start_kernel(env=jupyter_environment, cwd=str(place))
    kernel = Interlocutor(manager)
    yield kernel
    kernel.stop()


def command_of(name: str, factory: pytest.TempPathFactory) -> list[str]:
    from tests.native import cpp_build

    if name in PYTHON_KERNELS:
        return [sys.executable, "-m", PYTHON_KERNELS[name]]
    if name == "echo":
        return [sys.executable, str(ECHO)]
    return [str(cpp_build(factory) / "cpp" / "examples" / "echo" / "echo_kernel")]


@pytest.mark.parametrize("kernel", ["echo", "echo-cpp"], indirect=True)
def test_an_echo_is_heard(kernel: Interlocutor) -> None:
    assert kernel.ask("kernel_info_request")["status"] == "ok"
    assert kernel.run("hällo").text() == "hällo"
    reply = kernel.client.shutdown(reply=True, timeout=PATIENCE)
    assert reply["content"]["restart"] is False


@pytest.mark.parametrize("kernel", list(PYTHON_KERNELS), indirect=True)
def test_python_is_spoken_on_every_channel(kernel: Interlocutor) -> None:
    assert kernel.ask("kernel_info_request")["language_info"]["name"] == "python"
    assert kernel.run("6 * 7").result == "42"
    assert kernel.run("print(input())", "an answer").text() == "an answer\n"

    kernel.run(COMM_TARGET)
    opening = {"comm_id": "c", "target_name": "mirror", "data": {}}
    kernel.finish(kernel.send("comm_open", opening), replied=False)
    message = {"comm_id": "c", "data": {}}
    sent = kernel.send("comm_msg", message, buffers=[b"b" * 100_000])
    (back,) = kernel.finish(sent, replied=False).raw
    assert bytes(back["buffers"][0]) == b"b" * 100_000

    sleep = kernel.execute("import time; print('on', flush=True); time.sleep(600)")
    kernel.wait_for_output(sleep, "on")
    kernel.manager.interrupt_kernel()
    assert kernel.finish(sleep).reply["ename"] == "KeyboardInterrupt"

    reply = kernel.client.shutdown(reply=True, timeout=PATIENCE)
    assert reply["content"]["restart"] is False
