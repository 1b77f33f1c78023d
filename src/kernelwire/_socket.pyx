"""Whole messages through the sockets of pyzmq, without waiting and without copies.

Layer 2. Used by: ``_session``. Small frames are copied; large ones are lent to libzmq, and
received ones lent by it. A call that would have to wait does nothing and says so: waiting,
with its signals and time limits, is left to pyzmq's own methods.
"""
from cpython.buffer cimport (
    PyBUF_ANY_CONTIGUOUS, PyBuffer_FillInfo, PyBuffer_Release, PyObject_GetBuffer)
from cpython.bytes cimport (
    PyBytes_AS_STRING, PyBytes_CheckExact, PyBytes_FromStringAndSize, PyBytes_GET_SIZE)
from cpython.pycapsule cimport PyCapsule_GetPointer
from libc.errno cimport EAGAIN, EINTR
from libc.stdint cimport uintptr_t
from libc.string cimport memcmp
from libcpp cimport bool as cbool
from libcpp.memory cimport make_shared
from libcpp.string_view cimport string_view
from libcpp.vector cimport vector

from kernelwire cimport _cpp

import sys

import zmq
import zmq.asyncio

from kernelwire import _libzmq

cdef enum:
    DONTWAIT = 1
    SNDMORE = 2
    EVENTS = 15
    POLLIN = 1
    # Received buffers at least this large, in bytes, are views of libzmq's memory. A copy of a
    # smaller one costs less than the object behind the view.
    VIEW_THRESHOLD = 2048


# pyzmq may run on another backend than the one whose library would be opened here.
cdef object LIBZMQ = (
    _libzmq.open() if "zmq.backend.cython._zmq" in sys.modules else _libzmq.methods())
cdef bint THROUGH_METHODS = LIBZMQ.how != "loaded"
cdef _cpp.ZmqApi* API = <_cpp.ZmqApi*>PyCapsule_GetPointer(LIBZMQ.table, b"kernelwire.ZmqApi")

cdef object Socket = zmq.Socket
cdef object AsyncSocket = zmq.asyncio.Socket


cdef bint is_plain(object socket):
    """Whether a socket is of pyzmq's own class, so that libzmq may be called past its methods."""
    kind = type(socket)
    return kind is Socket or (kind is AsyncSocket and not THROUGH_METHODS)


cdef void* handle_of(object socket) except? NULL:
    """The libzmq socket of a plain one, valid while that is open; NULL once it is closed."""
    if THROUGH_METHODS:
        return NULL if socket.closed else <void*>socket
    return <void*><uintptr_t>socket.underlying


cdef class Loans:
    """Frames lent to libzmq for one message, and whether all have come back. Thread-safe."""

    def __cinit__(self):
        self.counts = make_shared[_cpp.Loans]()
        self.views = make_shared[_cpp.Loans]()

    def returned(self, double patience):
        """Wait until libzmq is done with all frames.

        Args:
            patience: how long to wait, in seconds; signals are not seen meanwhile.

        Returns:
            Whether it is; then the frames' memory has been given back to its owners too.
        """
        cdef cbool done
        cdef long limit = <long>(max(patience, 0.0) * 1000)
        with nogil:
            done = self.counts.get().wait_returned(_cpp.milliseconds(limit))
        _cpp.returned_views().release()
        if done:  # another thread may have taken them off the list, and not be through
            with nogil:
                done = self.views.get().wait_returned(_cpp.milliseconds(limit))
        return bool(done)


cdef struct Part:
    string_view data
    _cpp.ReturnedView* view  # null where the data are those of a bytes object
    bint lend


cdef class _Parts:
    """The frames of one message as borrowed memory, until they are sent or lent."""

    cdef vector[Part] parts

    cdef int borrow(self, object frame, size_t threshold) except -1:
        cdef Part part
        cdef size_t size
        part.view = NULL
        part.lend = False
        if PyBytes_CheckExact(frame):
            size = <size_t>PyBytes_GET_SIZE(frame)
            if size < threshold or size == 0:
                part.data = string_view(PyBytes_AS_STRING(frame), size)
                self.parts.push_back(part)
                return 0
        part.view = new _cpp.ReturnedView()
        try:
            PyObject_GetBuffer(frame, &part.view.view, PyBUF_ANY_CONTIGUOUS)
        except BaseException:
            del part.view
            raise
        size = <size_t>part.view.view.len
        part.lend = size >= threshold and size > 0
        part.data = string_view(<const char*>part.view.view.buf, size)
        self.parts.push_back(part)
        return 0

    def __dealloc__(self):
        for i in range(self.parts.size()):
            if self.parts[i].view != NULL:
                PyBuffer_Release(&self.parts[i].view.view)
                del self.parts[i].view


