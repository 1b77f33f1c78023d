"""HMAC-SHA256 over the parts of a message, which are Python objects.

Layer 2. Used by: ``_session``.
"""
from cpython.bytes cimport (
    PyBytes_AS_STRING, PyBytes_CheckExact, PyBytes_FromStringAndSize, PyBytes_GET_SIZE)
from libcpp.memory cimport make_unique
from libcpp.string_view cimport string_view

from kernelwire cimport _cpp
from kernelwire._wire cimport _Loan

# Text at least this long, in bytes, is signed without the GIL.
cdef size_t LONG_TEXT = 65536

# As many parts as a message has that are signed, and its signature.
cdef enum:
    PARTS = 5


cdef struct Views:
    string_view parts[PARTS]
    size_t count
    size_t size  # of all parts, in bytes


cdef class KeySigner:
    """The core's signer with one key. Never changes, so all threads may use it.

    Attributes:
        hmac: the `hmac.HMAC` of hashlib's sha256 that it does the work of.
    """

    def __init__(self, hmac, key):
        cdef _Loan loan = _Loan.__new__(_Loan)
        self.hmac = hmac
        self.signer = make_unique[_cpp.Signer](loan.borrow(key))

    cdef bytes sign(self, list frames, Py_ssize_t first, Py_ssize_t stop):
        """The signature of `frames[first:stop]` in a row, as hex."""
        cdef Views views
        cdef _cpp.Signature signature
        if stop - first > PARTS:  # nobody's message; the signature is over all bytes in a row
            frames = [b"".join(frames[first:stop])]
            first, stop = 0, 1
        _loan = borrow(frames, first, stop, &views)  # held until the end
        if views.size < LONG_TEXT:
            signature = self.signer.get().sign(views.parts, views.count)
        else:
            with nogil:
                signature = self.signer.get().sign(views.parts, views.count)
        return PyBytes_FromStringAndSize(signature.data(), <Py_ssize_t>signature.size())

    cdef bint verify(self, list frames) except -1:
        """Whether the first frame is the signature of the four that follow, or fewer."""
        cdef Views views
        cdef bint right
        _loan = borrow(frames, 0, min(len(frames), PARTS), &views)
        if views.size < LONG_TEXT:
            return self.signer.get().verify(views.parts + 1, views.count - 1, views.parts[0])
        with nogil:
            right = self.signer.get().verify(views.parts + 1, views.count - 1, views.parts[0])
        return right


cdef _Loan borrow(list frames, Py_ssize_t first, Py_ssize_t stop, Views* views):
    """Borrow the memory of `frames[first:stop]`; returns what keeps it where it is, or None."""
    cdef _Loan loan = None
    cdef size_t i
    views.count = <size_t>(stop - first)
    views.size = 0
    for i in range(views.count):
        frame = frames[first + <Py_ssize_t>i]
        if PyBytes_CheckExact(frame):  # the list keeps it
            views.parts[i] = string_view(
                PyBytes_AS_STRING(frame), <size_t>PyBytes_GET_SIZE(frame))
        else:
            if loan is None:
                loan = _Loan.__new__(_Loan)
            views.parts[i] = loan.borrow(frame)
        views.size += views.parts[i].size()
    return loan
