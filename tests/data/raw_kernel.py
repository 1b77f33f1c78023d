"""A kernel on jupyter_client's Session and bare sockets, right, or wrong in one way.

For the tests of the conformance suite: `--fault NAME` says what it does wrong. It writes
back what it is given; the code `error` is one.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import zmq
from jupyter_client.session import Session

FAULTS = (
    "accepts-anything",
    "counts-silent",
    "dies",
    "forgets-idle",
    "hangs",
    "ignores-shutdown",
    "lacks-language",
    "loud",
    "nameless-error",
    "never-counts",
    "old-parent",
    "one-id",
    "replies-twice",
    "signs-wrongly",
    "talks-after-idle",
    "two-sessions",
)


class RawKernel:
    """The five sockets, and a loop over two of them."""

    def __init__(self, connection: dict[str, Any], fault: str) -> None:
        self.fault = fault
        self.count = 0
        self.alive = True
        self.parent: dict[str, Any] = {}
        self.session = Session(
            key=connection["key"].encode(), packer="json", unpacker="json"
        )
        # One that verifies nothing reads all there is.
        self.reader = self.session.clone()
        if fault == "accepts-anything":
            self.reader.key = b""
        context: zmq.Context[Any] = zmq.Context()
        kinds = {
            "shell": zmq.ROUTER,
            "control": zmq.ROUTER,
            "stdin": zmq.ROUTER,
            "iopub": zmq.PUB,
            "hb": zmq.REP,
        }
        self.sockets = {name: context.socket(kind) for name, kind in kinds.items()}
        for name, socket in self.sockets.items():
            if kinds[name] == zmq.ROUTER:
                socket.router_handover = True  # for a client that comes back
            socket.bind(f"tcp://{connection['ip']}:{connection[f'{name}_port']}")
        threading.Thread(target=self.beat, daemon=True).start()

    def beat(self) -> None:
        heart = self.sockets["hb"]
        while True:
            heart.send(heart.recv())

    def run(self) -> None:
        self.publish("status", {"execution_state": "starting"})
        poller = zmq.Poller()
        for name in ("shell", "control"):
            poller.register(self.sockets[name], zmq.POLLIN)
        while self.alive:
            for socket, _ in poller.poll():
                frames = socket.recv_multipart()
                try:
                    identities, rest = self.reader.feed_identities(frames)
                    message = self.reader.deserialize(rest)
                    header = message["header"]
                    assert isinstance(header["msg_type"], str)
                    assert isinstance(message["content"], dict)
                except Exception as exc:  # noqa: BLE001 - whatever a peer sends
                    sys.stderr.write(f"dropped: {exc!r}\n")
                    continue
                self.handle(socket, identities, message)
        time.sleep(0.2)  # for the last messages to leave

    def handle(
        self, socket: zmq.Socket[Any], identities: list[bytes], message: dict[str, Any]
    ) -> None:
        """Answer one request."""
        if self.fault != "old-parent" or not self.parent:
            self.parent = message
        msg_type = message["header"]["msg_type"]
        self.publish("status", {"execution_state": "busy"})
        handler = getattr(self, msg_type, None)
        if handler is not None:
            content = handler(message["content"])
            reply_type = msg_type.replace("_request", "_reply")
            for _ in range(2 if self.fault == "replies-twice" else 1):
                self.send(socket, reply_type, content, identities)
        elif self.fault == "dies":
            sys.exit(3)
        elif self.fault == "hangs":
            time.sleep(600)
        if self.fault != "forgets-idle" or msg_type != "execute_request":
            self.publish("status", {"execution_state": "idle"})
        if self.fault == "talks-after-idle" and msg_type == "execute_request":
            self.publish("stream", {"name": "stdout", "text": "late"})

    def send(
        self,
        socket: zmq.Socket[Any],
        msg_type: str,
        content: dict[str, Any],
        prefix: list[bytes],
    ) -> None:
        message = self.session.msg(msg_type, content, parent=self.parent or None)
        if self.fault == "one-id":
            message["header"]["msg_id"] = "1"
        if self.fault == "two-sessions" and msg_type == "status":
            message["header"]["session"] = "another"
        frames = self.session.serialize(message)
        if self.fault == "signs-wrongly":
            frames[1] = b"0" * 64
        socket.send_multipart([*prefix, *frames])

    def publish(self, msg_type: str, content: dict[str, Any]) -> None:
        self.send(self.sockets["iopub"], msg_type, content, [msg_type.encode()])

    # The requests it answers, by their names

    def kernel_info_request(self, content: dict[str, Any]) -> dict[str, Any]:
        language = {
            "name": "raw",
            "version": "1",
            "mimetype": "text/plain",
            "file_extension": ".txt",
        }
        info = {
            "status": "ok",
            "protocol_version": "5.5",
            "implementation": "raw",
            "implementation_version": "1",
            "banner": "",
            "language_info": language,
        }
        if self.fault == "lacks-language":
            del info["language_info"]
        return info

    def execute_request(self, content: dict[str, Any]) -> dict[str, Any]:
        code = content.get("code")
        if not isinstance(code, str):
            return self.failure()
        silent = content.get("silent", False)
        stored = content.get("store_history", True) and not silent
        if stored or (silent and self.fault == "counts-silent"):
            self.count += self.fault != "never-counts"
        if not silent or self.fault == "loud":
            told = {"code": code, "execution_count": self.count}
            self.publish("execute_input", told)
        if code == "error":
            failure = self.failure()
            told = {
                name: failure.get(name) for name in ("ename", "evalue", "traceback")
            }
            self.publish("error", told)
            return failure
        if not silent:
            self.publish("stream", {"name": "stdout", "text": code})
        return {"status": "ok", "execution_count": self.count, "user_expressions": {}}

    def failure(self) -> dict[str, Any]:
        error = {"ename": "Error", "evalue": "told to fail", "traceback": ["Error"]}
        if self.fault == "nameless-error":
            del error["ename"]
        return {"status": "error", "execution_count": self.count, **error}

    def interrupt_request(self, content: dict[str, Any]) -> dict[str, Any]:
        return {"status": "ok"}

    def shutdown_request(self, content: dict[str, Any]) -> dict[str, Any]:
        self.alive = self.fault == "ignores-shutdown"
        reply = {"status": "ok", "restart": content.get("restart", False)}
        self.publish("shutdown_reply", reply)
        return reply


if __name__ == "__main__":
    parser = ArgumentParser()
    parser.add_argument("-f", type=Path)
    parser.add_argument("--fault", choices=FAULTS, default="")
    parsed = parser.parse_args()
    RawKernel(json.loads(parsed.f.read_text()), parsed.fault).run()
