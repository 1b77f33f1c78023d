"""Signing parts of messages, for ``_session``."""
from libcpp.memory cimport unique_ptr

from kernelwire cimport _cpp


cdef class KeySigner:
    cdef readonly object hmac
    cdef unique_ptr[_cpp.Signer] signer

    cdef bytes sign(self, list frames, Py_ssize_t first, Py_ssize_t stop)
    cdef bint verify(self, list frames) except -1
