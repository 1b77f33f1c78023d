"""Parts of messages as packed text and as objects, by a session's packer and unpacker.

Layer 2. Used by: ``_session``. With orjson and json, flat and empty parts are read and
written here, to the same text; all else is theirs, and so is everything with other packers.

Source: jupyter_client 8.10, session.py, its packers.
"""
from cpython.bytes cimport PyBytes_CheckExact, PyBytes_GET_SIZE
from cpython.dict cimport PyDict_CheckExact
from cpython.object cimport PyObject

from kernelwire cimport _flat

import jupyter_client.session as upstream
from jupyter_client.jsonutil import extract_dates, json_default

from kernelwire.content import NotJSON
from kernelwire.errors import BadHeader

cdef extern from "Python.h":
    object PyObject_Vectorcall(
        object callable, PyObject** arguments, size_t count, object names)

cdef bytes EMPTY = b"{}"

cdef bint HAS_ORJSON = upstream.has_orjson
cdef object ORJSON_PACKER = upstream.orjson_packer
cdef object ORJSON_UNPACKER = upstream.orjson_unpacker
cdef object JSON_PACKER = upstream.json_packer
cdef object JSON_UNPACKER = upstream.json_unpacker
cdef object ORJSON_DUMPS = upstream.orjson.dumps if HAS_ORJSON else None
cdef object ORJSON_LOADS = upstream.orjson.loads if HAS_ORJSON else None
cdef object ORJSON_OPTION = ORJSON_PACKER.__kwdefaults__["option"] if HAS_ORJSON else None
cdef tuple ORJSON_NAMES = ("default", "option")
cdef object JSON_DEFAULT = json_default
cdef object JSONDecodeError = upstream.json.JSONDecodeError


cdef Format format_of_packer(object pack):
    if HAS_ORJSON and pack is ORJSON_PACKER:
        return COMPACT
    return SPACED if pack is JSON_PACKER else FOREIGN


cdef Format format_of_unpacker(object unpack):
    if HAS_ORJSON and unpack is ORJSON_UNPACKER:
        return COMPACT
    return SPACED if unpack is JSON_UNPACKER else FOREIGN


cdef object packed(object part, object pack, Format form):
    """A part as the packer writes it.

    Raises:
        TypeError, ValueError: the part has no JSON form; or what the packer raises.
    """
    cdef PyObject* arguments[3]
    if form == FOREIGN:
        return pack(part)
    if PyDict_CheckExact(part) and not <dict>part:
        return EMPTY
    if form == SPACED:
        return pack(part)
    # What the packer does, with the call to it saved.
    arguments[0] = <PyObject*>part
    arguments[1] = <PyObject*>JSON_DEFAULT
    arguments[2] = <PyObject*>ORJSON_OPTION
    try:
        return PyObject_Vectorcall(ORJSON_DUMPS, arguments, 1, ORJSON_NAMES)
    except Exception:
        return JSON_PACKER(part)


cdef object packed_flat(object part, object pack, Format form):
    """A part that may be flat, as headers are; others as `packed`."""
    if form != FOREIGN and PyDict_CheckExact(part):
        text = _flat.write(<dict>part, form == SPACED)
        if text is not None:
            return text
    return packed(part, pack, form)


cdef object unpacked(object part, object unpack, Format form):
    """A part as the unpacker reads it.

    Raises:
        NotJSON: it is not JSON; with a foreign unpacker, what that raises.
    """
    if form == FOREIGN:
        return unpack(part)
    if PyBytes_CheckExact(part) and PyBytes_GET_SIZE(part) == 2 and <bytes>part == EMPTY:
        return {}
    try:
        if form == COMPACT:
            try:
                return ORJSON_LOADS(part)
            except Exception:
                pass  # json takes more, such as NaN and broken UTF-8
        return JSON_UNPACKER(part)
    except JSONDecodeError as exc:
        raise NotJSON(exc.msg, exc.doc, exc.pos) from None


cdef object unpacked_flat(object part, object unpack, Format form, bint dates):
    """A part that may be flat, as headers are; others as `unpacked`.

    Args:
        dates: whether strings that are dates become datetimes, as a header's do.

    Raises:
        BadHeader: a date in it is none, such as one of month 13; or see `unpacked`.
    """
    try:
        if form != FOREIGN and PyBytes_CheckExact(part):
            flat = _flat.read(<const char*><bytes>part, PyBytes_GET_SIZE(part), dates)
            if flat is not None:
                return flat
        found = unpacked(part, unpack, form)
        return extract_dates(found) if dates else found
    except NotJSON:
        raise
    except ValueError as exc:
        if form == FOREIGN:
            raise
        raise BadHeader(f"a date in the header is none: {exc}") from None
