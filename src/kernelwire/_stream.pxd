"""Frames through sockets of every kind, for ``_session``."""

cdef int check_buffers(object buffers) except -1
cdef object send(object stream, list frames, size_t threshold, bint track)
cdef list recv(object stream, int mode, bint copy)
cdef object plain_sync(object stream)
