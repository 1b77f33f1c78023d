"""Starts kernels that choose their ports themselves, for jupyter_client's managers (JEP 66).

Layer 5. Not used by the rest: jupyter_client finds it as the kernel provisioner named
`kernelwire-handshake`. In place of a connection file the kernel gets a registration file,
binds free ports, and tells them on a socket that waits here; so nobody can take a port
between its choice and its use. The connection file then takes the registration file's place.

Spec: https://jupyter-client.readthedocs.io/en/latest/messaging.html#kernel-startup-handshake
"""

from __future__ import annotations

import asyncio
import hmac
import json
import time
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

import zmq
from jupyter_client.connect import port_names
from jupyter_client.provisioning.local_provisioner import LocalProvisioner
from jupyter_client.session import DELIM
from jupyter_core.paths import secure_write
from traitlets import Bool, Float

if TYPE_CHECKING:
    from jupyter_client.connect import KernelConnectionInfo
    from jupyter_client.session import Session

__all__ = ["HandshakeProvisioner"]

_NAME = "kernelwire-handshake"
_POLL = 0.01  # seconds between two looks at the socket and at the process
_IPC_NUMBER = 65535  # of the registration socket, beside the channels' from 1 on


class HandshakeProvisioner(LocalProvisioner):
    """Starts a local kernel by the handshake.

    Ports that are known before are used as they are, by a connection file: those that the
    user has set, and those of a restart, whose clients stay connected. So are all ports of
    a kernel that knows no handshake: whose kernelspec neither names this provisioner nor
    has a `kernel_protocol_version` of 5.5 or later.
    """

    patience: float | Float[float, float | int] = Float(
        30.0, config=True, help="Seconds in which the kernel must have told its ports."
    )
    port_as_text: bool | Bool[bool, bool | int] = Bool(
        False,
        config=True,
        help="Write registration_port as a string, for kernels of xeus (6.0).",
    )
    _registration: _Registration | None = None
    _registers = False

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        """Write a registration file where the kernel is to choose its ports."""
        manager: Any = self.parent
        self._registers = self._registers or self._knows_the_handshake()
        chosen_before = any(port > 0 for port in manager.ports)
        # The cache of ports would choose others for a restart, too.
        self.ports_cached = self.ports_cached or self._registers
        prepared: dict[str, Any] = await super().pre_launch(**kwargs)
        if self._registers and not chosen_before:
            self._registration = _Registration(
                manager, digits=bool(self.port_as_text), log=self.log
            )
        return prepared

    async def launch_kernel(
        self, cmd: list[str], **kwargs: Any
    ) -> KernelConnectionInfo:
        """Start the kernel, and wait until it has told its ports.

        Raises:
            RuntimeError: it has ended before, or has not told them in time.
        """
        registration, self._registration = self._registration, None
        try:
            info = await super().launch_kernel(cmd, **kwargs)
            if registration is None:
                return info
            await self._wait_for(registration)
        except BaseException:
            await self.kill()
            await self.wait()
            raise
        finally:
            if registration is not None:
                registration.close()
        registration.write_connection_file()
        manager: Any = self.parent
        self.connection_info = manager.get_connection_info()
        return self.connection_info

    async def cleanup(self, restart: bool = False) -> None:
        """Let go of what is left of a start that failed."""
        if self._registration is not None:
            self._registration.close()
            self._registration = None
        if not self._registers:  # else no port is out of the cache
            await super().cleanup(restart=restart)

    def _knows_the_handshake(self) -> bool:
        spec: Any = self.kernel_spec
        named = spec.metadata.get("kernel_provisioner", {}).get("provisioner_name")
        version = getattr(spec, "kernel_protocol_version", "").split(".")
        numbers = tuple(int(part) for part in version if part.isdecimal())
        return bool(named == _NAME or numbers >= (5, 5))

    async def _wait_for(self, registration: _Registration) -> None:
        deadline = time.monotonic() + float(self.patience)
        while not registration.receive():
            code = await self.poll()
            if code is not None:
                msg = (
                    f"the kernel has ended, with exit code {code}, before it has told its "
                    "ports; what it has printed says why"
                )
                raise RuntimeError(msg)
            if time.monotonic() > deadline:
                msg = (
                    f"the kernel has not told its ports within {self.patience} s; does it "
                    "know the handshake of JEP 66?"
                )
                raise RuntimeError(msg)
            await asyncio.sleep(_POLL)


