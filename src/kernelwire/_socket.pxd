"""Whole messages through sockets of pyzmq's, for ``_session``."""
from libcpp.memory cimport shared_ptr

from kernelwire cimport _cpp


cdef class Loans:
    cdef shared_ptr[_cpp.Loans] counts  # what libzmq has
    cdef shared_ptr[_cpp.Loans] views  # what has not been released yet


cdef bint is_plain(object socket)
cdef void* handle_of(object socket) except? NULL
cdef bint send(void* handle, list frames, size_t threshold, Loans loans) except -1
cdef list recv(void* handle)
cdef bint has_input(void* handle) noexcept
