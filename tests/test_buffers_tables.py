"""Arrow's tables and columns in content: one stream each, received as views."""

from __future__ import annotations

import contextlib
import random
import sys
from typing import Any

import pandas as pd  # type: ignore[import-untyped]
import pyarrow as pa  # type: ignore[import-untyped]
import pytest
from tests.test_buffers import address, sent

from kernelwire import MalformedMessage, buffers

TABLE = pa.table(
    {
        "whole": [1, 2, 3],
        "text": ["a", None, "\U0001f40d"],
        "lists": [[1.5], [], None],
        "structs": [{"x": 1}, {"x": None}, None],
        "categories": pa.array(["u", "v", "u"]).dictionary_encode(),
        "runs": pa.RunEndEncodedArray.from_arrays([2, 3], [1.0, 2.0]),
        "nothing": pa.nulls(3),
    },
    metadata={"unit": "m"},
)


def pair_of_batches() -> Any:
    return pa.concat_tables([TABLE.slice(0, 1), TABLE.slice(1)])


TABLES = {
    "table": TABLE,
    "slice": TABLE.slice(1, 1),
    "two batches": pair_of_batches(),
    "no rows": TABLE.slice(0, 0),
    "no columns": pa.table({}),
    "batch": TABLE.to_batches()[0],
    "batch without rows": pa.RecordBatch.from_pylist([], TABLE.schema),
    "array": pa.array([1, None, 3]),
    "array in the middle": pa.array(["a", "b", "c"])[1:],
    "array without items": pa.array([], pa.string()),
    "array of structs": pa.array([{"x": 1}]),
    "chunked array": pa.chunked_array([[1, 2], [3]]),
    "chunked array of structs": pa.chunked_array([pa.array([{"x": 1}])]),
    "chunked array without chunks": pa.chunked_array([], pa.int8()),
}


@pytest.mark.parametrize("value", TABLES.values(), ids=TABLES)
def test_what_pyarrow_has_comes_back_as_it_was(value: Any) -> None:
    back = sent(value)
    assert type(back) is type(value)
    assert back.equals(value)


def test_the_metadata_of_a_schema_comes_back() -> None:
    assert sent(TABLE).schema.metadata == {b"unit": b"m"}


def test_a_reader_is_used_up_and_comes_back_as_a_table() -> None:
    reader = TABLE.to_reader()
    assert sent(reader).equals(TABLE)
    assert reader.read_all().num_rows == 0


def test_a_frame_of_pandas_comes_back_as_a_table_that_knows_its_index() -> None:
    frame = pd.DataFrame({"x": [1.5, 2.5], "t": ["a", "b"]}, index=[3, 4])
    back = sent({"frame": frame})["frame"]
    assert isinstance(back, pa.Table)
    pd.testing.assert_frame_equal(back.to_pandas(), frame)


def test_a_series_of_pandas_comes_back_as_a_chunked_array() -> None:
    back = sent(pd.Series([1.5, 2.5]))
    assert isinstance(back, pa.ChunkedArray)
    assert back.to_pylist() == [1.5, 2.5]


class Lender:
    """An array of another library, which knows Arrow's C interface and no more."""

    def __arrow_c_array__(self, requested_schema: Any = None) -> Any:
        return pa.array([1, 2]).__arrow_c_array__(requested_schema)


def test_an_array_of_another_library_comes_back_as_pyarrows() -> None:
    assert sent(Lender()).equals(pa.array([1, 2]))


def test_a_received_table_is_a_view_of_its_frame() -> None:
    content, (frame,) = buffers.pack(pa.table({"x": list(range(1000))}))
    table = buffers.unpack(content, [frame])
    data = table.column("x").chunk(0).buffers()[1]
    assert address(frame) < data.address < address(frame) + frame.nbytes


def test_a_table_in_a_frame_that_is_not_aligned_is_copied() -> None:
    content, (frame,) = buffers.pack(pa.table({"x": list(range(1000))}))
    odd = memoryview(b"-" + bytes(frame))[1:]
    table = buffers.unpack(content, [odd])
    assert address(odd) % 8
    assert table.column("x").chunk(0).buffers()[1].address % 8 == 0
    assert table.column("x").to_pylist() == list(range(1000))


def test_a_table_is_one_frame_of_just_the_right_size() -> None:
    _, (frame,) = buffers.pack(pa.table({"x": bytes(100_000)}))
    assert (frame.format, frame.ndim) == ("B", 1)
    assert 100_000 * 8 < frame.nbytes < 100_000 * 8 + 1000


def stream(table: Any, **options: Any) -> bytes:
    """A stream as another program may write it."""
    sink = pa.BufferOutputStream()
    options = pa.ipc.IpcWriteOptions(**options)
    with pa.ipc.new_stream(sink, table.schema, options=options) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue())


def placeholder(**changes: Any) -> dict[str, Any]:
    return {
        "$kernelwire": "arrow",
        "buffer": 0,
        "form": "table",
        "rows": 3,
        **changes,
    }


