"""The signatures a Session has seen, as a set over the core's replay window.

Layer 2. Used by: ``_session``, ``session``.
"""
cimport cython
from cpython.bytes cimport PyBytes_CheckExact
from libcpp.string_view cimport string_view

from kernelwire cimport _cpp


cdef class DigestHistory:
    """What stands in ``Session.digest_history``: a set that cannot be iterated.

    It keeps 16 bytes of each signature, and not the signature. When it is full, the oldest
    tenth is forgotten. Safe in threads: every operation is atomic.

    Args:
        signatures: bytes or str each; or another history, which is copied.
        capacity: how many are remembered; none with 0.
    """

    def __cinit__(self, signatures=(), *, size_t capacity=65536):
        self.window = _cpp.ReplayWindow(capacity)
        self.update(signatures)

    cdef bint take(self, object signature, size_t capacity, bint remember) except -1:
        """Whether a verified signature was not seen before; if so, remember it."""
        cdef bytes encoded = as_bytes(signature)
        cdef string_view text = string_view(<const char*>encoded, <size_t>len(encoded))
        with cython.critical_section(self):
            self.window.resize(capacity)
            if remember:
                return self.window.insert(text)
            return not self.window.contains(text)

    def __contains__(self, signature):
        encoded = as_bytes(signature)
        with cython.critical_section(self):
            return self.window.contains(string_view(<const char*>encoded, len(encoded)))

    def __len__(self):
        with cython.critical_section(self):
            return self.window.size()

    def __eq__(self, other):
        cdef DigestHistory mine = self
        cdef DigestHistory its
        if isinstance(other, DigestHistory):
            its = other
            with cython.critical_section(mine, its):
                return mine.window == its.window
        if isinstance(other, (set, frozenset)):
            return len(self) == len(other) and all(each in self for each in other)
        return NotImplemented

    __hash__ = None

    def __repr__(self):
        return f"<DigestHistory of {len(self)} signatures>"

    def add(self, signature):
        """Remember a signature, bytes or str."""
        encoded = as_bytes(signature)
        with cython.critical_section(self):
            self.window.insert(string_view(<const char*>encoded, len(encoded)))

    def update(self, signatures):
        """Remember several signatures; a history's are all there is in it, and replace ours."""
        cdef DigestHistory source
        if not isinstance(signatures, DigestHistory):
            for signature in signatures:
                self.add(signature)
            return
        source = signatures
        cdef size_t capacity
        with cython.critical_section(self, source):
            capacity = self.window.capacity()
            self.window = source.window
            self.window.resize(capacity)

    def clear(self):
        """Forget everything."""
        with cython.critical_section(self):
            self.window.clear()

    def copy(self):
        """A history of its own with the same signatures."""
        cdef DigestHistory copied = DigestHistory(capacity=0)
        with cython.critical_section(self):
            copied.window = self.window
        return copied

    def resize(self, size_t capacity):
        """Change the capacity; the newest signatures are kept."""
        with cython.critical_section(self):
            self.window.resize(capacity)


cdef bytes as_bytes(signature):
    if PyBytes_CheckExact(signature):
        return signature
    return signature.encode() if isinstance(signature, str) else bytes(signature)
