"""Kernels that choose their ports themselves: started by jupyter_client with our launcher."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import zmq.asyncio
from jupyter_client.connect import port_names
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager, KernelManager
from jupyter_client.provisioning.factory import KernelProvisionerFactory

from kernelwire.provisioner import HandshakeProvisioner

if TYPE_CHECKING:
    from tests.conftest import RunningKernel

ECHO = Path(__file__).parent.parent / "examples" / "echo.py"
PATIENCE = 60  # seconds
NAME = "kernelwire-handshake"

METADATA = {
    "kernel_provisioner": {"provisioner_name": NAME},
    "supported_encryption": ["curve"],
}

Manage = Callable[..., KernelManager]


@pytest.fixture
def manage(tmp_path: Path) -> Manage:
    """Makes managers of a kernel that is started by the handshake, unless told otherwise.

    All of its files are the test's own.
    """
    from tests.conftest import manager_of

    def make(*argv: str, options: Any = None, **fields: Any) -> KernelManager:
        return manager_of(
            argv, tmp_path, fields={"metadata": METADATA, **fields}, **(options or {})
        )

    return make


def started(manager: KernelManager) -> RunningKernel:
    from tests.conftest import RunningKernel

    manager.start_kernel()
    return RunningKernel(manager)


@pytest.fixture
def kernels() -> Iterator[list[RunningKernel]]:
    """What a test puts here is stopped at its end."""
    started: list[RunningKernel] = []
    yield started
    for kernel in started:
        kernel.stop()


def file_of(manager: KernelManager) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(Path(manager.connection_file).read_text())
    return content


@pytest.mark.parametrize("transport", ["tcp", "ipc"])
@pytest.mark.parametrize("encryption", ["disabled", "required"])
@pytest.mark.parametrize(
    ("argv", "code"),
    [
        ((sys.executable, str(ECHO)), "7"),
        ((sys.executable, "-m", "kernelwire.python"), "print(7)"),
    ],
    ids=["echo", "python"],
)
def test_a_kernel_tells_its_ports_and_serves_on_them(
    manage: Manage,
    kernels: list[RunningKernel],
    argv: tuple[str, ...],
    code: str,
    transport: str,
    encryption: str,
) -> None:
    options = {"transport": transport, "transport_encryption": encryption}
    manager = manage(*argv, options=options)
    kernels.append(started(manager))
    assert isinstance(manager.provisioner, HandshakeProvisioner)
    assert kernels[0].run(code).text().strip() == "7"
    content = file_of(manager)
    assert [content[name] for name in port_names] == manager.ports
    assert "registration_port" not in content
    assert Path(manager.connection_file).stat().st_mode & 0o77 == 0


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("digits", [False, True], ids=["number", "digits"])
def test_a_kernel_of_cpp_tells_its_ports(
    manage: Manage,
    kernels: list[RunningKernel],
    tmp_path_factory: pytest.TempPathFactory,
    digits: bool,
) -> None:
    from tests.native import cpp_build

    program = cpp_build(tmp_path_factory) / "cpp" / "examples" / "echo" / "echo_kernel"
    provisioner = {"provisioner_name": NAME, "config": {"port_as_text": digits}}
    manager = manage(str(program), metadata={"kernel_provisioner": provisioner})
    kernels.append(started(manager))
    assert kernels[0].run("from C++").text() == "from C++"


def test_clients_stay_connected_over_a_restart_and_new_ports_are_told_anew(
    manage: Manage, kernels: list[RunningKernel]
) -> None:
    manager = manage(sys.executable, str(ECHO))
    kernels.append(started(manager))
    before = manager.ports
    manager.restart_kernel()
    kernels[0].client.wait_for_ready(timeout=PATIENCE)
    assert manager.ports == before
    assert kernels[0].run("the same").text() == "the same"
    manager.restart_kernel(newports=True)
    assert set(manager.ports).isdisjoint(before)
    client = manager.client()
    client.start_channels()
    client.wait_for_ready(timeout=PATIENCE)
    client.stop_channels()


def test_a_kernel_that_knows_no_handshake_is_given_its_ports(
    manage: Manage, kernels: list[RunningKernel], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As with KernelProvisionerFactory.default_provisioner_name, for all kernels of a server."""
    # The factory is one for the process, and reads the environment once.
    factory = KernelProvisionerFactory.instance()
    monkeypatch.setattr(factory, "default_provisioner_name", NAME)
    manager = manage(sys.executable, "-m", "ipykernel_launcher", metadata={})
    kernels.append(started(manager))
    assert isinstance(manager.provisioner, HandshakeProvisioner)
    assert kernels[0].run("print(7)").text() == "7\n"


