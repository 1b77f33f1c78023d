"""Headers as text and as dicts, for ``_session``."""

cdef object now()
cdef bytes write_header(dict header, bint spaced)
cdef dict read_header(const char* text, Py_ssize_t size)
