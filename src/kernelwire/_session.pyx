"""Session's methods: messages as dicts to signed frames and back, and through sockets.

Layer 3. Used by: ``session``, which puts these methods over upstream's. The values of the
traits are read where traitlets keeps them, at each call, so nothing here goes stale. Text that
is flat and plain is read and written here; all other text by the session's packer.

Source: Messaging in Jupyter, "The wire protocol"; jupyter_client 8.10, session.py.
"""
cimport cython
from cpython.dict cimport PyDict_CheckExact, PyDict_Copy
from cpython.object cimport PyObject
from libc.stdint cimport int64_t
from libcpp.atomic cimport atomic

from kernelwire cimport _flat, _parts, _stream
from kernelwire._cpp cimport process_id
from kernelwire._history cimport DigestHistory
from kernelwire._parts cimport FOREIGN, Format
from kernelwire._signing cimport KeySigner

import pprint

import jupyter_client.session as upstream
import zmq
from jupyter_client.adapter import adapt
from traitlets.log import get_logger

from kernelwire.errors import (
    BadHeader, BadSignature, MissingDelimiter, ReplayedMessage, TruncatedMessage)

cdef extern from "dict_find.hpp":
    PyObject* dict_find(dict, object key) noexcept

cdef extern from *:
    """static inline PyObject* kernelwire_take(PyObject* reference) { return reference; }"""
    object take_reference "kernelwire_take" (PyObject*)

process_id()  # watches for forks from now on

cdef bytes DELIMITER = upstream.DELIM
cdef dict NOTHING = {}
cdef object MESSAGES = (upstream.Message, dict)
cdef object NOBLOCK = zmq.NOBLOCK
cdef object Frame = zmq.Frame
cdef object DONE = upstream.DONE

# What new messages are copies of: dicts that have the room, and the keys in upstream's order.
cdef dict HEADER = dict.fromkeys(
    ("msg_id", "msg_type", "username", "session", "date"), None) | {
        "version": upstream.protocol_version}
cdef dict MESSAGE = dict.fromkeys(
    ("header", "msg_id", "msg_type", "parent_header", "content", "metadata"), None)
cdef dict RECEIVED = dict.fromkeys(
    ("header", "msg_id", "msg_type", "parent_header", "metadata", "content", "buffers"), None)

# What is called within this module, and a subclass may want to take over.
cdef tuple STEPS = ("msg_id", "msg_header", "sign")


