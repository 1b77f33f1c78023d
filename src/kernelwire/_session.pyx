"""Session's methods: messages as dicts to signed frames and back, and through sockets.

Layer 3. Used by: ``session``, which puts these methods over upstream's. The values of the
traits are read where traitlets keeps them, at each call, so nothing here goes stale. Text that
is flat and plain is read and written here; all other text by the session's packer.

Source: Messaging in Jupyter, "The wire protocol"; jupyter_client 8.10, session.py.
"""
cimport cython
from cpython.bytes cimport PyBytes_CheckExact, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from cpython.dict cimport PyDict_CheckExact
from cpython.object cimport PyObject
from libc.stdint cimport int64_t
from libcpp cimport bool as cbool
from libcpp.atomic cimport atomic
from libcpp.memory cimport make_unique, unique_ptr
from libcpp.string_view cimport string_view

from kernelwire cimport _cpp, _header, _socket
from kernelwire._history cimport DigestHistory
from kernelwire._wire cimport _Loan

import pprint

import jupyter_client.session as upstream
import zmq
import zmq.asyncio
from jupyter_client.adapter import adapt
from jupyter_client.jsonutil import extract_dates, json_default
from traitlets.log import get_logger
from zmq.eventloop.zmqstream import ZMQStream

from kernelwire.content import NotJSON
from kernelwire.errors import (
    BadHeader, BadSignature, MissingDelimiter, ReplayedMessage, TruncatedMessage)
from kernelwire.tracker import Tracker

cdef extern from *:
    """
    #include <pthread.h>
    #include <unistd.h>
    static long kernelwire_pid;
    static void kernelwire_note_pid(void) { kernelwire_pid = (long)getpid(); }
    static void kernelwire_watch_pid(void) {
        kernelwire_note_pid();
        pthread_atfork(NULL, NULL, kernelwire_note_pid);
    }
    """
    const long process_id "kernelwire_pid"  # without a system call for each message
    void watch_process_id "kernelwire_watch_pid" ()

cdef extern from "Python.h":
    object PyObject_Vectorcall(
        object callable, PyObject** arguments, size_t count, object names)

watch_process_id()

cdef bytes DELIMITER = upstream.DELIM
cdef bytes EMPTY = b"{}"
cdef object ABSENT = object()
cdef object PROTOCOL_VERSION = upstream.protocol_version
cdef object MESSAGES = (upstream.Message, dict)

# The packers whose text is known, so that parts of it can be written without them.
cdef enum Format:
    FOREIGN
    COMPACT  # as orjson writes it
    SPACED  # as json writes it

cdef object HAS_ORJSON = upstream.has_orjson
cdef object ORJSON_PACKER = upstream.orjson_packer
cdef object ORJSON_UNPACKER = upstream.orjson_unpacker
cdef object JSON_PACKER = upstream.json_packer
cdef object JSON_UNPACKER = upstream.json_unpacker
cdef object ORJSON_DUMPS = upstream.orjson.dumps if HAS_ORJSON else None
cdef object ORJSON_LOADS = upstream.orjson.loads if HAS_ORJSON else None
cdef object ORJSON_OPTION = ORJSON_PACKER.__kwdefaults__["option"] if HAS_ORJSON else None
cdef tuple ORJSON_NAMES = ("default", "option")
cdef object JSON_DEFAULT = json_default

# Parts at least this large together, in bytes, are signed without the GIL.
cdef size_t LONG_TEXT = 65536


