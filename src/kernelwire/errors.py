"""The exceptions a caller may meet, from the general to the particular.

Layer 0. Depends on nothing of ours; `_wire` and `_host` raise these same classes.
"""

from __future__ import annotations

__all__ = [
    "BadHeader",
    "BadSignature",
    "ConnectionFileError",
    "KernelEnded",
    "KernelSilent",
    "KernelSpecError",
    "KernelWireError",
    "LaunchError",
    "MalformedMessage",
    "MissingDelimiter",
    "ProtocolError",
    "ReplayedMessage",
    "StdinRefused",
    "TransportError",
    "TruncatedMessage",
]


class KernelWireError(Exception):
    """Base of everything this package raises on purpose."""


class ProtocolError(KernelWireError):
    """The peer sent something that is not a message; drop it and carry on."""


class MalformedMessage(ProtocolError):
    """No delimiter, too few frames, or a part that is not the JSON it must be."""


# What Session raises is, besides, what jupyter_client's Session raises in its place.


class MissingDelimiter(MalformedMessage, ValueError):
    """None of the frames is `<IDS|MSG>`, so where the message begins is unknown."""


class TruncatedMessage(MalformedMessage, TypeError, IndexError):
    """Fewer frames than a signature and four parts follow the delimiter."""


class BadHeader(MalformedMessage, KeyError, TypeError, ValueError, AttributeError):
    """A header is not an object, or lacks a field, or has one of the wrong type."""

    def __str__(self) -> str:
        return Exception.__str__(self)  # and not KeyError's, which quotes it


class BadSignature(ProtocolError, ValueError):
    """The HMAC does not match: another key, or tampering; or there is none."""


class ReplayedMessage(ProtocolError, ValueError):
    """The signature is right and was seen before: somebody sends a message again."""


class ConnectionFileError(KernelWireError):
    """The connection file cannot be read or written, or a field of it is wrong."""


class TransportError(KernelWireError):
    """A socket cannot be opened or bound, or libzmq refuses to send on it."""


class StdinRefused(KernelWireError):
    """Input was asked for, and the frontend of this request has none to give."""


class KernelSpecError(KernelWireError):
    """A kernelspec cannot be installed, removed or found."""


class LaunchError(KernelWireError):
    """A kernel cannot be started; the text names its program and the system's reason."""


class KernelSilent(KernelWireError, TimeoutError):
    """A kernel has not answered in time; it may do so yet."""


class KernelEnded(KernelWireError):
    """A kernel has ended, or was started anew, before it was done with a request."""
