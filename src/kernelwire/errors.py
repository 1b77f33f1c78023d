"""The exceptions a caller may meet, from the general to the particular.

Layer 0. Depends on nothing of ours; `_wire` and `_host` raise these same classes.
"""

from __future__ import annotations

__all__ = [
    "BadSignature",
    "ConnectionFileError",
    "KernelSpecError",
    "KernelWireError",
    "MalformedMessage",
    "ProtocolError",
    "ReplayedMessage",
    "StdinRefused",
    "TransportError",
]


class KernelWireError(Exception):
    """Base of everything this package raises on purpose."""


class ProtocolError(KernelWireError):
    """The peer sent something that is not a message; drop it and carry on."""


class MalformedMessage(ProtocolError):
    """No delimiter, too few frames, or a part that is not the JSON it must be."""


class BadSignature(ProtocolError):
    """The HMAC does not match: another key, or tampering."""


class ReplayedMessage(ProtocolError):
    """The signature is right and was seen before: somebody sends a message again."""


class ConnectionFileError(KernelWireError):
    """The connection file cannot be read or written, or a field of it is wrong."""


class TransportError(KernelWireError):
    """A socket cannot be opened or bound, or libzmq refuses to send on it."""


class StdinRefused(KernelWireError):
    """Input was asked for, and the frontend of this request has none to give."""


class KernelSpecError(KernelWireError):
    """A kernelspec cannot be installed, removed or found."""
