"""Borrowed bytes, for ``_signing``."""
from libcpp.string_view cimport string_view
from libcpp.vector cimport vector


cdef class _Loan:
    cdef vector[Py_buffer] views

    cdef string_view borrow(self, obj) except *
