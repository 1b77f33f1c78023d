"""Frames to messages and back: a thin skin over the C++ codec.

Python objects lend their memory to C++ for the length of one call and get it back; no frame is
copied. JSON is parsed when somebody looks at it, and never before its signature was checked.
"""
from cpython.buffer cimport PyBUF_SIMPLE, PyBuffer_Release, PyObject_GetBuffer
from cpython.bytes cimport (
    PyBytes_AS_STRING, PyBytes_CheckExact, PyBytes_FromStringAndSize, PyBytes_GET_SIZE)
from libcpp.memory cimport make_unique, unique_ptr
from libcpp.string_view cimport string_view
from libcpp.vector cimport vector

from kernelwire cimport _cpp

from kernelwire.content import dumps, loads
from kernelwire.errors import BadSignature, MalformedMessage, ReplayedMessage

# What encode() writes for an empty part, and decode() reads back.
cdef bytes EMPTY = b"{}"


cdef class _Loan:
    """Buffer views held open until the loan is dropped."""

    cdef string_view borrow(self, obj) except *:
        if PyBytes_CheckExact(obj):  # the caller's reference keeps it
            return string_view(PyBytes_AS_STRING(obj), <size_t>PyBytes_GET_SIZE(obj))
        cdef Py_buffer view
        PyObject_GetBuffer(obj, &view, PyBUF_SIMPLE)
        self.views.push_back(view)
        return string_view(<const char*>view.buf, <size_t>view.len)

    def __dealloc__(self):
        for i in range(self.views.size()):
            PyBuffer_Release(&self.views[i])


cdef int check(_cpp.Errc code) except -1:
    """Raise the Python exception that stands for `code`."""
    if code == _cpp.Errc.ok:
        return 0
    text = _cpp.message(code).decode()
    if code == _cpp.Errc.bad_signature:
        raise BadSignature(text)
    if code == _cpp.Errc.replayed:
        raise ReplayedMessage(text)
    raise MalformedMessage(text)


cdef class Message:
    """One verified message. Its JSON parts are parsed at first sight, and then kept.

    Attributes:
        identities: the routing prefix, list of bytes; on iopub, the topic.
        parts: the four JSON parts as they came: header, parent_header, metadata, content.
        buffers: the binary frames: the very objects that were decoded, uncopied.
    """

    cdef readonly list identities
    cdef readonly tuple parts
    cdef readonly list buffers
    cdef list _parsed

    def __init__(self, list identities not None, tuple parts not None, list buffers not None):
        if len(parts) != 4:
            raise ValueError(f"parts: {len(parts)} of them, want four")
        self.identities = identities
        self.parts = parts
        self.buffers = buffers
        self._parsed = [None, None, None, None]

    cdef parse(self, int part):
        parsed = self._parsed[part]
        if parsed is None:
            try:
                parsed = loads(self.parts[part])
            except ValueError as exc:
                raise MalformedMessage(f"part {part} is not JSON: {exc}") from exc
            if not isinstance(parsed, dict):
                raise MalformedMessage(f"part {part} is not a JSON object")
            self._parsed[part] = parsed
        return parsed

    @property
    def header(self):
        """The header, a dict. Raises MalformedMessage where it is not a JSON object."""
        return self.parse(0)

    @property
    def parent_header(self):
        """The header of the message that caused this one, a dict; empty where none did."""
        return self.parse(1)

    @property
    def metadata(self):
        """The metadata, a dict."""
        return self.parse(2)

    @property
    def content(self):
        """The content, a dict."""
        return self.parse(3)


cdef class Codec:
    """Signs and verifies messages with one connection key; an empty key signs nothing.

    Confined to one thread at a time, since it remembers the signatures it has seen.
    """

    cdef unique_ptr[_cpp.Signer] signer
    cdef unique_ptr[_cpp.ReplayWindow] window

    def __cinit__(self, key not None, *, size_t replay_window=65536):
        cdef _Loan loan = _Loan.__new__(_Loan)
        self.signer = make_unique[_cpp.Signer](loan.borrow(key))
        self.window = make_unique[_cpp.ReplayWindow](replay_window)

    def decode(self, list frames not None):
        """Split one multipart message and check its signature, parsing nothing.

        Args:
            frames: objects with the buffer protocol: bytes, zmq.Frame, memoryview. Kept by the
                message, and not copied.

        Returns:
            The message; its buffers are the very objects passed in.

        Raises:
            MalformedMessage: no delimiter, or fewer than five frames after it.
            BadSignature: the HMAC does not match.
            ReplayedMessage: the signature is right, and was seen before.

        Source: Messaging in Jupyter, "The wire protocol".
        """
        cdef _Loan loan = _Loan.__new__(_Loan)
        cdef vector[string_view] views
        cdef _cpp.Envelope envelope
        views.reserve(len(frames))
        for frame in frames:
            views.push_back(loan.borrow(frame))
        check(_cpp.decode(views, self.signer.get()[0], self.window.get(), envelope))
        cdef Py_ssize_t mark = envelope.identities.size()
        return Message(
            [bytes(frame) for frame in frames[:mark]],
            tuple([
                frame if isinstance(frame, bytes) else memoryview(frame)
                for frame in frames[mark + 2:mark + 6]
            ]),
            frames[mark + 6:],
        )

    def encode(self, header not None, parent_header=None, metadata=None, content=None, *,
               identities=(), buffers=()):
        """Sign a message and lay it out.

        Args:
            header, parent_header, metadata, content: dicts, or JSON text as bytes, which is
                not checked; None is an empty object.
            identities: the routing prefix, bytes each.
            buffers: objects with the buffer protocol, passed on as they are.

        Returns:
            The frames to send, a list: identities, delimiter, signature, parts, buffers.

        Raises:
            TypeError: an object in one of the dicts has no JSON form.
        """
        cdef _Loan loan = _Loan.__new__(_Loan)
        cdef vector[string_view] prefix, out
        cdef _cpp.Parts views
        cdef _cpp.Signature signature
        parts = [
            EMPTY if part is None else part if isinstance(part, bytes) else dumps(part)
            for part in (header, parent_header, metadata, content)
        ]
        for i in range(4):
            views[i] = loan.borrow(parts[i])
        _cpp.encode(prefix, views, self.signer.get()[0], signature, out)
        signed = PyBytes_FromStringAndSize(out[1].data(), <Py_ssize_t>out[1].size())
        return [*identities, b"<IDS|MSG>", signed, *parts, *buffers]
