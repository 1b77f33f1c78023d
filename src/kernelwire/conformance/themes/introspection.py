"""Completion, inspection, and whether code is complete."""

from __future__ import annotations

from kernelwire.conformance.kernel import Kernel
from kernelwire.conformance.messages import Json, Message, one_field
from kernelwire.conformance.rows import Level, NotOffered, Theme, spec, want

__all__ = ["THEME"]

THEME = Theme("introspection", "Completion and inspection")

_COMPLETION = spec("Completion", "completion")
_INSPECTION = spec("Introspection", "introspection")
_CURSOR = spec("cursor_pos and unicode offsets", "cursor-pos-and-unicode-offsets")
_COMPLETE = spec("Code completeness", "code-completeness")

_WHOLE = "conformance_number"  # what `completable` begins


def _completed(kernel: Kernel, code: str, cursor: int) -> Message:
    content = {"code": code, "cursor_pos": cursor}
    return kernel.peer.ask("complete_request", content).ok().reply


def _want_whole_name(reply: Message, start: int, cursor: int) -> None:
    """The name must be among the matches, in the place of what was typed of it."""
    matches = one_field(reply, "matches", list)
    found = (reply.content["cursor_start"], reply.content["cursor_end"])
    # A match may begin further left, as a whole dotted name does.
    fitting = [match for match in matches if match.endswith(_WHOLE)]
    want(fitting, f"matches {matches}", f"{_WHOLE} among them")
    extra = len(fitting[0]) - len(_WHOLE)
    wanted = (start - extra, cursor)
    want(found == wanted, f"cursor_start, cursor_end {found}", f"{wanted}")


@THEME.row("complete-reply", _COMPLETION, Level.OPTIONAL)
def complete_reply(kernel: Kernel) -> None:
    """complete_reply has matches, a list of strings; cursor_start and cursor_end within
    the code; and metadata.
    """
    reply = _completed(kernel, "a", 1)
    matches = one_field(reply, "matches", list)
    strings = all(isinstance(match, str) for match in matches)
    want(strings, f"matches {matches!r}", "a list of strings")
    start = one_field(reply, "cursor_start", int)
    end = one_field(reply, "cursor_end", int)
    want(0 <= start <= end <= 1, f"cursor {start} to {end}", "positions in the code")
    one_field(reply, "metadata", dict)


@THEME.row("complete", _COMPLETION, Level.OPTIONAL, needs="define completable")
def complete(kernel: Kernel) -> None:
    """The beginning of a variable's name is completed, in its place."""
    kernel.peer.execute(kernel.code("define")).ok()
    code = kernel.code("completable")
    _want_whole_name(_completed(kernel, code, len(code)), 0, len(code))


@THEME.row("complete-middle", _COMPLETION, Level.OPTIONAL, needs="define completable")
def complete_middle(kernel: Kernel) -> None:
    """What stands behind the cursor is no part of what is completed."""
    kernel.peer.execute(kernel.code("define")).ok()
    code = kernel.code("completable")
    _want_whole_name(_completed(kernel, code + "\nmore", len(code)), 0, len(code))


@THEME.row("complete-emoji", _CURSOR, Level.OPTIONAL, needs="define completable emoji")
def complete_emoji(kernel: Kernel) -> None:
    """Cursor positions count Unicode code points, also behind an emoji."""
    kernel.peer.execute(kernel.code("define")).ok()
    before, part = kernel.code("emoji"), kernel.code("completable")
    cursor = len(before) + len(part)
    _want_whole_name(_completed(kernel, before + part, cursor), len(before), cursor)


@THEME.row("complete-nothing", _COMPLETION, Level.OPTIONAL)
def complete_nothing(kernel: Kernel) -> None:
    """What cannot be completed has no matches and status ok."""
    code = "conformance_nothing_begins_like_this"
    matches = one_field(_completed(kernel, code, len(code)), "matches", list)
    want(matches == [], f"matches {matches}", "none")


