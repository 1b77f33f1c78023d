"""libzmq's functions by way of pyzmq's methods: the table for where its library cannot be opened.

Layer 1. Used by: ``_libzmq``. Every entry takes the GIL, does what the libzmq function of that
name does, and tells failure as libzmq does: by its result, and an error code of this thread. Only
a wait may be ended by a signal; everything else is called ``aside``, where none is seen.
"""
from cpython.buffer cimport (
    PyBUF_SIMPLE, PyBuffer_FillInfo, PyBuffer_Release, PyObject_GetBuffer)
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize
from cpython.exc cimport PyErr_SetInterrupt
from cpython.ref cimport Py_INCREF, Py_XDECREF, PyObject
from libc.errno cimport EINTR, EINVAL, EIO
from libc.stdint cimport int64_t, uintptr_t
from libc.string cimport memcpy, memset, strerror

from kernelwire cimport _cpp
from kernelwire._aside cimport aside, let_go
from kernelwire._cpp cimport ZmqFree, ZmqMessage, ZmqPollItem

import zmq

cdef extern from *:
    """
    static thread_local int kernelwire_error = 0;  // what zmq_errno() tells
    """
    int last_error "kernelwire_error"

# Below this size, in bytes, pyzmq copies faster than it shares.
cdef size_t COPY_LIMIT = 65536
cdef int DONTWAIT = zmq.DONTWAIT
cdef size_t KEY_SIZE = 40  # of CURVE, in characters of Z85


cdef struct Part:  # what we keep in the 64 bytes of a ZmqMessage
    PyObject* owner  # whose memory it is; null while the part is empty
    char* data
    size_t size
    int more


cdef class Lent:
    """Memory of somebody else's, given back when nobody looks at it any more."""

    cdef void* data
    cdef size_t size
    cdef ZmqFree free
    cdef void* hint

    def __getbuffer__(self, Py_buffer* view, int flags):
        PyBuffer_FillInfo(view, self, self.data, <Py_ssize_t>self.size, 1, flags)

    def __dealloc__(self):
        if self.free != NULL:
            self.free(self.data, self.hint)


cdef int fail(exc) noexcept:
    """Remember why a method failed; as zmq_errno() would tell it."""
    global last_error
    if isinstance(exc, zmq.ZMQError):
        last_error = exc.errno
    elif isinstance(exc, KeyboardInterrupt):
        last_error = EINTR
        PyErr_SetInterrupt()  # it was raised here in place of where our caller looks for it
    else:
        last_error = EIO
    return -1


cdef inline Part* part_of(const ZmqMessage* message) noexcept nogil:
    return <Part*><void*>message


cdef int get_errno() noexcept nogil:
    return last_error


cdef const char* get_strerror(int code) noexcept nogil:
    return strerror(code)


cdef void get_version(int* major, int* minor, int* patch) noexcept with gil:
    major[0], minor[0], patch[0] = zmq.zmq_version_info()


cdef int has_capability(const char* capability) noexcept with gil:
    try:
        return zmq.has((<bytes>capability).decode())
    except BaseException as exc:
        fail(exc)
        return 0


cdef int curve_keypair(char* public_key, char* secret_key) noexcept with gil:
    try:
        made_public, made_secret = zmq.curve_keypair()
        copy_key(made_public, public_key)
        copy_key(made_secret, secret_key)
        return 0
    except BaseException as exc:
        return fail(exc)


cdef int curve_public(char* public_key, const char* secret_key) noexcept with gil:
    try:
        copy_key(zmq.curve_public(<bytes>secret_key), public_key)
        return 0
    except BaseException as exc:
        return fail(exc)


cdef int copy_key(bytes key, char* out) except -1:
    """Copy a key in Z85, and the NUL behind it, to where libzmq would write it."""
    if len(key) != KEY_SIZE:
        raise ValueError(f"the key has {len(key)} characters, want {KEY_SIZE}")
    memcpy(out, PyBytes_AS_STRING(key), KEY_SIZE + 1)
    return 0


cdef void* handle_of(obj) noexcept:
    Py_INCREF(obj)
    return <void*>obj


cdef void* ctx_new() noexcept with gil:
    try:
        return handle_of(aside(zmq.Context, ()))
    except BaseException as exc:
        fail(exc)
        return NULL


cdef int ctx_term(void* context) noexcept with gil:
    try:
        aside((<object>context).term, ())
        Py_XDECREF(<PyObject*>context)
        return 0
    except BaseException as exc:
        return fail(exc)


cdef void* new_socket(void* context, int kind) noexcept with gil:
    try:
        return handle_of(aside((<object>context).socket, (kind,)))
    except BaseException as exc:
        fail(exc)
        return NULL


cdef int close_socket(void* socket) noexcept with gil:
    try:
        aside((<object>socket).close, ())
        Py_XDECREF(<PyObject*>socket)
        return 0
    except BaseException as exc:
        return fail(exc)


cdef int set_option(void* socket, int option, const void* value, size_t size) noexcept with gil:
    try:
        # The keys of CURVE, of 32 bytes or 40, are the only options of ours that are no ints.
        if size == sizeof(int):
            chosen = (<const int*>value)[0]
        elif size == sizeof(int64_t):
            chosen = (<const int64_t*>value)[0]
        else:
            chosen = (<const char*>value)[:size]
        aside((<object>socket).setsockopt, (option, chosen))
        return 0
    except BaseException as exc:
        return fail(exc)


