"""The libzmq that pyzmq owns, as the table of functions that the C++ core calls.

Layer 1. Used by: ``_host`` (Server), ``kernelwire doctor``. Importing pyzmq takes 40 ms, so its
library is opened without it; ``import zmq`` later on gets the same one. Where that cannot
work (Windows wheels link libzmq statically; PyPy) the table calls pyzmq's own methods.
"""
from cpython.pycapsule cimport PyCapsule_New
from libc.stdint cimport uintptr_t

from kernelwire cimport _cpp

import os
import sys
from importlib.machinery import EXTENSION_SUFFIXES, PathFinder


cdef extern from "<dlfcn.h>" nogil:
    void* dlopen(const char* path, int flags)
    void* dlsym(void* handle, const char* symbol)
    int RTLD_NOW


cdef class Libzmq:
    """A table of libzmq's functions, and where it came from.

    Attributes:
        table: a capsule named "kernelwire.ZmqApi"; valid as long as this object.
        how: "loaded" from pyzmq's library, or "pyzmq" by way of its methods.
        path: the file whose library is used; empty with "pyzmq".
        version: libzmq's, three ints.
        curve: whether it can encrypt, by CURVE.
    """

    cdef _cpp.ZmqApi api
    cdef readonly str how
    cdef readonly str path
    cdef readonly tuple version
    cdef readonly bint curve

    @property
    def table(self):
        return PyCapsule_New(<void*>&self.api, b"kernelwire.ZmqApi", NULL)

    cdef Libzmq describe(self, str how, str path):
        cdef int major, minor, patch
        self.api.version(&major, &minor, &patch)
        self.how = how
        self.path = path
        self.version = (major, minor, patch)
        self.curve = _cpp.has_curve(self.api)
        return self


def open():
    """Open libzmq, through pyzmq's library or else through its methods.

    The environment variable KERNELWIRE_LIBZMQ=pyzmq asks for the methods.

    Raises:
        ImportError: pyzmq is not installed.
    """
    if os.environ.get("KERNELWIRE_LIBZMQ") != "pyzmq":
        try:
            return loaded()
        except OSError:
            pass
    return methods()


def loaded():
    """Open the libzmq inside, or beside, pyzmq's extension module.

    Raises:
        ImportError: pyzmq is not installed.
        OSError: its module has no libzmq of version 4 that can be called.
    """
    cdef Libzmq lib = Libzmq.__new__(Libzmq)
    path = _extension_path()
    cdef void* handle = dlopen(os.fsencode(path), RTLD_NOW)
    if handle == NULL:
        raise OSError(f"{path}: cannot be opened")
    fill(handle, lib.api)
    lib.describe("loaded", path)
    if lib.version[0] != 4:
        raise OSError(f"{path}: libzmq is of version {lib.version[0]}, want 4")
    return lib


def methods():
    """Make the table call pyzmq's own methods: slower, and works wherever pyzmq does."""
    from kernelwire import _pyzmq

    cdef Libzmq lib = Libzmq.__new__(Libzmq)
    lib.api = (<_cpp.ZmqApi*><uintptr_t>_pyzmq.table_address())[0]
    return lib.describe("pyzmq", "")


def _extension_path():
    """Find pyzmq's extension module without importing pyzmq."""
    module = sys.modules.get("zmq.backend.cython._zmq")
    if module is not None:
        return module.__file__
    spec = PathFinder.find_spec("zmq")
    if spec is None or not spec.submodule_search_locations:
        raise ImportError("pyzmq is not installed; try: pip install pyzmq")
    folder = os.path.join(spec.submodule_search_locations[0], "backend", "cython")
    for suffix in EXTENSION_SUFFIXES:
        path = os.path.join(folder, "_zmq" + suffix)
        if os.path.exists(path):
            return path
    raise OSError(f"{folder}: has no extension module")


cdef void* symbol(void* handle, bytes name) except NULL:
    cdef void* address = dlsym(handle, name)
    if address == NULL:
        raise OSError(f"{name.decode()} is not in the library")
    return address


cdef int fill(void* handle, _cpp.ZmqApi& api) except -1:
    (<void**>&api.errno_)[0] = symbol(handle, b"zmq_errno")
    (<void**>&api.strerror)[0] = symbol(handle, b"zmq_strerror")
    (<void**>&api.version)[0] = symbol(handle, b"zmq_version")
    (<void**>&api.has)[0] = symbol(handle, b"zmq_has")
    (<void**>&api.curve_keypair)[0] = symbol(handle, b"zmq_curve_keypair")
    (<void**>&api.curve_public)[0] = symbol(handle, b"zmq_curve_public")
    (<void**>&api.ctx_new)[0] = symbol(handle, b"zmq_ctx_new")
    (<void**>&api.ctx_term)[0] = symbol(handle, b"zmq_ctx_term")
    (<void**>&api.socket)[0] = symbol(handle, b"zmq_socket")
    (<void**>&api.close)[0] = symbol(handle, b"zmq_close")
    (<void**>&api.setsockopt)[0] = symbol(handle, b"zmq_setsockopt")
    (<void**>&api.getsockopt)[0] = symbol(handle, b"zmq_getsockopt")
    (<void**>&api.bind)[0] = symbol(handle, b"zmq_bind")
    (<void**>&api.connect)[0] = symbol(handle, b"zmq_connect")
    (<void**>&api.poll)[0] = symbol(handle, b"zmq_poll")
    (<void**>&api.msg_init)[0] = symbol(handle, b"zmq_msg_init")
    (<void**>&api.msg_init_size)[0] = symbol(handle, b"zmq_msg_init_size")
    (<void**>&api.msg_init_data)[0] = symbol(handle, b"zmq_msg_init_data")
    (<void**>&api.msg_send)[0] = symbol(handle, b"zmq_msg_send")
    (<void**>&api.msg_recv)[0] = symbol(handle, b"zmq_msg_recv")
    (<void**>&api.msg_close)[0] = symbol(handle, b"zmq_msg_close")
    (<void**>&api.msg_more)[0] = symbol(handle, b"zmq_msg_more")
    (<void**>&api.msg_data)[0] = symbol(handle, b"zmq_msg_data")
    (<void**>&api.msg_size)[0] = symbol(handle, b"zmq_msg_size")
    return 0