def _inspected(kernel: Kernel, code: str, cursor: int, detail: int = 0) -> Json:
    content = {"code": code, "cursor_pos": cursor, "detail_level": detail}
    reply = kernel.peer.ask("inspect_request", content).ok().reply
    one_field(reply, "found", bool)
    one_field(reply, "data", dict)
    one_field(reply, "metadata", dict)
    return reply.content


@THEME.row("inspect", _INSPECTION, Level.OPTIONAL, needs="inspectable")
def inspect(kernel: Kernel) -> None:
    """inspect_reply has found true, and data with text/plain, for a known name."""
    code = kernel.code("inspectable")
    found = _inspected(kernel, code, len(code))
    if not found["found"]:
        msg = f"the kernel knows nothing about {code}"
        raise NotOffered(msg)
    want("text/plain" in found["data"], f"data {sorted(found['data'])}", "text/plain")


@THEME.row("inspect-detail", _INSPECTION, Level.OPTIONAL, needs="inspectable")
def inspect_detail(kernel: Kernel) -> None:
    """inspect_request with detail_level 1 is answered like one with 0."""
    code = kernel.code("inspectable")
    found = [_inspected(kernel, code, len(code), level)["found"] for level in (0, 1)]
    want(found[0] == found[1], f"found {found[0]} and {found[1]}", "the same")


@THEME.row("inspect-emoji", _CURSOR, Level.OPTIONAL, needs="inspectable emoji")
def inspect_emoji(kernel: Kernel) -> None:
    """The cursor position of an inspection counts code points, too."""
    name = kernel.code("inspectable")
    if not _inspected(kernel, name, len(name))["found"]:
        msg = f"the kernel knows nothing about {name}"
        raise NotOffered(msg)
    before = kernel.code("emoji")
    # At the name's first character: a position counted in another way misses it.
    found = _inspected(kernel, before + name + "\n", len(before) + 1)["found"]
    want(found, "nothing behind an emoji", "what is found without one")


@THEME.row("inspect-nothing", _INSPECTION, Level.OPTIONAL)
def inspect_nothing(kernel: Kernel) -> None:
    """inspect_reply has status ok and found false for an unknown name."""
    code = "conformance_nobody_knows"
    found = _inspected(kernel, code, len(code))
    want(found["found"] is False, f"found {found['found']}", "false")


def _completeness(kernel: Kernel, code: str) -> Json:
    exchange = kernel.peer.ask("is_complete_request", {"code": code})
    content = exchange.reply.content
    status = one_field(exchange.reply, "status", str)
    known = ("complete", "incomplete", "invalid", "unknown")
    want(status in known, f"status {status!r}", " or ".join(known))
    if status != "incomplete":
        want("indent" not in content, f"an indent with {status}", "none")
    return content


@THEME.row("is-complete", _COMPLETE, Level.OPTIONAL)
def is_complete(kernel: Kernel) -> None:
    """is_complete_reply has one of the four statuses, and an indent only where that is
    incomplete.
    """
    _completeness(kernel, "a")


def _want_status(kernel: Kernel, name: str) -> Json:
    content = _completeness(kernel, kernel.code(name))
    if content["status"] == "unknown":
        msg = "the kernel says 'unknown'"
        raise NotOffered(msg)
    status = content["status"]
    want(status == name, f"status {status!r}", f"{name!r}")
    return content


@THEME.row("is-complete-whole", _COMPLETE, Level.OPTIONAL, needs="complete")
def is_complete_whole(kernel: Kernel) -> None:
    """A whole statement is complete."""
    _want_status(kernel, "complete")


@THEME.row("is-complete-part", _COMPLETE, Level.OPTIONAL, needs="incomplete")
def is_complete_part(kernel: Kernel) -> None:
    """A part of a statement is incomplete, with the indent of the next line."""
    indent = _want_status(kernel, "incomplete").get("indent")
    want(isinstance(indent, str), f"indent {indent!r}", "a string")


@THEME.row("is-complete-invalid", _COMPLETE, Level.OPTIONAL, needs="invalid")
def is_complete_invalid(kernel: Kernel) -> None:
    """What no further line can make a statement is invalid."""
    _want_status(kernel, "invalid")