cdef int get_option(void* socket, int option, void* value, size_t* size) noexcept with gil:
    global last_error
    try:
        found = aside((<object>socket).getsockopt, (option,))
        if isinstance(found, int):
            (<int*>value)[0] = found
            size[0] = sizeof(int)
            return 0
        text = found.rstrip(b"\0") + b"\0"
        if len(text) > size[0]:
            last_error = EINVAL
            return -1
        memcpy(value, PyBytes_AS_STRING(text), len(text))
        size[0] = len(text)
        return 0
    except BaseException as exc:
        return fail(exc)


cdef int bind_socket(void* socket, const char* endpoint) noexcept with gil:
    try:
        aside((<object>socket).bind, (endpoint.decode(),))
        return 0
    except BaseException as exc:
        return fail(exc)


cdef int connect_socket(void* socket, const char* endpoint) noexcept with gil:
    try:
        aside((<object>socket).connect, (endpoint.decode(),))
        return 0
    except BaseException as exc:
        return fail(exc)


cdef int poll_items(ZmqPollItem* items, int count, long timeout_ms) noexcept with gil:
    try:
        asked = [
            (<object>items[i].socket if items[i].socket != NULL else items[i].fd, items[i].events)
            for i in range(count)
        ]
        ready = dict(zmq.zmq_poll(asked, timeout_ms))
        for i in range(count):
            items[i].revents = ready.get(asked[i][0], 0)
        return len(ready)
    except BaseException as exc:
        return fail(exc)


cdef int msg_init(ZmqMessage* message) noexcept nogil:
    memset(message, 0, sizeof(ZmqMessage))
    return 0


cdef int msg_init_size(ZmqMessage* message, size_t size) noexcept with gil:
    msg_init(message)
    try:
        data = PyBytes_FromStringAndSize(NULL, <Py_ssize_t>size)
    except BaseException as exc:
        return fail(exc)
    part = part_of(message)
    part.owner = <PyObject*>handle_of(data)
    part.data = PyBytes_AS_STRING(data)
    part.size = size
    return 0


cdef int msg_init_data(ZmqMessage* message, void* data, size_t size, ZmqFree free,
                       void* hint) noexcept with gil:
    msg_init(message)
    cdef Lent lent = Lent.__new__(Lent)
    lent.data, lent.size, lent.free, lent.hint = data, size, free, hint
    part = part_of(message)
    part.owner = <PyObject*>handle_of(lent)
    part.data = <char*>data
    part.size = size
    return 0


cdef int msg_send(ZmqMessage* message, void* socket, int flags) noexcept with gil:
    part = part_of(message)
    cdef int size = <int>part.size
    try:
        data = <object>part.owner if part.owner != NULL else b""
        aside((<object>socket).send, (data, flags, part.size < COPY_LIMIT))
    except BaseException as exc:
        return fail(exc)
    msg_close(message)
    return size


cdef int msg_recv(ZmqMessage* message, void* socket, int flags) noexcept with gil:
    cdef Py_buffer view
    try:
        if not flags & DONTWAIT:
            (<object>socket).poll()
        frame = aside((<object>socket).recv, (flags | DONTWAIT, False))
        PyObject_GetBuffer(frame, &view, PyBUF_SIMPLE)
    except BaseException as exc:
        return fail(exc)
    msg_close(message)
    part = part_of(message)
    part.owner = <PyObject*>handle_of(frame)
    part.data = <char*>view.buf  # stays where it is as long as the frame lives
    part.size = <size_t>view.len
    part.more = frame.more
    PyBuffer_Release(&view)
    return <int>part.size


cdef int msg_close(ZmqMessage* message) noexcept with gil:
    owner = part_of(message).owner
    msg_init(message)
    try:
        if owner != NULL:
            let_go(<object>owner)
    except BaseException as exc:
        fail(exc)
    Py_XDECREF(owner)
    return 0


cdef int msg_more(const ZmqMessage* message) noexcept nogil:
    return part_of(message).more


cdef void* msg_data(ZmqMessage* message) noexcept nogil:
    return part_of(message).data


cdef size_t msg_size(const ZmqMessage* message) noexcept nogil:
    return part_of(message).size


cdef _cpp.ZmqApi table
table.errno_ = get_errno
table.strerror = get_strerror
table.version = get_version
table.has = has_capability
table.curve_keypair = curve_keypair
table.curve_public = curve_public
table.ctx_new = ctx_new
table.ctx_term = ctx_term
table.socket = new_socket
table.close = close_socket
table.setsockopt = set_option
table.getsockopt = get_option
table.bind = bind_socket
table.connect = connect_socket
table.poll = poll_items
table.msg_init = msg_init
table.msg_init_size = msg_init_size
table.msg_init_data = msg_init_data
table.msg_send = msg_send
table.msg_recv = msg_recv
table.msg_close = msg_close
table.msg_more = msg_more
table.msg_data = msg_data
table.msg_size = msg_size
table.waits_for_code = True  # for the GIL


def table_address():
    """The address of the table, for ``_libzmq``. It stands for the life of the process."""
    return <uintptr_t>&table