cdef class SessionCore:
    """What `Session` has from the core, and the methods that it takes the place of upstream's with.

    Safe in threads, as far as sockets are: one thread may use a socket at a time. Several
    threads may share a session; each message gets an id of its own.
    """

    cdef dict _values  # traitlets' values of this session's traits, by name
    cdef object _signed_by  # the HMAC that _signer does the work of
    cdef unique_ptr[_cpp.Signer] _signer
    cdef atomic[int64_t] _count
    cdef object _named  # session, process id and the beginning of their message ids
    cdef long _named_pid
    cdef str _prefix

    def __cinit__(self, *arguments, **traits):
        self._count.store(0)

    @property
    def message_count(self):
        """How many messages were given an id; the next one gets this number."""
        return self._count.load()

    @message_count.setter
    def message_count(self, int64_t count):
        self._count.store(count)

    @property
    def msg_id(self):
        """A new message id, SESSION_PID_NUMBER; a new one each time it is read."""
        return self.next_id()

    cdef object value(self, str name):
        """A trait's value."""
        if self._values is None:
            self._values = (<object>self)._trait_values
        found = self._values.get(name, ABSENT)
        return getattr(self, name) if found is ABSENT else found  # makes its default

    cdef object next_id(self):
        session = self.value("session")
        cdef object prefix = self._prefix
        if session is not self._named or self._named_pid != process_id:
            prefix = f"{session}_{process_id}_"
            with cython.critical_section(self):
                self._named, self._named_pid, self._prefix = session, process_id, prefix
        return prefix + str(self._count.fetch_add(1))

    def msg_header(self, msg_type):
        """Make a header for a message type, with a new id and the date of this moment."""
        return {
            "msg_id": self.next_id(),
            "msg_type": msg_type,
            "username": self.value("username"),
            "session": self.value("session"),
            "date": _header.now(),
            "version": PROTOCOL_VERSION,
        }

    def msg(self, msg_type, content=None, parent=None, header=None, metadata=None):
        """Make a message as a nested dict.

        Args:
            msg_type: for the header, where none is given.
            content: a dict, kept; empty by default.
            parent: a message, or a header, that this one answers.
            header: kept as it is; by default, a new one.
            metadata: added to the session's.

        Returns:
            A dict of header, msg_id, msg_type, parent_header, content and metadata.

        Raises:
            KeyError: the parent is neither a message nor a header.
        """
        if header is None:
            header = self.msg_header(msg_type)
        cdef dict merged = self.value("metadata").copy()
        if metadata is not None:
            merged.update(metadata)
        return {
            "header": header,
            "msg_id": header["msg_id"],
            "msg_type": header["msg_type"],
            "parent_header": {} if parent is None else header_of(parent),
            "content": {} if content is None else content,
            "metadata": merged,
        }

    def _adopt(self, auth, key):
        """Sign with the core where `auth`, an HMAC-SHA256 with `key`, is asked to."""
        cdef _Loan loan = _Loan.__new__(_Loan)
        with cython.critical_section(self):
            self._signed_by = None
            self._signer = make_unique[_cpp.Signer](loan.borrow(key))
            self._signed_by = auth

    def sign(self, msg_list):
        """Sign the parts of a message.

        Args:
            msg_list: the parts in wire order, objects with a buffer.

        Returns:
            The digest as hex, in bytes; empty where the session has no key.
        """
        auth = self.value("auth")
        if auth is None:
            return b""
        if auth is not self._signed_by:
            digest = auth.copy()
            for part in msg_list:
                digest.update(part)
            return digest.hexdigest().encode()
        return self.digest(list(msg_list))

    cdef bytes digest(self, list parts):
        cdef string_view views[16]
        cdef _Loan loan = _Loan.__new__(_Loan)
        cdef _cpp.Signature signature
        cdef Py_ssize_t count = len(parts)
        cdef size_t size = 0
        if count > 16:  # nobody's message; the signature is over all bytes in a row
            parts = [b"".join(parts)]
            count = 1
        for i in range(count):
            views[i] = loan.borrow(parts[i])
            size += views[i].size()
        with cython.critical_section(self):
            if size < LONG_TEXT:
                signature = self._signer.get().sign(views, <size_t>count)
            else:
                signature = self.digest_unlocked(views, <size_t>count)
        return PyBytes_FromStringAndSize(signature.data(), <Py_ssize_t>signature.size())

    cdef _cpp.Signature digest_unlocked(self, const string_view* views, size_t count):
        cdef unique_ptr[_cpp.Signer] signer = make_unique[_cpp.Signer](self._signer.get()[0])
        cdef _cpp.Signature signature
        with nogil:
            signature = signer.get().sign(views, count)
        return signature

    def serialize(self, msg, ident=None):
        """Pack and sign a message.

        Args:
            msg: as `msg` makes it. Its content may be packed already, bytes or str.
            ident: the routing prefix: bytes, a list of them, or None.

        Returns:
            The frames, a list: identities, delimiter, signature, header, parent header,
            metadata and content. Buffers are the caller's to add.

        Raises:
            TypeError: the content is of another type; or the packer's own error.
        """
        pack = self.value("pack")
        cdef Format form = format_of(pack)
        content = msg.get("content", {})
        if content is None:
            content = self.none
        elif isinstance(content, dict):
            content = packed(content, pack, form)
        elif isinstance(content, str):
            content = content.encode("utf8")
        elif not isinstance(content, bytes):
            raise TypeError(f"Content incorrect type: {type(content)}")
        cdef list parts = [
            packed_header(msg["header"], pack, form),
            packed_header(msg["parent_header"], pack, form),
            packed(msg["metadata"], pack, form),
            content,
        ]
        return self.framed(parts, ident)

    cdef list framed(self, list parts, object ident):
        """Put signed frames together; only the first four of `parts` are signed."""
        cdef list frames
        if ident is None:
            frames = [DELIMITER]
        elif isinstance(ident, list):
            frames = [*ident, DELIMITER]
        else:
            frames = [ident, DELIMITER]
        frames.append(self.sign(parts if len(parts) == 4 else parts[:4]))
        frames.extend(parts)
        return frames

    def send(self, stream, msg_or_type, content=None, parent=None, ident=None, buffers=None,
             track=False, header=None, metadata=None):
        """Make a message and send it, or send one that is there.

        Args:
            stream: a zmq.Socket, a zmq.asyncio.Socket, a ZMQStream, anything with a method
                `send_multipart`; or None, which sends nothing.
            msg_or_type: a message, or the type of a new one.
            content, parent, header, metadata: of a new message; see `msg`.
            ident: the routing prefix; see `serialize`.
            buffers: objects with a contiguous buffer, of any shape. Those of
                `copy_threshold` bytes and more are not copied: they are kept until libzmq
                has sent them, and must not be written to before.
            track: whether the sender wants to know when that is. Of plain sockets only.

        Returns:
            The message, with a `tracker`; where `track` was asked for and anything was not
            copied, that is one to wait for, and else it is done. None in a forked process.

        Raises:
            TypeError: a buffer is none; or see `serialize`.
            ValueError: a buffer is not contiguous.
            zmq.ZMQError: the socket refuses.
        """
        if isinstance(msg_or_type, MESSAGES):
            msg = msg_or_type
            buffers = buffers or msg.get("buffers", [])
        else:
            msg = self.msg(msg_or_type, content, parent, header, metadata)
        if self.value("check_pid") and process_id != self.value("pid"):
            get_logger().warning("WARNING: attempted to send message from fork\n%s", msg)
            return None
        if buffers:
            check_buffers(buffers)
        version = self.value("adapt_version")
        if version:
            msg = adapt(msg, version)
        cdef list frames = self.serialize(msg, ident)
        if buffers:
            frames.extend(buffers)
        tracker = self.sent(stream, frames, bool(track and buffers)) if stream else None
        if self.value("debug"):
            pprint.pprint(msg)
            pprint.pprint(frames)
            pprint.pprint(buffers)
        msg["tracker"] = upstream.DONE if tracker is None else tracker
        return msg

    cdef object sent(self, object stream, list frames, bint track):
        """Send frames; returns a tracker where one is wanted and there is something to track."""
        cdef size_t threshold = max(self.value("copy_threshold"), 0)
        cdef _socket.Loans loans = None
        cdef void* handle
        if _socket.is_plain(stream):
            handle = _socket.handle_of(stream)
            if track:
                loans = _socket.Loans()
            if handle != NULL and _socket.send(handle, frames, threshold, loans):
                if type(stream) is zmq.asyncio.Socket and _socket.has_input(handle):
                    wake_readers(stream)
                return None if loans is None else Tracker.of(loans, frames, threshold)
        return sent_by_methods(stream, frames, threshold, track)

    def send_raw(self, stream, msg_list, flags=0, copy=True, ident=None):
        """Sign and send a message that is packed already.

        Args:
            stream: see `send`.
            msg_list: header, parent header, metadata, content and buffers; the first four
                are signed.
            flags, copy: for the socket's `send_multipart`.
            ident: bytes, or a list of them.
        """
        if isinstance(ident, tuple):
            ident = list(ident)
        frames = self.framed(list(msg_list), ident)
        plain_sync(stream).send_multipart(frames, flags, copy=copy)

    def recv(self, socket, mode=zmq.NOBLOCK, content=True, copy=True):
        """Receive a message.

        Args:
            socket: a zmq.Socket, a zmq.asyncio.Socket or a ZMQStream.
            mode: flags for the socket; 0 waits for a message.
            content: whether the content is unpacked; see `deserialize`.
            copy: of no importance here: large buffers are views of libzmq's memory.

        Returns:
            Identities, a list of bytes, and the message; or None and None where there is no
            message.

        Raises:
            zmq.ZMQError: the socket refuses.
            ProtocolError: see `feed_identities` and `deserialize`.
        """
        if isinstance(socket, ZMQStream):
            socket = socket.socket
        frames = None
        cdef void* handle = NULL
        if _socket.is_plain(socket):
            handle = _socket.handle_of(socket)
            if handle != NULL:
                frames = _socket.recv(handle)
                copy = True if frames is not None else copy
        if frames is None:
            if handle != NULL and mode == zmq.NOBLOCK:
                return None, None
            try:
                frames = plain_sync(socket).recv_multipart(mode, copy=copy)
            except zmq.Again:
                return None, None
        idents, rest = self.feed_identities(frames, copy)
        return idents, self.deserialize(rest, content, copy)

    def feed_identities(self, msg_list, copy=True):
        """Split off the routing prefix.

        Args:
            msg_list: the frames of a whole message: bytes, or zmq.Frames where `copy` is false.

        Returns:
            The identities, a list of bytes, and the frames behind the delimiter, a list.

        Raises:
            MissingDelimiter: there is no delimiter; a ValueError.
        """
        cdef list frames = msg_list if isinstance(msg_list, list) else list(msg_list)
        cdef Py_ssize_t at = 0
        for frame in frames:
            # The length first: comparing is costly where frames are large, or no bytes.
            if len(frame) == 9 and (frame if copy else frame.bytes) == DELIMITER:
                break
            at += 1
        else:
            raise MissingDelimiter(f"none of {len(frames)} frames is the delimiter <IDS|MSG>")
        idents = frames[:at]
        if not copy:
            idents = [bytes(frame.bytes) for frame in idents]
        return idents, frames[at + 1:]

    def deserialize(self, msg_list, content=True, copy=True):
        """Verify a message, and unpack it.

        Args:
            msg_list: signature, header, parent header, metadata, content and buffers: bytes,
                or zmq.Frames where `copy` is false.
            content: whether to unpack the content, and remember the signature. Where false,
                the content stays packed; the signature is checked all the same.

        Returns:
            A dict of header, msg_id, msg_type, parent_header, metadata, content and buffers.
            Dates in the headers are datetimes. Buffers are memoryviews of the frames.

        Raises:
            BadSignature: the signature is wrong, or missing; a ValueError.
            ReplayedMessage: it is right, and was seen before; a ValueError.
            TruncatedMessage: there are fewer than five frames; a TypeError.
            NotJSON: a part is not JSON; a json.JSONDecodeError.
            BadHeader: the header is not what it must be; a KeyError and a TypeError.
        """
        cdef list frames = msg_list if isinstance(msg_list, list) else list(msg_list)
        if not copy:
            frames = [bytes(frame.bytes) for frame in frames[:5]] + frames[5:]
        auth = self.value("auth")
        if auth is not None:
            self.verify(frames, auth, bool(content))
        if len(frames) < 5:
            raise TruncatedMessage(
                f"{len(frames)} frames behind the delimiter, want five at least")
        unpack = self.value("unpack")
        cdef Format form = format_of_unpacker(unpack)
        cdef dict message
        try:
            header = unpacked_header(frames[1], unpack, form)
            message = {
                "header": header,
                "msg_id": header["msg_id"],
                "msg_type": header["msg_type"],
                "parent_header": unpacked_header(frames[2], unpack, form),
                "metadata": unpacked(frames[3], unpack, form),
                "content": unpacked(frames[4], unpack, form) if content else frames[4],
            }
        except KeyError as exc:
            if form == FOREIGN:
                raise
            raise BadHeader(f"the header has no {exc.args[0]}") from None
        except TypeError:
            if form == FOREIGN:
                raise
            raise BadHeader("the header is not a JSON object") from None
        message["buffers"] = [memoryview(frame) for frame in frames[5:]]
        if self.value("debug"):
            pprint.pprint(message)
        return current(message)

    cdef int verify(self, list frames, object auth, bint remember) except -1:
        """Check the signature, parsing nothing; then whether it was seen before."""
        cdef _Loan loan
        cdef string_view views[5]
        cdef Py_ssize_t count = min(len(frames), 5)
        cdef cbool right
        if count == 0:
            raise TruncatedMessage("no frames behind the delimiter, want five at least")
        if not frames[0]:
            raise BadSignature("Unsigned Message: this session has a key, and wants a signature")
        loan = _Loan.__new__(_Loan)
        for i in range(count):
            views[i] = loan.borrow(frames[i])
        if auth is self._signed_by:
            with cython.critical_section(self):
                right = self._signer.get().verify(views + 1, <size_t>(count - 1), views[0])
        else:
            right = upstream.compare_digest(bytes(frames[0]), self.sign(frames[1:5]))
        if not right:
            raise BadSignature(f"Invalid Signature: it is none of ours over these {count} frames")
        cdef DigestHistory history = self.value("digest_history")
        cdef bint fresh
        cdef size_t size = max(self.value("digest_history_size"), 0)
        with cython.critical_section(history):
            if history.window.capacity() != size:
                history.window.resize(size)
            if remember:
                fresh = history.window.insert(views[0])
            else:
                fresh = not history.window.contains(views[0])
        if not fresh:
            raise ReplayedMessage("Duplicate Signature: this message was received before")
        return 0


