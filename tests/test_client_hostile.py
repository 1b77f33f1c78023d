"""Client, with a kernel that breaks the rules: a peer of the test's, over real sockets.

What is not signed with the key, or was seen before, must be as if it had not come; what is
signed and yet wrong must be a clear error, or nothing.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import zmq
from jupyter_client.session import Session
from tests.conftest import PATIENCE

import kernelwire as kw
from kernelwire.client import Client, Message

KEY = b"a key"
INFO = {"status": "ok", "protocol_version": "5.5", "language_info": {"name": "none"}}
Json = dict[str, Any]


class RogueKernel:
    """Answers kernel_info as it should; an execute request, by what a test has it do."""

    def __init__(self) -> None:
        self.misdeed: Callable[[RogueKernel, Json, list[bytes]], None] = honest
        self.session = Session(key=KEY)
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        names = ("shell", "iopub", "stdin", "control", "hb")
        kinds = (zmq.ROUTER, zmq.PUB, zmq.ROUTER, zmq.ROUTER, zmq.REP)
        self.sockets = {
            n: self._context.socket(k) for n, k in zip(names, kinds, strict=True)
        }
        self.connection: Json = {"ip": "127.0.0.1", "transport": "tcp", "key": KEY}
        self.connection["signature_scheme"] = "hmac-sha256"
        for name, socket in self.sockets.items():
            socket.linger = 0
            port = socket.bind_to_random_port("tcp://127.0.0.1")
            self.connection[f"{name}_port"] = port
        self._end = self._context.socket(zmq.PAIR)
        self._end.bind("inproc://end")
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        end = self._context.socket(zmq.PAIR)
        end.connect("inproc://end")
        poller = zmq.Poller()
        for socket in (end, self.sockets["shell"], self.sockets["control"]):
            poller.register(socket, zmq.POLLIN)
        while True:
            ready = dict(poller.poll())
            if end in ready:
                end.close()
                return
            for name in ("shell", "control"):
                if self.sockets[name] in ready:
                    self._answer(self.sockets[name])

    def _answer(self, socket: zmq.Socket[bytes]) -> None:
        identities, frames = self.session.feed_identities(socket.recv_multipart())
        try:
            request = self.session.deserialize(frames)
        except ValueError:
            return  # of another key
        if request["msg_type"] == "execute_request":
            self.misdeed(self, request, identities)
        else:
            self.finish(request, identities, INFO)

    def finish(
        self, request: Json, identities: list[bytes], content: Json | None = None
    ) -> None:
        """Answer as a kernel should."""
        kind = request["msg_type"].replace("_request", "_reply")
        self.publish(request, "status", {"execution_state": "busy"})
        shell = self.sockets["shell"]
        answer = {"status": "ok", "execution_count": 1} if content is None else content
        self.session.send(shell, kind, answer, parent=request, ident=identities)
        self.publish(request, "status", {"execution_state": "idle"})

    def publish(self, request: Json, kind: str, content: Json) -> None:
        self.session.send(self.sockets["iopub"], kind, content, parent=request)

    def raw(self, request: Json, content: bytes, kind: str = "stream") -> list[bytes]:
        """The frames of a signed message whose content is what it should not be."""
        message = self.session.msg(kind, {}, parent=request)
        pack = self.session.pack
        parts = [
            pack(message["header"]),
            pack(message["parent_header"]),
            b"{}",
            content,
        ]
        return [b"<IDS|MSG>", self.session.sign(parts), *parts]

    def close(self) -> None:
        self._end.send(b"")
        self._thread.join()
        self._context.destroy(linger=0)


def honest(kernel: RogueKernel, request: Json, identities: list[bytes]) -> None:
    kernel.finish(request, identities)


@pytest.fixture
def rogue() -> Iterator[RogueKernel]:
    kernel = RogueKernel()
    yield kernel
    kernel.close()


@pytest.fixture
def client(rogue: RogueKernel) -> Iterator[Client]:
    with Client.connect(rogue.connection) as client:
        yield client


def test_what_is_not_signed_with_the_key_has_not_come(
    rogue: RogueKernel, client: Client
) -> None:
    def forge(kernel: RogueKernel, request: Json, identities: list[bytes]) -> None:
        forger = Session(key=b"another")
        shell, iopub = kernel.sockets["shell"], kernel.sockets["iopub"]
        reply = {"status": "ok", "execution_count": 66}
        forger.send(shell, "execute_reply", reply, parent=request, ident=identities)
        text = {"name": "stdout", "text": "forged"}
        forger.send(iopub, "stream", text, parent=request)
        forger.send(iopub, "status", {"execution_state": "idle"}, parent=request)
        kernel.finish(request, identities)

    rogue.misdeed = forge
    request = client.execute("1")
    assert list(request) == []
    assert request.result(PATIENCE)["execution_count"] == 1
    assert client.refused == 3


def test_what_was_seen_before_does_not_come_again(
    rogue: RogueKernel, client: Client
) -> None:
    def replay(kernel: RogueKernel, request: Json, identities: list[bytes]) -> None:
        frames = kernel.raw(request, b'{"name":"stdout","text":"once"}')
        kernel.sockets["iopub"].send_multipart(frames)
        kernel.sockets["iopub"].send_multipart(frames)
        kernel.finish(request, identities)

    rogue.misdeed = replay
    request = client.execute("1")
    assert [message.content["text"] for message in request] == ["once"]
    assert client.refused == 1


@pytest.mark.parametrize(
    "frames",
    [
        [b""],
        [b"<IDS|MSG>"],
        [b"<IDS|MSG>", b"0" * 64, b"{}", b"{}", b"{}"],
        [b"<IDS|MSG>", b"0" * 64, b"{", b"}", b"{}", b"{}"],
        [b"\xff" * 1000] * 50,
        [b"x"] * 20_000,
    ],
    ids=["empty", "cut", "short", "unsigned", "noise", "many"],
)
def test_garbage_is_passed_over(
    rogue: RogueKernel, client: Client, frames: list[bytes]
) -> None:
    def litter(kernel: RogueKernel, request: Json, identities: list[bytes]) -> None:
        kernel.sockets["iopub"].send_multipart(frames)
        kernel.sockets["shell"].send_multipart([*identities, *frames])
        kernel.sockets["stdin"].send_multipart([*identities, *frames])
        kernel.finish(request, identities)

    rogue.misdeed = litter
    assert client.execute("1").result(PATIENCE)["status"] == "ok"
    assert client.execute("1").result(PATIENCE)["status"] == "ok"


@pytest.mark.parametrize("content", [b"{", b"\xff", b""], ids=["cut", "bytes", "none"])
def test_a_content_that_is_no_json_is_an_error_of_the_messages(
    rogue: RogueKernel, client: Client, content: bytes
) -> None:
    def scribble(kernel: RogueKernel, request: Json, identities: list[bytes]) -> None:
        frames = kernel.raw(request, content)
        kernel.sockets["iopub"].send_multipart(frames)
        kernel.finish(request, identities)

    rogue.misdeed = scribble
    request = client.execute("1")
    (message,) = request
    assert message.msg_type == "stream"
    with pytest.raises(kw.MalformedMessage):
        _ = message.content
    assert request.result(PATIENCE)["status"] == "ok"


def test_a_reply_that_is_no_json_is_an_error_and_no_wait(
    rogue: RogueKernel, client: Client
) -> None:
    def scribble(kernel: RogueKernel, request: Json, identities: list[bytes]) -> None:
        frames = kernel.raw(request, b"[1", "execute_reply")
        kernel.sockets["shell"].send_multipart([*identities, *frames])
        kernel.publish(request, "status", {"execution_state": "idle"})

    rogue.misdeed = scribble
    with pytest.raises(kw.MalformedMessage):
        client.execute("1").result(PATIENCE)


@pytest.mark.parametrize(
    "content",
    [b"[]", b"{", b"{}", b'{"comm_id":[]}'],
    ids=["list", "cut", "no", "list id"],
)
def test_a_comm_message_without_an_id_is_dropped(
    rogue: RogueKernel, client: Client, content: bytes
) -> None:
    def scribble(kernel: RogueKernel, request: Json, identities: list[bytes]) -> None:
        frames = kernel.raw(request, content, "comm_msg")
        kernel.sockets["iopub"].send_multipart(frames)
        kernel.finish(request, identities)

    came: list[Message] = []
    client.comm("one", came.append)
    rogue.misdeed = scribble
    assert client.execute("1").result(PATIENCE)["status"] == "ok"
    assert came == []


def test_a_status_without_a_state_does_not_end_a_request(
    rogue: RogueKernel, client: Client
) -> None:
    def scribble(kernel: RogueKernel, request: Json, identities: list[bytes]) -> None:
        for content in (b"[]", b"{}", b'{"execution_state":3}', b"{"):
            frames = kernel.raw(request, content, "status")
            kernel.sockets["iopub"].send_multipart(frames)
        kernel.publish(request, "stream", {"name": "stdout", "text": "after"})
        kernel.finish(request, identities)

    rogue.misdeed = scribble
    (message,) = client.execute("1")
    assert message.content["text"] == "after"


def test_a_question_that_asks_nothing_is_asked_all_the_same(
    rogue: RogueKernel, client: Client
) -> None:
    def scribble(kernel: RogueKernel, request: Json, identities: list[bytes]) -> None:
        frames = kernel.raw(request, b'{"prompt":3,"password":"yes"}', "input_request")
        stdin = kernel.sockets["stdin"]
        stdin.send_multipart([*identities, *frames])
        _, answer = kernel.session.feed_identities(stdin.recv_multipart())
        value = kernel.session.deserialize(answer)["content"]["value"]
        kernel.publish(request, "stream", {"name": "stdout", "text": value})
        kernel.finish(request, identities)

    rogue.misdeed = scribble
    asked: list[tuple[str, bool]] = []

    def answer(prompt: str, secret: bool) -> str:
        asked.append((prompt, secret))
        return "Ann"

    (message,) = client.execute("1", input=answer)
    assert message.content["text"] == "Ann"
    assert asked == [("3", False)]


def test_a_reply_to_nobody_is_dropped(rogue: RogueKernel, client: Client) -> None:
    def misdirect(kernel: RogueKernel, request: Json, identities: list[bytes]) -> None:
        shell = kernel.sockets["shell"]
        other = {**request, "header": {**request["header"], "msg_id": "another"}}
        kernel.session.send(
            shell, "execute_reply", {"status": "no"}, parent=other, ident=identities
        )
        kernel.session.send(
            shell, "execute_reply", {"status": "no"}, parent={}, ident=identities
        )
        kernel.finish(request, identities)

    rogue.misdeed = misdirect
    assert client.execute("1").result(PATIENCE)["status"] == "ok"


def test_another_key_is_told_from_none(rogue: RogueKernel) -> None:
    connection = {**rogue.connection, "key": "another"}
    with pytest.raises(kw.KernelSilent):
        Client.connect(connection, timeout=0.3)


def test_the_heartbeat_is_that_of_the_specification(
    rogue: RogueKernel, client: Client
) -> None:
    """A REP socket passes over what does not come as from a REQ: it answered nothing."""
    heart = rogue.sockets["hb"]

    def beat_twice() -> None:
        for _ in range(2):
            heart.send(heart.recv())

    beating = threading.Thread(target=beat_twice)
    beating.start()
    assert client.is_alive(PATIENCE)
    beating.join()


def test_the_answer_of_an_earlier_heartbeat_is_no_sign_of_life(
    rogue: RogueKernel, client: Client
) -> None:
    """It came late on a busy machine: a kernel that was stopped passed for alive."""
    heart = rogue.sockets["hb"]
    assert not client.is_alive(0.0)  # a heartbeat is on its way now
    heart.send(heart.recv())
    assert not client.is_alive(0.5)
