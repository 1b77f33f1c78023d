from collections.abc import Iterable, Mapping
from typing import Any, Self, TypeAlias

_Part: TypeAlias = Mapping[str, Any] | bytes | None
_Parts: TypeAlias = tuple[
    bytes | memoryview, bytes | memoryview, bytes | memoryview, bytes | memoryview
]

class Message:
    def __init__(
        self, identities: list[bytes], parts: _Parts, buffers: list[Any]
    ) -> None: ...
    @property
    def identities(self) -> list[bytes]: ...
    @property
    def parts(self) -> _Parts: ...
    @property
    def buffers(self) -> list[Any]: ...
    @property
    def header(self) -> dict[str, Any]: ...
    @property
    def parent_header(self) -> dict[str, Any]: ...
    @property
    def metadata(self) -> dict[str, Any]: ...
    @property
    def content(self) -> dict[str, Any]: ...

class Codec:
    def __new__(cls, key: bytes, *, replay_window: int = 65536) -> Self: ...
    def decode(self, frames: list[Any]) -> Message: ...
    def encode(
        self,
        header: _Part,
        parent_header: _Part = None,
        metadata: _Part = None,
        content: _Part = None,
        *,
        identities: Iterable[bytes] = (),
        buffers: Iterable[Any] = (),
    ) -> list[Any]: ...
