"""Calls made aside: on a thread of their own, because no signal handler runs there.

Layer 1. Used by: ``_pyzmq``. pyzmq runs Python's signal handlers before a method returns, and what
a handler raises (KeyboardInterrupt) replaces the method's result: nobody can tell whether the frame
was sent, and one that was received is gone. Python runs handlers on its main thread only.
"""
from cpython.pythread cimport (
    PyThread_acquire_lock, PyThread_allocate_lock, PyThread_free_lock, PyThread_release_lock,
    PyThread_type_lock, WAIT_LOCK)

import _thread
import os
import sys
import threading
from _queue import SimpleQueue


cdef class Call:
    """One call, and what came of it."""

    cdef object method
    cdef tuple arguments
    cdef object result
    cdef object raised
    cdef PyThread_type_lock pending  # held until the call was made

    def __cinit__(self):
        self.pending = PyThread_allocate_lock()
        if self.pending == NULL:
            raise MemoryError
        PyThread_acquire_lock(self.pending, WAIT_LOCK)

    def __dealloc__(self):
        if self.pending != NULL:
            PyThread_free_lock(self.pending)

    cdef make(self):
        try:
            self.result = self.method(*self.arguments)
        except BaseException as exc:
            self.raised = exc
        PyThread_release_lock(self.pending)

    cdef wait(self):
        """Wait for the other thread; unlike a lock of ``threading``, without a look at signals."""
        cdef PyThread_type_lock pending = self.pending
        with nogil:
            PyThread_acquire_lock(pending, WAIT_LOCK)
            PyThread_release_lock(pending)


cdef object calls = None  # those to be made, and what is to go; None before the first one
cdef object main_thread = threading.main_thread().ident


def make_calls(queue):
    while True:
        item = queue.get()
        if isinstance(item, Call):
            (<Call>item).make()
        item = None  # goes here: it may be, or hold, somebody's large buffer


def begin_anew():
    """A forked child has no such thread: its first call starts one."""
    global calls, main_thread
    calls = None
    main_thread = threading.main_thread().ident


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=begin_anew)


cdef int let_go(object owner) except -1:
    """Have an object of pyzmq's freed where no signal handler runs.

    On the main thread, `Frame.__dealloc__` runs them; what they raise is told on stderr and lost.
    """
    if calls is not None and _thread.get_ident() == main_thread and not sys.is_finalizing():
        calls.put(owner)
    return 0


cdef object aside(object method, tuple arguments):
    """What the method returns, or raises, called where no signal handler runs.

    From here to the return nothing looks at signals, so none can come between.
    """
    global calls
    if _thread.get_ident() != main_thread or sys.is_finalizing():
        return method(*arguments)
    if calls is None:
        queue = SimpleQueue()
        _thread.start_new_thread(make_calls, (queue,))
        calls = queue
    cdef Call call = Call()
    call.method = method
    call.arguments = arguments
    calls.put(call)
    call.wait()
    if call.raised is not None:
        raise call.raised
    return call.result