class _Registration:
    """One start of one kernel: the socket on which it registers, and its files.

    Args:
        manager: the kernel's, whose connection file has just been written.
        digits: whether the port is written as a string.
        log: for what is not the kernel's registration.
    """

    def __init__(self, manager: Any, *, digits: bool, log: Any) -> None:
        self._manager = manager
        self._session: Session = manager.session
        self._log = log
        self._file = manager.connection_file
        content: dict[str, Any] = json.loads(Path(self._file).read_text("utf-8"))
        self._content = {k: v for k, v in content.items() if k not in port_names}
        # Anew for each start, so that what an earlier one has said cannot be said again.
        self._kernel_id = str(uuid.uuid4())
        # Of the base class, where an asynchronous manager's context would make others.
        self._socket: zmq.Socket[bytes] = zmq.Socket(manager.context, zmq.ROUTER)
        self._socket.linger = 1000
        ip, port = self._bind()
        place = {
            "kernel_id": self._kernel_id,
            "registration_ip": ip,
            "registration_port": str(port) if digits else port,
        }
        _write(self._file, {**self._content, **place})
        for name in port_names:
            setattr(manager, name, 0)

    def receive(self) -> bool:
        """Look at what has arrived; whether the kernel has told its ports by now."""
        while self._socket.poll(0):
            frames = self._socket.recv_multipart()
            ports = self._ports_in(frames)
            if ports is None:
                self._log.warning(
                    "dropped a registration that is none of %s", self._file
                )
                continue
            self._answer(frames)
            for name, port in ports.items():
                setattr(self._manager, name, port)
            return True
        return False

    def write_connection_file(self) -> None:
        """Write the connection file for clients, in the registration file's place."""
        ports = dict(zip(port_names, self._manager.ports, strict=True))
        _write(self._file, {**self._content, **ports})

    def close(self) -> None:
        """Close the socket; an answer that is on its way still leaves."""
        self._socket.close()

    def _bind(self) -> tuple[str, int]:
        ip = str(self._manager.ip)
        if self._manager.transport == "ipc":
            self._socket.bind(f"ipc://{ip}-{_IPC_NUMBER}")
            return ip, _IPC_NUMBER
        if ip == "0.0.0.0":
            ip = "127.0.0.1"  # the kernel is on this machine
        self._socket.bind(f"tcp://{ip}:*")
        endpoint = self._socket.getsockopt_string(zmq.LAST_ENDPOINT)
        return ip, int(endpoint.rpartition(":")[2])

    def _ports_in(self, frames: list[bytes]) -> dict[str, int] | None:
        """The ports that a registration tells; None where it is forged or malformed.

        It is one signed part, or, from kernels like ark (0.1), a whole message.
        """
        try:
            signature, *parts = frames[frames.index(DELIM) + 1 :]
            whole = len(parts) >= 4
            signed = parts[: 4 if whole else 1]
            if not hmac.compare_digest(self._session.sign(signed), signature):
                return None
            told = json.loads(signed[-1])
            ports = {name: int(told[name]) for name in port_names}
            known = whole or told["kernel_id"] == self._kernel_id
        except (ValueError, TypeError, KeyError, RecursionError):
            return None
        return ports if known and all(0 < p < 65536 for p in ports.values()) else None

    def _answer(self, frames: list[bytes]) -> None:
        index = frames.index(DELIM)
        content = {"status": "ok"}
        if len(frames) - index > 5:
            parent = json.loads(frames[index + 2])
            self._session.send(
                self._socket,
                "handshake_reply",
                content,
                parent={"header": parent},
                ident=frames[:index],
            )
            return
        part = json.dumps(content).encode()
        signature = self._session.sign([part])
        self._socket.send_multipart([*frames[:index], DELIM, signature, part])


def _write(file: str, content: dict[str, Any]) -> None:
    with secure_write(file) as text:
        text.write(json.dumps(content, indent=2))
