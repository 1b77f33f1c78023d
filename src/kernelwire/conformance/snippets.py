"""Code in the kernel's language, by what it does: a small TOML file for each language.

Over `rows.py`'s neighbours only; used by `kernel.py` and `suite.py`. Python and C++ come
with the suite; authors give a file for theirs.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from kernelwire.errors import KernelWireError

__all__ = ["PURPOSES", "SnippetError", "Snippets"]

LANGUAGES = Path(__file__).parent / "languages"

PURPOSES = {
    "print": "writes the line `conformance` to stdout",
    "print_error": "writes the line `conformance` to stderr",
    "descriptors": "writes the line `conformance` to file descriptor 1, past the "
    "language's own streams, and has a child process write it there too",
    "result": "has a value that is shown as `42`",
    "define": "gives the variable `conformance_number` the value 42",
    "error": "ends with an error",
    "display": "displays something whose text/plain contains `conformance`",
    "update_display": "displays something under a display id, then updates that to "
    "something whose text/plain contains `updated`",
    "clear_output": "clears the output at once",
    "clear_output_wait": "clears the output when something new comes",
    "mixed": "writes the line `one` to stdout, displays something, writes the line "
    "`two` to stdout",
    "lines": "writes the numbers from 0 to 1999 to stdout, a line each",
    "nap": "sleeps for half a second",
    "sleep": "writes the line `asleep` to stdout, then sleeps for 30 seconds",
    "loop": "writes the line `looping` to stdout, then computes for 30 seconds",
    "input": "asks for a line with the prompt `name?`, then writes `got ` and the "
    "answer to stdout",
    "password": "the same, but what is typed is not to be shown",
    "expression": "an expression (for user_expressions) with the value 42",
    "bad_expression": "an expression that cannot be evaluated",
    "completable": "the beginning of `conformance_number`, which can be completed after "
    "`define` has run",
    "emoji": "something to go before `completable` or `inspectable` in the same line, "
    "with an emoji in it",
    "inspectable": "a name about which the kernel can tell something",
    "complete": "a whole statement",
    "incomplete": "the beginning of a statement that goes on in the next line",
    "invalid": "what no further line can make a statement",
    "payload": "brings a payload into the reply, such as a page of help",
    "comm_open": "opens a comm to the frontend: target `conformance`, data "
    '`{"answer": 42}`, one buffer with the bytes 00 01 ff',
    "comm_target": "registers the target `conformance.echo`, whose comms send the data "
    "and the buffers of each message back",
}


class SnippetError(KernelWireError):
    """A file of snippets cannot be read, or holds what the suite does not know."""


@dataclass(frozen=True, slots=True)
class Snippets:
    """The snippets of a language."""

    language: tuple[str, ...]
    """What `language_info.name` may be, in lower case."""
    codes: dict[str, str]
    """By their names, which are those of `PURPOSES`."""

    @classmethod
    def read(cls, path: Path) -> Snippets:
        """Read a file.

        Raises:
            SnippetError: it is no TOML, or something in it is of the wrong kind.
            OSError: it cannot be read.
        """
        try:
            content = tomllib.loads(path.read_text("utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as exc:
            msg = f"{path} is not TOML: {exc}"
            raise SnippetError(msg) from exc
        language = content.pop("language", None)
        names = [language] if isinstance(language, str) else language
        if not isinstance(names, list) or not all(isinstance(n, str) for n in names):
            msg = f"{path}: language is {language!r}, want a name or a list of names"
            raise SnippetError(msg)
        for name, code in content.items():
            if name not in PURPOSES:
                msg = f"{path}: no row uses {name!r}; the names are {_names()}"
                raise SnippetError(msg)
            if not isinstance(code, str):
                msg = f"{path}: {name} is {code!r}, want a string of code"
                raise SnippetError(msg)
        return cls(tuple(name.lower() for name in names), content)

    @classmethod
    def shipped(cls) -> Iterator[Snippets]:
        """Those that come with the suite."""
        for path in sorted(LANGUAGES.glob("*.toml")):
            yield cls.read(path)

    @classmethod
    def for_language(cls, name: str) -> Snippets:
        """Those that come with the suite for a language; none where it has none."""
        for snippets in cls.shipped():
            if name.lower() in snippets.language:
                return snippets
        return cls((name.lower(),), {})


def _names() -> str:
    return ", ".join(PURPOSES)
