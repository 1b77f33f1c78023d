"""Session through real sockets: pyzmq's three kinds, buffers without copies, and trackers.

This file is run a second time through pyzmq's methods, by the test at its end.
"""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import subprocess
import sys
import threading
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jupyter_client.session as upstream
import numpy as np
import pytest
import zmq
import zmq.asyncio
from tornado.ioloop import IOLoop
from zmq.eventloop.zmqstream import ZMQStream

from kernelwire import _socket
from kernelwire.errors import BadSignature, MissingDelimiter, TruncatedMessage
from kernelwire.session import DONE, Session

KEY = b"a0436f6c-1916-498b-8eb9-e81ab9368e84"
PATIENCE = 30  # seconds
LARGE = 1_000_000  # bytes; over every threshold

Pair = tuple[zmq.Socket[bytes], zmq.Socket[bytes]]


@pytest.fixture
def session() -> Session:
    return Session(key=KEY)


@pytest.fixture
def context() -> Iterator[zmq.Context[zmq.Socket[bytes]]]:
    made = zmq.Context()
    yield made
    made.destroy(linger=0)


@pytest.fixture
def sockets(context: zmq.Context[zmq.Socket[bytes]]) -> Iterator[Pair]:
    """Two ends that are connected, in one process."""
    with context.socket(zmq.PAIR) as one, context.socket(zmq.PAIR) as other:
        one.bind("inproc://session")
        other.connect("inproc://session")
        yield one, other


def receive(session: upstream.Session, socket: Any) -> dict[str, Any]:
    """Wait for a message, by the loop that everybody writes."""
    assert socket.poll(PATIENCE * 1000)
    _, message = session.recv(socket)
    assert message is not None
    return message


def address(buffer: Any) -> int:
    """Where a buffer's memory begins."""
    return int(np.frombuffer(buffer, np.uint8).ctypes.data)


def test_a_message_goes_through_a_socket(session: Session, sockets: Pair) -> None:
    one, other = sockets
    sent = session.send(one, "status", {"execution_state": "busy"}, ident=b"peer")
    assert sent is not None
    assert sent["tracker"] is DONE
    idents, message = session.recv(other)
    assert idents == [b"peer"]
    assert message is not None
    assert message["content"] == {"execution_state": "busy"}
    assert message["msg_id"] == sent["msg_id"]


def test_where_there_is_no_message_recv_says_so(
    session: Session, sockets: Pair
) -> None:
    assert session.recv(sockets[1]) == (None, None)


def test_recv_can_wait(session: Session, sockets: Pair) -> None:
    one, other = sockets
    thread = threading.Thread(target=session.send, args=(one, "status"))
    thread.start()
    _, message = session.recv(other, mode=0)
    thread.join()
    assert message is not None
    assert message["msg_type"] == "status"


def test_recv_waits_no_longer_than_the_socket_does(
    session: Session, sockets: Pair
) -> None:
    sockets[1].rcvtimeo = 10  # ms
    assert session.recv(sockets[1], mode=0) == (None, None)


@pytest.mark.parametrize("upstream_sends", [True, False], ids=["theirs", "ours"])
def test_upstreams_session_is_at_the_other_end(
    session: Session, sockets: Pair, upstream_sends: bool
) -> None:
    theirs = upstream.Session(key=KEY)
    sender, receiver = (theirs, session) if upstream_sends else (session, theirs)
    buffers: list[Any] = [b"", b"small", bytes(LARGE), bytearray(b"x" * LARGE)]
    sender.send(sockets[0], "comm_msg", {"n": 1}, ident=[b"a", b"b"], buffers=buffers)
    idents, message = receiver.recv(sockets[1])
    assert idents == [b"a", b"b"]
    assert message is not None
    assert [bytes(buffer) for buffer in message["buffers"]] == buffers


# --- buffers ------------------------------------------------------------------------------


def test_large_buffers_are_copied_nowhere(session: Session, sockets: Pair) -> None:
    array = np.arange(LARGE, dtype=np.uint8)
    session.send(sockets[0], "comm_msg", buffers=[array, b"small"])
    large, small = receive(session, sockets[1])["buffers"]
    assert address(large) == array.ctypes.data
    assert large.readonly
    assert small.readonly
    assert bytes(small) == b"small"


def test_a_received_buffer_lives_as_long_as_its_view(
    session: Session, sockets: Pair
) -> None:
    buffers = [bytes([n]) * LARGE for n in range(3)]
    session.send(sockets[0], "comm_msg", buffers=buffers)
    view = receive(session, sockets[1])["buffers"][1]
    gc.collect()
    for socket in sockets:
        socket.close()
    assert bytes(view) == buffers[1]


