"""Flat objects between Python dicts and JSON text, dates included, in one pass each.

Layer 1. Used by: ``_parts``, ``_session``. A header is a flat object of short strings and one
date, and every message carries two. What is not of that kind is left to the JSON library: the
functions return None then. The text is the one that orjson, or ``json``, would write.
"""
cimport cpython.datetime as dt
cimport cython
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize
from cpython.dict cimport PyDict_Next, PyDict_SetItem
from cpython.object cimport PyObject
from libc.stdint cimport int64_t, uint64_t
from libc.string cimport memcmp, memcpy
from libcpp.string_view cimport string_view

from kernelwire cimport _cpp

import dateutil.tz
from jupyter_client.jsonutil import parse_date

cdef extern from "Python.h":
    bint PyUnicode_CheckExact(object)
    bint PyUnicode_IS_COMPACT_ASCII(object)
    Py_ssize_t PyUnicode_GET_LENGTH(object)
    void* PyUnicode_DATA(object)
    object PyUnicode_New(Py_ssize_t size, Py_UCS4 maxchar)
    bint PyLong_CheckExact(object)
    long long PyLong_AsLongLongAndOverflow(object, int* overflow) noexcept

dt.import_datetime()

cdef object ZERO = dt.get_utc()
# What jupyter_client's dates are given by dateutil's parser.
cdef object UTC = dateutil.tz.UTC

# The longest text that is written here, in bytes; and how much of it a quote and a separator
# may take without asking.
cdef enum:
    LIMIT = 2048
    MARGIN = 8

# The keys of headers, in the order that they have there.
cdef tuple KNOWN_KEYS = (
    "msg_id", "msg_type", "username", "session", "date", "version", "subshell_id")

cdef enum:
    KEYS = 7
    KEY_ROOM = 16


cdef struct KeyText:
    char data[KEY_ROOM]  # quoted, with a colon and a blank behind it
    Py_ssize_t size  # without the blank


cdef KeyText key_texts[KEYS]
for i, known in enumerate(KNOWN_KEYS):
    quoted = f'"{known}": '.encode()
    key_texts[i].size = len(quoted) - 1
    memcpy(&key_texts[i].data[0], PyBytes_AS_STRING(quoted), <size_t>len(quoted))


@cython.cdivision(True)
cdef str numbered(str prefix, int64_t number):
    """`prefix` with a number, not negative, behind it, made in one piece."""
    cdef char digits[20]
    cdef Py_ssize_t i
    cdef Py_ssize_t count = 0
    cdef Py_ssize_t size = PyUnicode_GET_LENGTH(prefix)
    cdef char* out
    if not PyUnicode_IS_COMPACT_ASCII(prefix) or number < 0:
        return prefix + str(number)
    while count == 0 or number > 0:
        digits[count] = <char>(c"0" + number % 10)
        number //= 10
        count += 1
    text = PyUnicode_New(size + count, 127)
    out = <char*>PyUnicode_DATA(text)
    memcpy(out, PyUnicode_DATA(prefix), <size_t>size)
    for i in range(count):
        out[size + i] = digits[count - 1 - i]
    return text


cdef object now():
    """This moment in UTC, as ``datetime.now(timezone.utc)``."""
    return date_of(_cpp.calendar_now(), ZERO)


cdef inline object date_of(_cpp.CalendarTime time, object zone):
    return dt.datetime_new(time.year, time.month, time.day, time.hour, time.minute,
                           time.second, time.microsecond, zone)


cdef bytes write(dict flat, bint spaced):
    """Write an object of ASCII strings, UTC dates, integers, booleans and nulls.

    Args:
        flat: not changed.
        spaced: with a blank after each comma and colon, as ``json`` writes, or without, as
            orjson does.

    Returns:
        The JSON text; None where the object holds anything else, or is long.
    """
    cdef char text[LIMIT]
    cdef char* end
    if not flat:
        return b"{}"
    with cython.critical_section(flat):  # what PyDict_Next gives is borrowed
        end = write_members(flat, spaced, text, text + LIMIT - MARGIN)
    return None if end == NULL else PyBytes_FromStringAndSize(text, end - text)