cdef int send_part(void* handle, Part* part, int flags, Loans loans) except -1:
    """Send one frame; returns 0 or libzmq's error code. What is lent is no longer `part`'s."""
    if not part.lend:
        return _cpp.send_copy(API[0], handle, part.data, flags)
    cdef _cpp.LentFrame* frame = new _cpp.LentFrame()
    frame.view = part.view
    part.view = NULL
    if loans is not None:
        frame.loans = loans.counts
        frame.loans.get().lent()
        frame.view.released = loans.views
        loans.views.get().lent()
    return _cpp.send_lent(API[0], handle, part.data, _cpp.LentFrame.give_back, frame, flags)


cdef bint send(void* handle, list frames, size_t threshold, Loans loans) except -1:
    """Send one message, if it can be sent now.

    Args:
        handle: of a plain socket.
        frames: objects with a contiguous buffer; the first is never lent.
        threshold: frames at least as large, in bytes, are lent: not to be written to until
            libzmq has given them back.
        loans: counts what is lent; or None.

    Returns:
        False where libzmq would have to wait; nothing was sent then.

    Raises:
        BufferError, TypeError, ValueError: a frame has no contiguous buffer; nothing was sent.
        zmq.ZMQError: libzmq refuses.
    """
    cdef _Parts message = _Parts.__new__(_Parts)
    cdef size_t count = <size_t>len(frames)
    cdef size_t i
    cdef int flags, code
    message.parts.reserve(count)
    for frame in frames:
        message.borrow(frame, threshold)
    message.parts[0].lend = False
    for i in range(count):
        flags = SNDMORE if i + 1 < count else 0
        if i == 0:
            flags |= DONTWAIT  # once the first frame is in, libzmq takes the others
        code = send_part(handle, &message.parts[i], flags, loans)
        if code == EAGAIN and i == 0:
            return False
        if code != 0:
            raise failure(code)
    _cpp.returned_views().release()  # what earlier messages lent
    return True


cdef object failure(int code):
    """The exception that pyzmq would raise."""
    if code == EAGAIN:
        return zmq.Again(code)
    if code == zmq.ETERM:
        return zmq.ContextTerminated(code)
    return zmq.ZMQError(code)


cdef class ReceivedFrame:
    """A frame in libzmq's memory, read-only through the buffer protocol.

    A view of it keeps it; when the last one goes, libzmq gets its memory back.
    """

    cdef _cpp.ZmqMessage message

    def __getbuffer__(self, Py_buffer* view, int flags):
        PyBuffer_FillInfo(view, self, API.msg_data(&self.message),
                          <Py_ssize_t>API.msg_size(&self.message), 1, flags)

    def __len__(self):
        return API.msg_size(&self.message)

    def __dealloc__(self):
        API.msg_close(&self.message)


cdef list recv(void* handle):
    """Receive one message, if there is one now.

    Args:
        handle: of a plain socket.

    Returns:
        Its frames: bytes, but for large ones that follow the content, which are
        ReceivedFrames. None where there is none.

    Raises:
        zmq.ZMQError: libzmq refuses.
    """
    cdef list frames = []
    cdef _cpp.ZmqMessage part
    cdef Py_ssize_t buffers_from = -1  # where the buffers begin; unknown before the delimiter
    cdef int code
    cdef int flags = DONTWAIT
    cdef bint more = True
    while more:
        API.msg_init(&part)
        while API.msg_recv(&part, handle, flags) < 0:
            code = API.errno_()
            if code == EINTR:
                continue
            API.msg_close(&part)
            if code == EAGAIN and flags == DONTWAIT:
                return None
            raise failure(code)
        flags = 0  # all parts of a message arrive together
        more = API.msg_more(&part) != 0
        frames.append(take(&part, 0 <= buffers_from <= len(frames)))
        if buffers_from < 0 and is_delimiter(frames[-1]):
            buffers_from = len(frames) + 5
    _cpp.returned_views().release()
    return frames


cdef inline bint is_delimiter(object frame):
    return PyBytes_GET_SIZE(frame) == 9 and memcmp(PyBytes_AS_STRING(frame), b"<IDS|MSG>", 9) == 0


cdef object take(_cpp.ZmqMessage* part, bint is_buffer):
    """Make an object of a received part, which is closed or moved into it."""
    cdef size_t size = API.msg_size(part)
    cdef ReceivedFrame frame
    if is_buffer and size >= VIEW_THRESHOLD:
        frame = ReceivedFrame.__new__(ReceivedFrame)
        frame.message = part[0]  # bytes of this size lie outside the 64 of a message
        return frame
    try:
        return PyBytes_FromStringAndSize(<const char*>API.msg_data(part), <Py_ssize_t>size)
    finally:
        API.msg_close(part)


cdef bint has_input(void* handle) noexcept:
    """Whether a message can be received now."""
    cdef int events = 0
    cdef size_t size = sizeof(events)
    return API.getsockopt(handle, EVENTS, &events, &size) == 0 and (events & POLLIN) != 0


def directly():
    """Whether libzmq's functions are called, and not pyzmq's methods."""
    return not THROUGH_METHODS
