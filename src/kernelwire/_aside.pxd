cdef object aside(object method, tuple arguments)