# The functions below return where what they have written ends, or NULL where it cannot be
# written here, or would end behind `end`.


cdef char* write_members(dict flat, bint spaced, char* text, const char* end) noexcept:
    cdef char* out = text
    cdef PyObject* key
    cdef PyObject* value
    cdef Py_ssize_t position = 0
    cdef Py_ssize_t written = 0
    out[0] = c"{"
    out += 1
    while PyDict_Next(flat, &position, &key, &value):
        if written > 0:
            out = separator(out, c",", spaced)
        out = write_key(<object>key, written, spaced, out, end)
        if out == NULL:
            return NULL
        out = write_value(<object>value, out, end)
        if out == NULL:
            return NULL
        written += 1
    out[0] = c"}"
    return out + 1


cdef inline char* write_key(
        object key, Py_ssize_t place, bint spaced, char* out, const char* end) noexcept:
    """Write a key and its colon; a header's keys, in their places, are at hand as text."""
    if place < KEYS and key is KNOWN_KEYS[place] and end - out >= KEY_ROOM:
        memcpy(out, &key_texts[place].data[0], KEY_ROOM)
        return out + key_texts[place].size + spaced
    if not PyUnicode_CheckExact(key):
        return NULL
    out = write_text(key, out, end)
    if out == NULL:
        return NULL
    return separator(out, c":", spaced)


cdef inline char* separator(char* out, char mark, bint spaced) noexcept:
    out[0] = mark
    out[1] = c" "
    return out + (2 if spaced else 1)


cdef char* write_value(object value, char* out, const char* end) noexcept:
    if PyUnicode_CheckExact(value):
        return write_text(value, out, end)
    if dt.PyDateTime_CheckExact(value):
        return write_date(value, out, end)
    if value is None:
        return write_bytes(b"null", 4, out, end)
    if value is True:
        return write_bytes(b"true", 4, out, end)
    if value is False:
        return write_bytes(b"false", 5, out, end)
    return write_integer(value, out, end) if PyLong_CheckExact(value) else NULL


cdef inline char* write_bytes(
        const char* data, Py_ssize_t size, char* out, const char* end) noexcept:
    if end - out < size:
        return NULL
    memcpy(out, data, <size_t>size)
    return out + size


cdef inline char* write_text(object text, char* out, const char* end) noexcept:
    """Write a string of ASCII, quoted and escaped."""
    if not PyUnicode_IS_COMPACT_ASCII(text):
        return NULL
    cdef const char* data = <const char*>PyUnicode_DATA(text)
    cdef Py_ssize_t left = PyUnicode_GET_LENGTH(text)
    cdef Py_ssize_t plain
    out[0] = c'"'
    out += 1
    while True:
        if end - out < left:
            return NULL
        plain = <Py_ssize_t>_cpp.copy_plain(string_view(data, <size_t>left), out)
        out += plain
        data += plain
        left -= plain
        if left == 0:
            break
        out = write_escape(data[0], out, end)
        if out == NULL:
            return NULL
        data += 1
        left -= 1
    out[0] = c'"'
    return out + 1


cdef char* write_escape(char c, char* out, const char* end) noexcept:
    """Write what is not plain, as orjson and json both do."""
    cdef char short = 0
    if c == 0x7f:  # not plain to other writers, and to these two it is
        return write_bytes(&c, 1, out, end)
    if c == c'"' or c == c"\\":
        short = c
    elif c == c"\n":
        short = c"n"
    elif c == c"\t":
        short = c"t"
    elif c == c"\r":
        short = c"r"
    elif c == c"\b":
        short = c"b"
    elif c == c"\f":
        short = c"f"
    if end - out < 6:
        return NULL
    out[0] = c"\\"
    if short:
        out[1] = short
        return out + 2
    memcpy(out + 1, b"u00", 3)
    out[4] = c"0" + (c >> 4)
    out[5] = b"0123456789abcdef"[c & 15]
    return out + 6