cdef object header_of(object parent):
    """The header of a message, or of what is a header itself."""
    if not parent:
        return {}
    try:
        header = parent["header"]
    except KeyError:
        parent["msg_id"]
        header = parent
    return header if isinstance(header, dict) else dict(header)


cdef Format format_of(object pack):
    if pack is ORJSON_PACKER and HAS_ORJSON:
        return COMPACT
    return SPACED if pack is JSON_PACKER else FOREIGN


cdef Format format_of_unpacker(object unpack):
    if unpack is ORJSON_UNPACKER and HAS_ORJSON:
        return COMPACT
    return SPACED if unpack is JSON_UNPACKER else FOREIGN


cdef object packed(object part, object pack, Format form):
    """A part as the packer writes it."""
    cdef PyObject* arguments[3]
    if form == FOREIGN:
        return pack(part)
    if PyDict_CheckExact(part) and not part:
        return EMPTY
    if form == SPACED:
        return pack(part)
    arguments[0] = <PyObject*>part
    arguments[1] = <PyObject*>JSON_DEFAULT
    arguments[2] = <PyObject*>ORJSON_OPTION
    try:
        return PyObject_Vectorcall(ORJSON_DUMPS, arguments, 1, ORJSON_NAMES)
    except Exception:
        return JSON_PACKER(part)