def test_the_size_of_a_buffer_is_that_of_its_bytes(
    session: Session, sockets: Pair
) -> None:
    """len() of an array is that of its first axis: chosen by it, 8 MB would be copied."""
    array = np.zeros((2, LARGE))
    session.send(sockets[0], "comm_msg", buffers=[array])
    (view,) = receive(session, sockets[1])["buffers"]
    assert address(view) == array.ctypes.data
    assert view.nbytes == array.nbytes


@pytest.mark.parametrize(
    "make",
    [
        lambda: np.asfortranarray(np.arange(LARGE).reshape(10, -1)),
        lambda: memoryview(np.arange(LARGE, dtype=np.float32).data),
        lambda: zmq.Frame(b"f" * LARGE),
        lambda: np.float64(1.5),
        lambda: np.zeros((0, 3)),
    ],
    ids=["fortran", "floats", "frame", "scalar", "empty"],
)
def test_any_contiguous_buffer_is_sent(
    session: Session, sockets: Pair, make: Callable[[], Any]
) -> None:
    buffer = make()
    session.send(sockets[0], "comm_msg", buffers=[buffer])
    (view,) = receive(session, sockets[1])["buffers"]
    assert bytes(view) == memoryview(buffer).tobytes("A")


@pytest.mark.parametrize(
    ("buffer", "error", "text"),
    [
        (7, TypeError, "must support the buffer protocol"),
        ("text", TypeError, "must support the buffer protocol"),
        (memoryview(b"abcdef")[::2], ValueError, "Buffer 1 .* is not contiguous"),
        (np.zeros((4, 4))[:, 1], ValueError, "Buffer 1 .* is not contiguous"),
    ],
    ids=["number", "text", "steps", "column"],
)
def test_what_cannot_be_sent_is_refused_before_anything_is(
    session: Session,
    sockets: Pair,
    buffer: Any,
    error: type[Exception],
    text: str,
) -> None:
    with pytest.raises(error, match=text):
        session.send(sockets[0], "comm_msg", buffers=[b"good", buffer])
    session.send(sockets[0], "status")
    assert receive(session, sockets[1])["msg_type"] == "status"


def test_a_tracker_tells_when_a_buffer_is_free(session: Session, sockets: Pair) -> None:
    array = np.zeros(LARGE)
    alive = weakref.ref(array)
    sent = session.send(sockets[0], "comm_msg", buffers=[array], track=True)
    assert sent is not None
    tracker = sent["tracker"]
    assert isinstance(tracker, zmq.MessageTracker)
    assert not tracker.done
    with pytest.raises(zmq.NotDone):
        tracker.wait(0.01)
    del array
    sent.clear()
    assert alive() is not None  # libzmq may still read it
    receive(session, sockets[1])
    tracker.wait(PATIENCE)
    assert alive() is None


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_a_signal_is_seen_by_a_tracker_that_waits(
    session: Session, sockets: Pair
) -> None:
    """Ctrl-C waited for the receiver: the loop never came back to Python."""

    class Rung(Exception):
        pass

    def ring(*_: Any) -> None:
        raise Rung

    sent = session.send(sockets[0], "comm_msg", buffers=[bytes(LARGE)], track=True)
    assert sent is not None
    timer = threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGUSR1))
    previous = signal.signal(signal.SIGUSR1, ring)
    timer.start()
    try:
        with pytest.raises(Rung):
            sent["tracker"].wait(PATIENCE)
    finally:
        timer.join()
        signal.signal(signal.SIGUSR1, previous)


def test_a_tracker_waits_for_a_receiver_in_another_thread(
    session: Session, sockets: Pair
) -> None:
    sent = session.send(sockets[0], "comm_msg", buffers=[bytes(LARGE)], track=True)
    assert sent is not None
    thread = threading.Thread(target=receive, args=(session, sockets[1]))
    thread.start()
    sent["tracker"].wait(PATIENCE)
    thread.join()
    assert sent["tracker"].done


def test_where_all_is_copied_the_tracker_is_done(
    session: Session, sockets: Pair
) -> None:
    sent = session.send(sockets[0], "comm_msg", buffers=[b"small"], track=True)
    assert sent is not None
    assert sent["tracker"] is DONE


@pytest.mark.skipif(
    os.environ.get("KERNELWIRE_LIBZMQ") == "pyzmq",
    reason="pyzmq gives memory back from a thread of its own, when that gets to run",
)
def test_a_buffer_is_let_go_with_the_next_message(
    session: Session, sockets: Pair
) -> None:
    """libzmq's thread gives it back, and may not wait for the GIL to release it."""
    array = np.zeros(LARGE)
    alive = weakref.ref(array)
    session.send(sockets[0], "comm_msg", buffers=[array])
    del array
    receive(session, sockets[1])
    session.recv(sockets[1])
    session.send(sockets[0], "status")
    assert alive() is None