@cython.cdivision(True)
cdef char* write_integer(object value, char* out, const char* end) noexcept:
    cdef char digits[20]
    cdef int count = 0
    cdef int overflow = 0
    cdef long long number = PyLong_AsLongLongAndOverflow(value, &overflow)
    cdef uint64_t left = <uint64_t>number
    if overflow or end - out < 21:
        return NULL
    if number < 0:
        out[0] = c"-"
        out += 1
        left = 0 - left
    while count == 0 or left > 0:
        digits[count] = <char>(c"0" + left % 10)
        left //= 10
        count += 1
    while count > 0:
        count -= 1
        out[0] = digits[count]
        out += 1
    return out


cdef inline char* write_date(object date, char* out, const char* end) noexcept:
    """Write a date in UTC."""
    cdef object zone = dt.datetime_tzinfo(date)
    cdef _cpp.CalendarTime time
    if not (zone is ZERO or zone is UTC) or end - out < <Py_ssize_t>_cpp.date_size:
        return NULL
    time.year = dt.datetime_year(date)
    time.month = dt.datetime_month(date)
    time.day = dt.datetime_day(date)
    time.hour = dt.datetime_hour(date)
    time.minute = dt.datetime_minute(date)
    time.second = dt.datetime_second(date)
    time.microsecond = dt.datetime_microsecond(date)
    out[0] = c'"'
    out += 1 + _cpp.write_date(time, _cpp.Fraction.unless_zero, out + 1)
    out[0] = c'"'
    return out + 1


cdef dict read(const char* text, Py_ssize_t size, bint dates):
    """Read an object of plain strings.

    Args:
        text, size: borrowed for the call.
        dates: whether strings that are dates become datetimes.

    Returns:
        A new dict; None where it is anything else, and that includes what is not
        JSON.

    Raises:
        ValueError: a string has the form of a date and is none, such as one of month 13.
    """
    cdef const char* end = text + size
    cdef const char* at = skip_blanks(text, end)
    cdef dict flat = {}
    cdef string_view word
    cdef object key
    if at == end or at[0] != c"{":
        return None
    at = skip_blanks(at + 1, end)
    if at != end and at[0] == c"}":
        return flat if skip_blanks(at + 1, end) == end else None
    while True:
        at = read_word(at, end, &word)
        if at == NULL:
            return None
        key = key_of(word)
        at = skip_blanks(at, end)
        if at == end or at[0] != c":":
            return None
        at = read_word(skip_blanks(at + 1, end), end, &word)
        if at == NULL:
            return None
        PyDict_SetItem(flat, key, date_or_text_of(word) if dates else text_of(word))
        at = skip_blanks(at, end)
        if at == end:
            return None
        if at[0] == c"}":
            return flat if skip_blanks(at + 1, end) == end else None
        if at[0] != c",":
            return None
        at = skip_blanks(at + 1, end)


cdef inline const char* skip_blanks(const char* at, const char* end) noexcept:
    while at != end and (at[0] == c" " or at[0] == c"\n" or at[0] == c"\t" or at[0] == c"\r"):
        at += 1
    return at


cdef inline const char* read_word(const char* at, const char* end, string_view* word) noexcept:
    """Read a string; returns where it ends, or NULL where it is not plain or not a string."""
    if at == end or at[0] != c'"':
        return NULL
    at += 1
    word[0] = string_view(at, _cpp.plain_prefix(string_view(at, <size_t>(end - at))))
    at += word.size()
    return at + 1 if at != end and at[0] == c'"' else NULL


cdef inline object text_of(string_view word):
    text = PyUnicode_New(<Py_ssize_t>word.size(), 127)
    memcpy(PyUnicode_DATA(text), word.data(), word.size())
    return text


cdef object key_of(string_view word):
    """A key as a string: the one that is there already, where it is one of the usual."""
    for key in KNOWN_KEYS:
        if (<size_t>PyUnicode_GET_LENGTH(key) == word.size()
                and memcmp(PyUnicode_DATA(key), word.data(), word.size()) == 0):
            return key
    return text_of(word)


cdef object date_or_text_of(string_view word):
    """A value as a string or, where it is a date, as a datetime."""
    cdef _cpp.CalendarTime time
    cdef _cpp.DateText kind = _cpp.read_date(word, time)
    if kind == _cpp.DateText.utc:
        return date_of(time, UTC)
    text = text_of(word)
    return text if kind == _cpp.DateText.none else parse_date(text)