cdef object packed_header(object header, object pack, Format form):
    if form != FOREIGN and PyDict_CheckExact(header):
        text = _header.write_header(header, form == SPACED)
        if text is not None:
            return text
    return packed(header, pack, form)


cdef object unpacked(object part, object unpack, Format form):
    """A part as the unpacker reads it."""
    if form == FOREIGN:
        return unpack(part)
    if part == EMPTY:
        return {}
    try:
        if form == COMPACT:
            try:
                return ORJSON_LOADS(part)
            except Exception:
                pass
        return JSON_UNPACKER(part)
    except upstream.json.JSONDecodeError as exc:
        raise NotJSON(exc.msg, exc.doc, exc.pos) from None


cdef object unpacked_header(object part, object unpack, Format form):
    try:
        if form != FOREIGN and PyBytes_CheckExact(part):
            header = _header.read_header(<const char*><bytes>part, PyBytes_GET_SIZE(part))
            if header is not None:
                return header
        return extract_dates(unpacked(part, unpack, form))
    except NotJSON:
        raise
    except ValueError as exc:
        if form == FOREIGN:
            raise
        raise BadHeader(f"a date in the header is none: {exc}") from None


cdef object current(dict message):
    """A message of protocol 4 in the form of 5; others as they are."""
    header = message["header"]
    version = header.get("version")
    if isinstance(version, str) and (<str>version).startswith("5.") and "date" in header:
        return message
    try:
        return adapt(message)
    except (AttributeError, KeyError, TypeError, ValueError) as exc:
        raise BadHeader(f"the message is not one of protocol 4 or 5: {exc}") from exc


