"""Flat objects as text and as dicts, for ``_parts`` and ``_session``."""
from libc.stdint cimport int64_t


cdef str numbered(str prefix, int64_t number)
cdef object now()
cdef bytes write(dict flat, bint spaced)
cdef dict read(const char* text, Py_ssize_t size, bint dates)