cdef class SessionCore:
    """What `Session` has from the core: its methods that are on the way of a message.

    Safe in threads, as far as sockets are: one thread may use a socket at a time. Several
    threads may share a session; each message gets an id of its own.
    """

    cdef dict _values  # traitlets' values of this session's traits, by name
    cdef KeySigner _signer  # or None; it counts where its HMAC is the session's
    cdef atomic[int64_t] _count
    cdef bint _own_steps  # whether no subclass has taken over one of STEPS
    cdef object _named  # session, username and process id, and what has been made of them:
    cdef object _named_user
    cdef long _named_pid
    cdef str _prefix  # of message ids
    cdef dict _header  # to be copied

    def __cinit__(self, *arguments, **traits):
        self._count.store(0)
        own = type(self)
        self._own_steps = all([
            getattr(own, step) is getattr(SessionCore, step) for step in STEPS])

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
        cdef PyObject* found = dict_find(self._values, name)
        return getattr(self, name) if found == NULL else take_reference(found)

    cdef int name(self) except -1:
        """See to it that what begins ids and headers is of this moment."""
        session, username = self.value("session"), self.value("username")
        cdef long pid = process_id()
        with cython.critical_section(self):
            if (session is self._named and username is self._named_user
                    and pid == self._named_pid):
                return 0
            self._prefix = f"{session}_{pid}_"
            self._header = PyDict_Copy(HEADER)
            self._header["username"] = username
            self._header["session"] = session
            self._named, self._named_user, self._named_pid = session, username, pid
        return 0

    cdef str next_id(self):
        cdef str prefix
        self.name()
        with cython.critical_section(self):
            prefix = self._prefix
        return _flat.numbered(prefix, self._count.fetch_add(1))

    def msg_header(self, msg_type):
        """Make a header for a message type, with a new id and the date of this moment."""
        self.name()
        return self.new_header(self.next_id() if self._own_steps else self.msg_id, msg_type)

    cdef dict new_header(self, object msg_id, object msg_type):
        """A header with the names of the last call of `name`."""
        cdef dict header
        with cython.critical_section(self):
            header = self._header
        header = PyDict_Copy(header)
        header["msg_id"] = msg_id
        header["msg_type"] = msg_type
        header["date"] = _flat.now()
        return header

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
        if header is None and self._own_steps:
            msg_id = self.next_id()
            header = self.new_header(msg_id, msg_type)
        else:
            if header is None:
                header = self.msg_header(msg_type)
            msg_id, msg_type = header["msg_id"], header["msg_type"]
        own = self.value("metadata")
        merged = own.copy() if own else {}
        if metadata:
            merged.update(metadata)
        cdef dict message = PyDict_Copy(MESSAGE)
        message["header"] = header
        message["msg_id"] = msg_id
        message["msg_type"] = msg_type
        message["parent_header"] = {} if parent is None else header_of(parent)
        message["content"] = {} if content is None else content
        message["metadata"] = merged
        return message

    def _adopt(self, signer):
        """Sign with `signer`, a KeySigner, wherever its HMAC is asked to."""
        with cython.critical_section(self):
            self._signer = signer

    cdef KeySigner signer_of(self, object auth):
        """The core's signer in the place of an HMAC; None where it cannot take it."""
        cdef KeySigner signer
        with cython.critical_section(self):
            signer = self._signer
        return signer if signer is not None and signer.hmac is auth else None

    def sign(self, msg_list):
        """Sign the parts of a message.

        Args:
            msg_list: the parts in wire order, objects with a buffer.

        Returns:
            The digest as hex, in bytes; empty where the session has no key.
        """
        cdef list parts = msg_list if isinstance(msg_list, list) else list(msg_list)
        return self.signature_of(parts, 0, len(parts))

    cdef object signature_of(self, list frames, Py_ssize_t first, Py_ssize_t stop):
        """Sign `frames[first:stop]`."""
        auth = self.value("auth")
        if auth is None:
            return b""
        cdef KeySigner signer = self.signer_of(auth)
        if signer is not None:
            return signer.sign(frames, first, stop)
        digest = auth.copy()
        for part in frames[first:stop]:
            digest.update(part)
        return digest.hexdigest().encode()

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
        cdef Format form = _parts.format_of_packer(pack)
        content = (<dict>msg).get("content", NOTHING) if PyDict_CheckExact(msg) else msg.get(
            "content", NOTHING)
        if isinstance(content, dict):
            content = _parts.packed_flat(content, pack, form)
        elif content is None:
            content = self.none
        elif isinstance(content, str):
            content = content.encode("utf8")
        elif not isinstance(content, bytes):
            raise TypeError(f"Content incorrect type: {type(content)}")
        return self.signed([
            DELIMITER,
            None,
            _parts.packed_flat(msg["header"], pack, form),
            _parts.packed_flat(msg["parent_header"], pack, form),
            _parts.packed_flat(msg["metadata"], pack, form),
            content,
        ], ident)

    cdef list signed(self, list frames, object ident):
        """Sign a message's frames, delimiter first, and put the routing prefix before them.

        The second frame becomes the signature of the four that follow it.
        """
        frames[1] = self.signature_of(frames, 2, min(len(frames), 6)) if self._own_steps else (
            self.sign(frames[2:6]))
        if ident is None:
            return frames
        return [*ident, *frames] if isinstance(ident, list) else [ident, *frames]

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
        if not isinstance(msg_or_type, str) and isinstance(msg_or_type, MESSAGES):
            msg = msg_or_type
            buffers = buffers or msg.get("buffers", [])
        else:
            msg = self.msg(msg_or_type, content, parent, header, metadata)
        if self.value("check_pid") and process_id() != self.value("pid"):
            get_logger().warning("WARNING: attempted to send message from fork\n%s", msg)
            return None
        if buffers:
            _stream.check_buffers(buffers)
        version = self.value("adapt_version")
        if version:
            msg = adapt(msg, version)
        cdef list frames = self.serialize(msg, ident)
        if buffers:
            frames.extend(buffers)
        tracker = None
        if stream:
            threshold = max(self.value("copy_threshold"), 0)
            tracker = _stream.send(stream, frames, threshold, bool(track and buffers))
        if self.value("debug"):
            pprint.pprint(msg)
            pprint.pprint(frames)
            pprint.pprint(buffers)
        msg["tracker"] = DONE if tracker is None else tracker
        return msg

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
        frames = self.signed([DELIMITER, None, *msg_list], ident)
        _stream.plain_sync(stream).send_multipart(frames, flags, copy=copy)

    def recv(self, socket, mode=NOBLOCK, content=True, copy=True):
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
        cdef list frames = _stream.recv(socket, mode, copy)
        if frames is None:
            return None, None
        copy = not isinstance(frames[0], Frame)  # all are of a kind
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
        if auth is not None and frames:
            self.verify(frames, auth, bool(content))
        if len(frames) < 5:
            raise TruncatedMessage(
                f"{len(frames)} frames behind the delimiter, want five at least")
        unpack = self.value("unpack")
        cdef Format form = _parts.format_of_unpacker(unpack)
        cdef dict message = PyDict_Copy(RECEIVED)
        try:
            header = _parts.unpacked_flat(frames[1], unpack, form, True)
            message["header"] = header
            message["msg_id"] = header["msg_id"]
            message["msg_type"] = header["msg_type"]
            message["parent_header"] = _parts.unpacked_flat(frames[2], unpack, form, True)
            message["metadata"] = _parts.unpacked_flat(frames[3], unpack, form, False)
            message["content"] = (
                _parts.unpacked(frames[4], unpack, form) if content else frames[4])
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
        signature = frames[0]
        if not signature:
            raise BadSignature("Unsigned Message: this session has a key, and wants a signature")
        cdef KeySigner signer = self.signer_of(auth)
        if signer is not None and self._own_steps:
            right = signer.verify(frames)
        else:
            right = upstream.compare_digest(bytes(signature), self.sign(frames[1:5]))
        if not right:
            raise BadSignature(
                f"Invalid Signature: it is none of ours over these {min(len(frames), 5)} frames")
        cdef DigestHistory history = self.value("digest_history")
        if not history.take(signature, max(self.value("digest_history_size"), 0), remember):
            raise ReplayedMessage("Duplicate Signature: this message was received before")
        return 0


cdef object header_of(object parent):
    """The header of a message, or of what is a header itself."""
    if not parent:
        return {}
    # Asked first: a KeyError that is raised and caught costs as much as all the rest.
    if "header" in parent:
        header = parent["header"]
    else:
        parent["msg_id"]
        header = parent
    return header if isinstance(header, dict) else dict(header)


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