cdef int check_buffers(object buffers) except -1:
    for index, buffer in enumerate(buffers):
        if isinstance(buffer, bytes):
            continue
        try:
            view = memoryview(buffer)
        except TypeError as exc:
            raise TypeError("Buffer objects must support the buffer protocol.") from exc
        if not view.contiguous:
            raise ValueError(f"Buffer {index} ({buffer!r}) is not contiguous")
    return 0


cdef object plain_sync(object stream):
    """A socket whose methods do their work at once, over that of an asyncio one."""
    if isinstance(stream, zmq.asyncio.Socket):
        return zmq.Socket.shadow(stream.underlying)
    return stream


cdef int wake_readers(object stream) except -1:
    """Make a socket of asyncio's look for input.

    The call that has sent may have taken the edge that its reader waits for: the descriptor
    is readable once for all that has come in. Reading the events makes it look again.
    """
    stream.get(zmq.EVENTS)
    return 0


cdef object sent_by_methods(object stream, list frames, size_t threshold, bint track):
    """Send frames by the methods of whatever was given; see `SessionCore.sent`."""
    cdef size_t longest = max([memoryview(frame).nbytes for frame in frames])
    cdef bint copy = longest < threshold
    tracker = None
    if track and not copy and isinstance(stream, zmq.Socket):
        tracker = plain_sync(stream).send_multipart(frames, copy=False, track=True)
    else:
        plain_sync(stream).send_multipart(frames, copy=bool(copy))
    if isinstance(stream, zmq.asyncio.Socket):
        wake_readers(stream)
    return tracker
