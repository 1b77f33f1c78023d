"""Frames through whatever Session is given: pyzmq's sockets, asyncio's, tornado's, others.

Layer 3. Depends on: ``_socket``. Used by: ``_session``. Sockets of pyzmq's own classes are gone
around, for as long as libzmq need not wait; all others are used by their methods.
"""
from kernelwire cimport _socket

import zmq
import zmq.asyncio
from zmq.eventloop.zmqstream import ZMQStream

from kernelwire.tracker import Tracker

cdef object AsyncSocket = zmq.asyncio.Socket
cdef int EVENTS = zmq.EVENTS


cdef int check_buffers(object buffers) except -1:
    """Refuse what cannot be sent, before anything is.

    Raises:
        TypeError: one has no buffer.
        ValueError: one is not contiguous.
    """
    for index, buffer in enumerate(buffers):
        if isinstance(buffer, bytes):
            continue
        try:
            view = memoryview(buffer)
        except TypeError as exc:
            raise TypeError("Buffer objects must support the buffer protocol.") from exc
        if not view.contiguous:
            raise ValueError(f"Buffer {index} ({buffer!r}) is not contiguous")
    return 0


cdef object send(object stream, list frames, size_t threshold, bint track):
    """Send one message.

    Args:
        stream: anything with a method `send_multipart`.
        frames: objects with a contiguous buffer.
        threshold: frames at least as large, in bytes, are not copied.
        track: whether to return a tracker.

    Returns:
        A zmq.MessageTracker; None where none was wanted, or there is nothing to track.

    Raises:
        zmq.ZMQError: the socket refuses.
    """
    cdef _socket.Loans loans = None
    cdef void* handle
    if _socket.is_plain(stream):
        handle = _socket.handle_of(stream)
        if track:
            loans = _socket.Loans()
        if handle != NULL and _socket.send(handle, frames, threshold, loans):
            if type(stream) is AsyncSocket and _socket.has_input(handle):
                wake_readers(stream)
            return None if loans is None else Tracker.of(loans, frames, threshold)
    return send_by_methods(stream, frames, threshold, track)


cdef object send_by_methods(object stream, list frames, size_t threshold, bint track):
    cdef size_t longest = max([memoryview(frame).nbytes for frame in frames])
    cdef bint copy = longest < threshold
    tracker = None
    if track and not copy and isinstance(stream, zmq.Socket):
        tracker = plain_sync(stream).send_multipart(frames, copy=False, track=True)
    else:
        plain_sync(stream).send_multipart(frames, copy=bool(copy))
    if isinstance(stream, AsyncSocket):
        wake_readers(stream)
    return tracker


cdef list recv(object stream, int mode, bint copy):
    """Receive one message.

    Args:
        stream: a socket of pyzmq's, or a ZMQStream.
        mode: zmq.NOBLOCK, or 0 to wait.
        copy: whether frames are to be bytes. What `_socket` receives is; its large
            buffers are views of libzmq's memory all the same.

    Returns:
        The frames, bytes or zmq.Frames; None where there is no message.

    Raises:
        zmq.ZMQError: the socket refuses.
    """
    cdef void* handle
    if isinstance(stream, ZMQStream):
        stream = stream.socket
    if _socket.is_plain(stream):
        handle = _socket.handle_of(stream)
        if handle != NULL:
            frames = _socket.recv(handle)
            if frames is not None or mode & zmq.NOBLOCK:
                return frames
    try:
        return plain_sync(stream).recv_multipart(mode, copy=copy)
    except zmq.Again:
        return None


cdef object plain_sync(object stream):
    """A socket whose methods do their work at once, over that of an asyncio one."""
    if isinstance(stream, AsyncSocket):
        return zmq.Socket.shadow(stream.underlying)
    return stream


cdef int wake_readers(object stream) except -1:
    """Make a socket of asyncio's look for input.

    The call that has sent may have taken the edge that its reader waits for: the descriptor
    is readable once for all that has come in. Reading the events makes it look again.
    """
    stream.get(EVENTS)
    return 0
