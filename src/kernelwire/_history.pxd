"""The replay history, for ``_session``."""
from kernelwire cimport _cpp


cdef class DigestHistory:
    cdef _cpp.ReplayWindow window
