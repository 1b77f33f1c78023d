"""The kernel's sys.stdout by itself: where text goes, with a request and without."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, cast

import pytest

from kernelwire.python.current import Current
from kernelwire.python.streams import OutputStream

if TYPE_CHECKING:
    from kernelwire._host import Output


class Sink:
    """An Output that keeps text, and refuses what UTF-8 cannot hold, as ours does."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.flushed = 0

    def stdout(self, text: str) -> None:
        text.encode()
        self.texts.append(text)

    def stderr(self, text: str) -> None:
        self.texts.append(f"!{text}")

    def flush(self) -> None:
        self.flushed += 1


class Streams:
    """A pair of streams over a log, as at the start of a kernel."""

    def __init__(self) -> None:
        self.log = io.StringIO()
        self.out = OutputStream("stdout", self.log)
        self.err = OutputStream("stderr", self.log)
        self.sink = Sink()
        self.current = Current()
        self.current.attach(self.out, self.err)

    def enter(self) -> None:
        self.current.enter(None, cast("Output", self.sink))


@pytest.fixture
def streams() -> Streams:
    return Streams()


def test_before_the_first_request_text_goes_to_the_log(streams: Streams) -> None:
    print("early", file=streams.out, flush=True)
    assert streams.log.getvalue() == "early\n"


def test_with_a_request_text_goes_to_the_request(streams: Streams) -> None:
    streams.enter()
    streams.out.write("a")
    streams.err.write("b")
    assert (streams.sink.texts, streams.log.getvalue()) == (["a", "!b"], "")


def test_after_leaving_a_request_text_goes_to_the_log_again(streams: Streams) -> None:
    streams.enter()
    streams.current.leave()
    streams.out.write("a forked child")
    assert (streams.sink.texts, streams.log.getvalue()) == ([], "a forked child")


def test_flush_flushes_the_request(streams: Streams) -> None:
    streams.enter()
    streams.out.flush()
    streams.out.close()
    assert streams.sink.flushed == 2
    assert not streams.out.closed


def test_a_lone_surrogate_is_escaped(streams: Streams) -> None:
    streams.enter()
    assert streams.out.write("a\udcffb") == 3
    assert streams.sink.texts == ["a\\udcffb"]


def test_a_log_in_ascii_takes_any_text() -> None:
    raw = io.BytesIO()
    log = io.TextIOWrapper(raw, encoding="ascii")
    OutputStream("stderr", log).write("ü\n")
    log.flush()
    assert raw.getvalue() == b"\\xfc\n"


def test_a_subclass_of_str_is_text(streams: Streams) -> None:
    class Name(str):
        __slots__ = ()

        def __str__(self) -> str:
            return "not this"

    streams.enter()
    streams.out.write(Name("this"))
    assert streams.sink.texts == ["this"]


@pytest.mark.parametrize("wrong", [b"bytes", None, 1])
def test_nothing_but_text_is_taken(streams: Streams, wrong: object) -> None:
    with pytest.raises(TypeError, match="must be str"):
        streams.out.write(wrong)  # type: ignore[arg-type]


def test_a_process_without_streams_drops_early_text() -> None:
    stream = OutputStream("stdout", None)
    stream.write("unheard")
    stream.flush()
    with pytest.raises(io.UnsupportedOperation):
        stream.fileno()
