"""kernel_info: what a kernel says about itself, on shell and on control."""

from __future__ import annotations

import re

from kernelwire.conformance.kernel import Kernel
from kernelwire.conformance.messages import Json, one_field
from kernelwire.conformance.rows import (
    Level,
    NotOffered,
    Theme,
    jep,
    practice,
    spec,
    want,
)

__all__ = ["THEME"]

THEME = Theme("info", "kernel_info and connect")

_INFO = spec("Kernel info", "kernel-info")
_VERSION = re.compile(r"5\.\d+(\.\d+)?")
_USAGE = practice(
    "jupyter-resource-usage", "https://github.com/jupyter-server/jupyter-resource-usage"
)


def _info(kernel: Kernel) -> Json:
    return kernel.peer.send("shell", "kernel_info_request").ok().reply.content


@THEME.row("shell", _INFO)
def shell(kernel: Kernel) -> None:
    """kernel_info_request on shell gets a reply with status ok and the fields of the
    specification: implementation, its version, banner and language_info.
    """
    reply = kernel.peer.send("shell", "kernel_info_request").ok().reply
    for name in ("implementation", "implementation_version", "banner"):
        one_field(reply, name, str)
    one_field(reply, "language_info", dict)


@THEME.row("protocol-version", _INFO)
def protocol_version(kernel: Kernel) -> None:
    """protocol_version is a string X.Y or X.Y.Z of major version 5."""
    reply = kernel.peer.send("shell", "kernel_info_request").ok().reply
    version = one_field(reply, "protocol_version", str)
    want(_VERSION.fullmatch(version), f"protocol_version {version!r}", "5.Y or 5.Y.Z")


@THEME.row("language", _INFO)
def language(kernel: Kernel) -> None:
    """language_info has name, version, mimetype and file_extension, all strings; the
    name is not empty, and the extension begins with a dot.
    """
    info = _info(kernel)["language_info"]
    for name in ("name", "version", "mimetype", "file_extension"):
        found = f"language_info.{name} = {info.get(name)!r}"
        want(isinstance(info.get(name), str), found, "a string")
    want(info["name"], "an empty language_info.name", "the language's name")
    extension = info["file_extension"]
    found = f"language_info.file_extension = {extension!r}"
    want(extension.startswith("."), found, "one that includes the dot")


@THEME.row("language-optional", _INFO)
def language_optional(kernel: Kernel) -> None:
    """Where language_info has pygments_lexer, codemirror_mode or nbconvert_exporter,
    these are strings, or for codemirror_mode an object.
    """
    info = _info(kernel)["language_info"]
    kinds: dict[str, tuple[type, ...]] = {
        "pygments_lexer": (str,),
        "codemirror_mode": (str, dict),
        "nbconvert_exporter": (str,),
    }
    for name, allowed in kinds.items():
        fits = name not in info or isinstance(info[name], allowed)
        want(fits, f"language_info.{name} = {info.get(name)!r}", "a string or nothing")


@THEME.row("help-links", _INFO)
def help_links(kernel: Kernel) -> None:
    """help_links, where it is there, lists objects with the strings text and url."""
    links = _info(kernel).get("help_links", [])
    fits = isinstance(links, list) and all(
        isinstance(link, dict)
        and isinstance(link.get("text"), str)
        and isinstance(link.get("url"), str)
        for link in links
    )
    want(fits, f"help_links {links!r}", "a list of {text, url}")


@THEME.row("features", jep(92), Level.OPTIONAL)
def features(kernel: Kernel) -> None:
    """supported_features is a list of strings, which names the debugger exactly where
    the older field debugger is true.
    """
    info = _info(kernel)
    if "supported_features" not in info:
        msg = "no supported_features in kernel_info_reply"
        raise NotOffered(msg)
    found = info["supported_features"]
    fits = isinstance(found, list) and all(isinstance(name, str) for name in found)
    want(fits, f"supported_features {found!r}", "a list of strings")
    if "debugger" in info:
        agree = info["debugger"] == ("debugger" in found)
        both = f"debugger {info['debugger']} and supported_features {found}"
        want(agree, both, "the two to agree")


@THEME.row("control", jep(80), Level.OPTIONAL)
def control(kernel: Kernel) -> None:
    """kernel_info_request on control gets the same reply as on shell, but for the
    banner, which may bring something new each time.
    """
    exchange = kernel.peer.send("control", "kernel_info_request")
    kernel.peer.listen(2.0, until=lambda: exchange.replies)
    if not exchange.replies:
        msg = "kernel_info_request on control gets no reply"
        raise NotOffered(msg)
    found, wanted = exchange.ok().reply.content, _info(kernel)
    different = sorted(
        name
        for name in {*found, *wanted} - {"banner"}
        if found.get(name) != wanted.get(name)
    )
    want(not different, f"other {', '.join(different)} on control", "the same reply")


@THEME.row("connect", spec("Connect", "connect"), Level.OPTIONAL)
def connect(kernel: Kernel) -> None:
    """connect_request gets the ports of the channels."""
    reply = kernel.peer.ask("connect_request").reply
    if reply.content.get("status") == "error":
        msg = f"connect_request gets an error: {reply.content.get('ename')}"
        raise NotOffered(msg)
    for channel in ("shell", "iopub", "stdin", "hb", "control"):
        name = f"{channel}_port"
        found = reply.content.get(name)
        wanted = kernel.peer.connection[name]
        want(found in (wanted, None), f"{name} {found!r}", f"{wanted}")


@THEME.row("usage", _USAGE, Level.EXTENSION)
def usage(kernel: Kernel) -> None:
    """usage_request on control gets a usage_reply."""
    reply = kernel.peer.ask("usage_request", channel="control").reply
    if reply.content.get("status") == "error":
        msg = f"usage_request gets an error: {reply.content.get('ename')}"
        raise NotOffered(msg)
