"""The replay history, for ``_session``."""
from kernelwire cimport _cpp


cdef class DigestHistory:
    cdef _cpp.ReplayWindow window

    cdef bint take(self, object signature, size_t capacity, bint remember) except -1
