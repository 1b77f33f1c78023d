"""Arrays and tables in a message's content, sent as its buffers.

Layer 1. Depends on `errors`; on numpy and pyarrow when there is something for them to do.
Used by applications, with any Session. `docs/buffers.md` describes the placeholders, so
that other languages can read them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kernelwire.buffers.packing import Packer
from kernelwire.buffers.unpacking import Unpacker
from kernelwire.errors import MalformedMessage

__all__ = ["pack", "unpack"]


def pack(content: Any, *, pickle: bool = False) -> tuple[Any, list[memoryview]]:
    """Take arrays, tables and bytes out of `content`, and leave placeholders.

    Args:
        content: dicts, lists and tuples, nested up to 254 levels deep; not changed. What
            has no array in it is in the result as it is, not copied.
        pickle: pickle what is neither JSON nor an array, instead of leaving it alone.

    Returns:
        The content to send, and the buffers to send with it, in the order of their
        placeholders. They are flat, contiguous and borrowed: each keeps its object alive,
        and nobody may write to that object until the message has been sent.

    Raises:
        TypeError: an array that cannot be sent as it is; the message says what to do.
        ValueError: `content` contains itself, or nests too deep.
        ImportError: a table, and no pyarrow; a tensor, and no numpy.
    """
    packer = Packer(pickle=pickle)
    return packer.walk(content), packer.frames


def unpack(content: Any, frames: Sequence[Any], *, pickle: bool = False) -> Any:
    """Put what was sent in the places of its placeholders.

    Args:
        content: as received; not changed.
        frames: the buffers as received, in order; bytes, memoryviews or zmq.Frames. The
            result borrows them: it is made of read-only views that keep them alive.
            Frames that no placeholder names are left alone.
        pickle: load pickles, which can run any code. Only for content whose signature
            was verified, from a peer who may run code here anyway.

    Raises:
        MalformedMessage: a placeholder is not one, does not fit its buffer, or is a
            pickle and `pickle` is false.
        TypeError: one of `frames` has no contiguous buffer.
        ImportError: an array, and no numpy; a table, and no pyarrow.
    """
    unpacker = Unpacker(frames, pickle=pickle)
    try:
        return unpacker.walk(content)
    except RecursionError as error:  # below the limit, but the caller's stack is deep
        msg = "content nests deeper than the stack has room for"
        raise MalformedMessage(msg) from error