def test_the_version_of_the_kernelspec_says_that_a_kernel_knows_it(
    manage: Manage, kernels: list[RunningKernel], monkeypatch: pytest.MonkeyPatch
) -> None:
    """JEP 66 has the gate; what is not chosen beforehand shows that it was used."""
    # The factory is one for the process, and reads the environment once.
    factory = KernelProvisionerFactory.instance()
    monkeypatch.setattr(factory, "default_provisioner_name", NAME)
    argv = (sys.executable, str(ECHO))
    manager = manage(*argv, metadata={}, kernel_protocol_version="5.6")
    kernels.append(started(manager))
    assert manager.provisioner
    assert manager.provisioner._registers  # type: ignore[attr-defined]


def test_a_kernel_that_dies_before_it_registers_is_an_error_at_once(
    manage: Manage,
) -> None:
    manager = manage(sys.executable, "-c", "raise SystemExit(3)")
    with pytest.raises(RuntimeError, match="exit code 3, before it has told its ports"):
        manager.start_kernel()
    assert not manager.has_kernel
    manager.cleanup_resources()


def test_a_kernel_that_does_not_register_is_ended(manage: Manage) -> None:
    """With the time that it has to the least: the kernel is one that never will."""
    provisioner = {"provisioner_name": NAME, "config": {"patience": 0.2}}
    manager = manage(
        *(sys.executable, "-c", "import time; time.sleep(600)"),
        metadata={"kernel_provisioner": provisioner},
    )
    with pytest.raises(RuntimeError, match=r"has not told its ports within 0.2 s"):
        manager.start_kernel()
    assert not manager.has_kernel
    manager.cleanup_resources()


# A program that registers as somebody who cannot sign, and then as the kernel that it is.
FORGER = """
import json, sys, zmq
file = json.load(open(sys.argv[-1]))
peer = zmq.Context().socket(zmq.DEALER)
peer.connect(f"tcp://{file['registration_ip']}:{file['registration_port']}")
ports = {name: "9" for name in %r}
content = json.dumps({"kernel_id": file["kernel_id"], **ports}).encode()
for frames in ([b""], [b"<IDS|MSG>"], [b"<IDS|MSG>", b"", b"{"], [b"<IDS|MSG>", b"0" * 64, content],
               [b"<IDS|MSG>", b"0" * 64, b"{}", b"{}", b"{}", content]):
    peer.send_multipart(frames)
sys.argv[1:] = sys.argv[-2:]
import runpy
runpy.run_path(%r, run_name="__main__")
"""


def test_a_registration_that_is_not_signed_is_dropped(
    manage: Manage, kernels: list[RunningKernel]
) -> None:
    code = FORGER % (port_names, str(ECHO))
    manager = manage(sys.executable, "-c", code)
    kernels.append(started(manager))
    assert 9 not in manager.ports
    assert kernels[0].run("here").text() == "here"


def test_many_kernels_start_at_once_and_none_takes_the_port_of_another(
    tmp_path: Path,
) -> None:
    """What fails once in a while with ports that are chosen by the launcher (JEP 66)."""
    from tests.conftest import write_kernelspec

    kernels = tmp_path / "kernels"
    argv = [sys.executable, str(ECHO)]
    write_kernelspec(kernels / "mine", argv, metadata=METADATA)
    context = zmq.asyncio.Context()
    managers = [
        AsyncKernelManager(
            kernel_name="mine",
            kernel_spec_manager=KernelSpecManager(kernel_dirs=[str(kernels)]),
            connection_file=str(tmp_path / f"{number}.json"),
            context=context,
        )
        for number in range(8)
    ]

    async def start_all() -> list[int]:
        await asyncio.gather(*(manager.start_kernel() for manager in managers))
        ports = [port for manager in managers for port in manager.ports]
        stops = (manager.shutdown_kernel(now=True) for manager in managers)
        await asyncio.gather(*stops)
        return ports

    ports = asyncio.run(start_all())
    context.destroy(linger=0)
    assert len(set(ports)) == 5 * len(managers)