def test_buffers_cross_tcp_and_their_memory_is_given_back(session: Session) -> None:
    with zmq.Context() as context:
        push, pull = context.socket(zmq.PUSH), context.socket(zmq.PULL)
        push.connect(f"tcp://127.0.0.1:{pull.bind_to_random_port('tcp://127.0.0.1')}")
        arrays = [np.full(LARGE, n, np.uint8) for n in range(20)]
        for array in arrays:
            sent = session.send(push, "comm_msg", buffers=[array], track=True)
        for array in arrays:
            (view,) = receive(session, pull)["buffers"]
            assert np.array_equal(np.frombuffer(view, np.uint8), array)
        assert sent is not None
        sent["tracker"].wait(PATIENCE)
        push.close()
        pull.close()


# --- when libzmq would have to wait -------------------------------------------------------


@pytest.fixture
def full(context: zmq.Context[zmq.Socket[bytes]]) -> Iterator[Pair]:
    """A sender that has no place for a message until the receiver has taken one."""
    with context.socket(zmq.PUSH) as push, context.socket(zmq.PULL) as pull:
        push.sndhwm = pull.rcvhwm = 1
        pull.bind("inproc://full")
        push.connect("inproc://full")
        filler = Session(key=KEY)
        while push.poll(0, zmq.POLLOUT):
            filler.send(push, "status", buffers=[bytes(LARGE)])
        yield push, pull


@pytest.mark.parametrize("track", [False, True], ids=["untracked", "tracked"])
def test_send_waits_until_there_is_room(
    session: Session, full: Pair, track: bool
) -> None:
    push, pull = full
    buffers = [b"last" * LARGE]
    options = {"buffers": buffers, "track": track}
    thread = threading.Thread(
        target=session.send, args=(push, "comm_msg"), kwargs=options
    )
    thread.start()
    while receive(session, pull)["msg_type"] != "comm_msg":
        pass
    thread.join()


def test_send_waits_no_longer_than_the_socket_does(
    session: Session, full: Pair
) -> None:
    push, pull = full
    push.sndtimeo = 10  # ms
    with pytest.raises(zmq.Again):
        session.send(push, "comm_msg", buffers=[bytes(LARGE)])
    kinds = []
    while pull.poll(0):
        kinds.append(receive(session, pull)["msg_type"])
    assert kinds
    assert set(kinds) == {"status"}  # and no half of the one that was refused


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_ctrl_c_ends_a_send_that_waits(session: Session, full: Pair) -> None:
    timer = threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    previous = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            session.send(full[0], "comm_msg", buffers=[bytes(LARGE)])
    finally:
        signal.signal(signal.SIGINT, previous)
        timer.join()


# --- broken sockets and messages ----------------------------------------------------------


def test_a_closed_socket_is_an_error_of_pyzmqs(session: Session, sockets: Pair) -> None:
    sockets[0].close()
    with pytest.raises(zmq.ZMQError) as caught:
        session.send(sockets[0], "status")
    assert caught.value.errno == zmq.ENOTSOCK
    with pytest.raises(zmq.ZMQError):
        session.recv(sockets[0])


def test_a_socket_of_the_wrong_kind_is_an_error_of_pyzmqs(
    session: Session, context: zmq.Context[zmq.Socket[bytes]]
) -> None:
    # Closed here: one that is collected before the context ends warns, and stays open.
    with context.socket(zmq.PULL) as pull, context.socket(zmq.PUSH) as push:
        with pytest.raises(zmq.ZMQError) as caught:
            session.send(pull, "status")
        assert caught.value.errno == zmq.ENOTSUP
        with pytest.raises(zmq.ZMQError) as caught:
            session.recv(push)
        assert caught.value.errno == zmq.ENOTSUP


@pytest.mark.parametrize(
    ("frames", "error"),
    [
        ([b""], MissingDelimiter),
        ([b"x" * LARGE] * 3, MissingDelimiter),
        ([b"<IDS|MSG>"], TruncatedMessage),
        ([b"<IDS|MSG>", b"f" * 64, b"{}"], BadSignature),
        ([b"<IDS|MSG>", b"f" * LARGE, *[b"x" * LARGE] * 5], BadSignature),
        ([b"<IDS|MSG>", b"f" * 64, *[b""] * 3_000], BadSignature),
    ],
    ids=["empty", "no delimiter", "nothing else", "truncated", "oversized", "many"],
)
def test_a_bad_message_does_not_harm_the_next_one(
    session: Session, sockets: Pair, frames: list[bytes], error: type[Exception]
) -> None:
    sockets[0].send_multipart(frames)
    session.send(sockets[0], "status")
    with pytest.raises(error):
        session.recv(sockets[1])
    assert receive(session, sockets[1])["msg_type"] == "status"


# --- the other kinds of sockets -----------------------------------------------------------


