# The C++ core as Cython sees it: one block per header, in layer order, nothing else.
from libcpp cimport bool as cbool
from libcpp.string_view cimport string_view
from libcpp.vector cimport vector


cdef extern from "kernelwire/bytes.hpp" namespace "kernelwire" nogil:
    cdef cppclass Parts:
        string_view& operator[](size_t)


cdef extern from "kernelwire/error.hpp" namespace "kernelwire" nogil:
    cdef enum class Errc(int):
        ok
        no_delimiter
        too_few_parts
        bad_signature
        replayed

    const char* message(Errc) noexcept


cdef extern from "kernelwire/zmq_api.hpp" namespace "kernelwire" nogil:
    ctypedef void (*ZmqFree)(void* data, void* hint) noexcept

    cdef cppclass ZmqMessage:
        unsigned char bytes[64]

    cdef cppclass ZmqPollItem:
        void* socket
        int fd
        short events
        short revents

    cdef cppclass ZmqApi:
        int (*errno_)() noexcept
        const char* (*strerror)(int) noexcept
        void (*version)(int*, int*, int*) noexcept
        void* (*ctx_new)() noexcept
        int (*ctx_term)(void*) noexcept
        void* (*socket)(void*, int) noexcept
        int (*close)(void*) noexcept
        int (*setsockopt)(void*, int, const void*, size_t) noexcept
        int (*getsockopt)(void*, int, void*, size_t*) noexcept
        int (*bind)(void*, const char*) noexcept
        int (*connect)(void*, const char*) noexcept
        int (*poll)(ZmqPollItem*, int, long) noexcept
        int (*msg_init)(ZmqMessage*) noexcept
        int (*msg_init_size)(ZmqMessage*, size_t) noexcept
        int (*msg_init_data)(ZmqMessage*, void*, size_t, ZmqFree, void*) noexcept
        int (*msg_send)(ZmqMessage*, void*, int) noexcept
        int (*msg_recv)(ZmqMessage*, void*, int) noexcept
        int (*msg_close)(ZmqMessage*) noexcept
        int (*msg_more)(const ZmqMessage*) noexcept
        void* (*msg_data)(ZmqMessage*) noexcept
        size_t (*msg_size)(const ZmqMessage*) noexcept


cdef extern from "kernelwire/signer.hpp" namespace "kernelwire" nogil:
    cdef cppclass Signature:
        pass

    cdef cppclass Signer:
        Signer(string_view key) noexcept
        cbool enabled() noexcept


cdef extern from "kernelwire/replay.hpp" namespace "kernelwire" nogil:
    cdef cppclass ReplayWindow:
        ReplayWindow(size_t capacity) noexcept
        size_t size() noexcept


cdef extern from "kernelwire/codec.hpp" namespace "kernelwire" nogil:
    cdef cppclass Envelope:
        vector[string_view] identities
        Parts parts
        vector[string_view] buffers

    Errc decode(const vector[string_view]&, const Signer&, ReplayWindow*, Envelope&) except +
    void encode(const vector[string_view]&, const Parts&, const Signer&, Signature&,
                vector[string_view]&) except +
