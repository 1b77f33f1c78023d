# The C++ core as Cython sees it: one block per header, in layer order, nothing else.
from libcpp cimport bool as cbool
from libcpp.memory cimport shared_ptr
from libcpp.string_view cimport string_view
from libcpp.vector cimport vector


cdef extern from "<chrono>" nogil:
    cdef cppclass milliseconds "std::chrono::milliseconds":
        milliseconds(long) noexcept


cdef extern from "kernelwire/bytes.hpp" namespace "kernelwire" nogil:
    cdef cppclass Parts:
        string_view& operator[](size_t)


cdef extern from "kernelwire/calendar.hpp" namespace "kernelwire" nogil:
    cdef cppclass CalendarTime:
        int year
        int month
        int day
        int hour
        int minute
        int second
        int microsecond

    CalendarTime calendar_now() noexcept

    cdef enum class Fraction(int):
        always
        unless_zero

    cdef enum class DateText(int):
        none
        utc
        other

    const size_t date_size
    size_t write_date(const CalendarTime&, Fraction, char* out) noexcept
    DateText read_date(string_view, CalendarTime& out) noexcept


cdef extern from "kernelwire/error.hpp" namespace "kernelwire" nogil:
    cdef enum class Errc(int):
        ok
        no_delimiter
        too_few_parts
        bad_signature
        replayed

    const char* message(Errc) noexcept


cdef extern from "kernelwire/json.hpp" namespace "kernelwire" nogil:
    size_t plain_prefix(string_view) noexcept
    size_t copy_plain(string_view, char* out) noexcept


cdef extern from "kernelwire/loans.hpp" namespace "kernelwire" nogil:
    cdef cppclass Loans:
        Loans()
        void lent()
        cbool wait_returned(milliseconds)


cdef extern from "kernelwire/process_id.hpp" namespace "kernelwire" nogil:
    long process_id() noexcept


cdef extern from "returned_views.hpp" nogil:
    cdef cppclass ReturnedView:
        ReturnedView() except +
        shared_ptr[Loans] released
        Py_buffer view

    cdef cppclass ReturnedViews:
        void release() noexcept

    ReturnedViews& returned_views() noexcept

    cdef cppclass LentFrame:
        LentFrame() except +
        ReturnedView* view
        shared_ptr[Loans] loans

        @staticmethod
        void give_back(void*, void*) noexcept


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
        int (*has)(const char*) noexcept
        int (*curve_keypair)(char*, char*) noexcept
        int (*curve_public)(char*, const char*) noexcept
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
        cbool waits_for_code


cdef extern from "kernelwire/curve.hpp" namespace "kernelwire" nogil:
    cbool has_curve(const ZmqApi&) noexcept


cdef extern from "kernelwire/frame.hpp" namespace "kernelwire" nogil:
    int send_copy(const ZmqApi&, void* socket, string_view, int flags) noexcept
    int send_lent(const ZmqApi&, void* socket, string_view, ZmqFree, void* hint,
                  int flags) noexcept


cdef extern from "kernelwire/signer.hpp" namespace "kernelwire" nogil:
    cdef cppclass Signature:
        const char* data() noexcept
        size_t size() noexcept

    cdef cppclass Signer:
        Signer(string_view key) noexcept
        cbool enabled() noexcept
        Signature sign(const string_view*, size_t) noexcept
        cbool verify(const string_view*, size_t, string_view signature) noexcept


cdef extern from "kernelwire/replay.hpp" namespace "kernelwire" nogil:
    cdef cppclass ReplayWindow:
        ReplayWindow() noexcept
        ReplayWindow(size_t capacity) noexcept
        ReplayWindow(const ReplayWindow&)
        cbool insert(string_view signature) except +
        cbool contains(string_view signature) noexcept
        void clear() noexcept
        void resize(size_t capacity) except +
        size_t size() noexcept
        size_t capacity() noexcept
        cbool operator==(const ReplayWindow&) noexcept


cdef extern from "kernelwire/codec.hpp" namespace "kernelwire" nogil:
    cdef cppclass Envelope:
        vector[string_view] identities
        Parts parts
        vector[string_view] buffers

    Errc decode(const vector[string_view]&, const Signer&, ReplayWindow*, Envelope&) except +
    void encode(const vector[string_view]&, const Parts&, const Signer&, Signature&,
                vector[string_view]&) except +