def test_sockets_of_asyncio_send_at_once_and_receive_at_once(session: Session) -> None:
    async def talk() -> None:
        context = zmq.asyncio.Context()
        one, other = context.socket(zmq.PAIR), context.socket(zmq.PAIR)
        one.bind("inproc://asyncio")
        other.connect("inproc://asyncio")
        sent = session.send(one, "comm_msg", buffers=[bytes(LARGE)], track=True)
        assert sent is not None
        # Upstream tracks these too: they are sockets of pyzmq's like the others.
        assert not sent["tracker"].done
        assert await other.poll(PATIENCE * 1000)
        _, message = session.recv(other)
        assert message is not None
        assert message["buffers"][0].nbytes == LARGE
        del message  # inside a process, the view is of the sender's own memory
        sent["tracker"].wait(PATIENCE)
        context.destroy(linger=0)

    asyncio.run(talk())


def test_a_reader_of_asyncio_is_woken_though_another_task_sends(
    session: Session,
) -> None:
    """A send may take the edge of the socket's file descriptor that a reader waits for."""

    async def talk() -> None:
        context = zmq.asyncio.Context()
        client, server = context.socket(zmq.DEALER), context.socket(zmq.ROUTER)
        port = server.bind_to_random_port("tcp://127.0.0.1")
        client.connect(f"tcp://127.0.0.1:{port}")
        plain: Any = zmq.Socket.shadow(server.underlying)
        for _ in range(200):
            reader = asyncio.ensure_future(client.recv_multipart())
            await asyncio.sleep(0)  # it waits for the descriptor now
            session.send(client, "one")
            peer = plain.recv()
            while plain.getsockopt(zmq.RCVMORE):
                plain.recv()
            plain.send_multipart([peer, b"answer"])
            assert zmq.Socket.shadow(client.underlying).poll(PATIENCE * 1000)
            session.send(client, "two")
            assert await asyncio.wait_for(reader, PATIENCE) == [b"answer"]
            while plain.poll(0):
                plain.recv_multipart()
        context.destroy(linger=0)

    asyncio.run(talk())


def test_a_stream_sends_in_its_own_order_and_is_received_from(
    session: Session, sockets: Pair
) -> None:
    loop = IOLoop(make_current=False)
    stream = ZMQStream(sockets[0], io_loop=loop)
    session.send(stream, "first", buffers=[bytes(LARGE)])
    session.send(stream, "second")
    stream.flush()
    received = [receive(session, sockets[1])["msg_type"] for _ in range(2)]
    assert received == ["first", "second"]
    session.send(sockets[1], "answer")
    _, message = session.recv(stream)
    assert message is not None
    assert message["msg_type"] == "answer"
    stream.close()
    loop.close(all_fds=True)


def test_anything_that_sends_frames_is_sent_through(session: Session) -> None:
    class Recorder:
        def send_multipart(self, frames: list[Any], copy: bool = True) -> None:
            sent.append((frames, copy))

    sent: list[tuple[list[Any], bool]] = []
    recorder = Recorder()
    session.send(recorder, "comm_msg", buffers=[bytes(LARGE)], track=True)
    session.send(recorder, "status")
    assert [copy for _, copy in sent] == [False, True]
    assert len(sent[0][0]) == 7


class CountingSocket(zmq.Socket[bytes]):
    """A socket whose own way of sending must not be gone around."""

    def send_multipart(self, *args: Any, **options: Any) -> Any:
        CALLS.append("sent")
        return super().send_multipart(*args, **options)


CALLS: list[str] = []


def test_a_socket_that_overrides_its_methods_is_called_by_them(
    session: Session, sockets: Pair
) -> None:
    CALLS.clear()
    session.send(CountingSocket.shadow(sockets[0]), "status")
    assert CALLS == ["sent"]
    assert receive(session, sockets[1])["msg_type"] == "status"


def test_send_raw_signs_what_is_packed(session: Session, sockets: Pair) -> None:
    parts = [session.pack(session.msg_header("x")), b"{}", b"{}", b'{"a":1}', b"buffer"]
    session.send_raw(sockets[0], parts, ident=b"peer")
    idents, message = session.recv(sockets[1])
    assert idents == [b"peer"]
    assert message is not None
    assert message["content"] == {"a": 1}
    assert bytes(message["buffers"][0]) == b"buffer"


# --- both ways to libzmq ------------------------------------------------------------------


@pytest.mark.skipif(
    os.environ.get("KERNELWIRE_LIBZMQ") == "pyzmq", reason="this is that run"
)
def test_all_this_is_so_through_pyzmqs_methods_too() -> None:
    assert _socket.directly()
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", __file__],
        env={**os.environ, "KERNELWIRE_LIBZMQ": "pyzmq"},
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parent.parent,
        timeout=100,
    )
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-2000:]
    assert " passed" in done.stdout
