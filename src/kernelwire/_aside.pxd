cdef object aside(object method, tuple arguments)
cdef int let_go(object owner) except -1