def test_a_stream_of_another_program_is_read() -> None:
    assert buffers.unpack(placeholder(), [stream(TABLE)]).equals(TABLE)


def growing_dictionaries() -> bytes:
    sizes = ["a"], ["a", "b"], ["a", "b", "c"]
    batches = [
        pa.record_batch({"c": pa.DictionaryArray.from_arrays([0], words)})
        for words in sizes
    ]
    return stream(pa.Table.from_batches(batches), emit_dictionary_deltas=True)


STREAM = stream(TABLE)
WRONG_STREAMS = {
    "empty": b"",
    "cut in a length": STREAM[:3],
    "cut in the schema": STREAM[:100],
    "cut in a body": STREAM[:-100],
    "longer": STREAM + b"\0",
    "twice": STREAM * 2,
    "not one": b"ARROW1\0\0" + STREAM,
    "of nothing": bytes(64),
    "of ones": b"\xff" * 64,
    "of a huge message": b"\xff\xff\xff\xff\xff\xff\xff\x7f" + STREAM[8:],
    "of fewer rows": stream(TABLE.slice(0, 2)),
    "of more rows": stream(pa.concat_tables([TABLE, TABLE])),
    "with half the batches": stream(pair_of_batches().slice(0, 1)),
    "compressed": stream(TABLE, compression="lz4"),
    "of dictionaries in pieces": growing_dictionaries(),
}


@pytest.mark.parametrize("frame", WRONG_STREAMS.values(), ids=WRONG_STREAMS)
def test_a_wrong_stream_is_refused(frame: bytes) -> None:
    with pytest.raises(MalformedMessage):
        buffers.unpack(placeholder(), [frame])


def test_what_makes_pyarrow_allocate_is_named() -> None:
    with pytest.raises(MalformedMessage, match="compressed buffers"):
        buffers.unpack(placeholder(), [stream(TABLE, compression="zstd")])
    with pytest.raises(MalformedMessage, match="dictionaries in pieces"):
        buffers.unpack(placeholder(), [growing_dictionaries()])


def test_a_stream_of_a_foreign_byte_order_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The reader's order is changed here: pyarrow writes no other than its own."""
    foreign = {"little": "big", "big": "little"}[sys.byteorder]
    monkeypatch.setattr("sys.byteorder", foreign)
    with pytest.raises(MalformedMessage, match="a foreign byte order"):
        buffers.unpack(placeholder(), [STREAM])


def test_values_that_do_not_fit_their_type_are_refused() -> None:
    """pyarrow reads such a stream; only its full validation finds the broken text."""
    good = stream(pa.table({"x": ["needle"] * 3}))
    bad = good.replace(b"needle", b"need\xff\xfe")
    assert pa.ipc.open_stream(bad).read_all().num_rows == 3
    with pytest.raises(MalformedMessage, match="not a valid stream"):
        buffers.unpack(placeholder(), [bad])


WRONG_PLACEHOLDERS = {
    "form unknown": {"form": "tensor"},
    "form a list": {"form": ["table"]},
    "rows a string": {"rows": "3"},
    "rows negative": {"rows": -3},
    "rows true": {"rows": True},
    "of an array in many columns": {"form": "array"},
    "of a chunked array in many columns": {"form": "chunked"},
    "with more members": {"compression": "lz4"},
}


@pytest.mark.parametrize("change", WRONG_PLACEHOLDERS.values(), ids=WRONG_PLACEHOLDERS)
def test_a_wrong_placeholder_of_a_table_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(MalformedMessage):
        buffers.unpack(placeholder(**change), [STREAM])


@pytest.mark.parametrize("form", ["batch", "array"])
def test_two_batches_are_no_batch_and_no_array(form: str) -> None:
    column = pa.table({"x": pa.chunked_array([[1], [2, 3]])})
    with pytest.raises(MalformedMessage, match="2 batches"):
        buffers.unpack(placeholder(form=form), [stream(column)])


@pytest.mark.parametrize("seed", range(300))
def test_a_changed_stream_is_read_or_refused(seed: int) -> None:
    """It is not signed: whoever is on the way can change it, and must not crash us."""
    chance = random.Random(seed)
    changed = bytearray(STREAM)
    places = chance.choices(range(len(changed)), k=3)
    changed[places[0]] ^= 1 << chance.randrange(8)
    changed[places[1]] = chance.choice([0, 127, 128, 255])
    changed[places[2] & ~7 : places[2] | 7] = chance.choice([b"\xff" * 7, bytes(7)])
    with contextlib.suppress(MalformedMessage):
        buffers.unpack(placeholder(), [changed])


def test_a_type_that_pyarrow_cannot_send_is_refused() -> None:
    class Broken:
        def __arrow_c_array__(self, requested_schema: Any = None) -> Any:
            return "not two capsules", None

    with pytest.raises(TypeError, match="cannot send an object of type"):
        buffers.pack(Broken())
