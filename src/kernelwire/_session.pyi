from collections.abc import Mapping, Sequence
from typing import Any, Self, TypeAlias

from kernelwire._signing import KeySigner

_Message: TypeAlias = dict[str, Any]

class SessionCore:
    def __new__(cls, *arguments: Any, **traits: Any) -> Self: ...
    @property
    def message_count(self) -> int: ...
    @message_count.setter
    def message_count(self, count: int) -> None: ...
    @property
    def msg_id(self) -> str: ...
    def _adopt(self, signer: KeySigner) -> None: ...
    def msg_header(self, msg_type: str) -> dict[str, Any]: ...
    def msg(
        self,
        msg_type: str,
        content: Mapping[str, Any] | None = None,
        parent: Mapping[str, Any] | None = None,
        header: dict[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> _Message: ...
    def sign(self, msg_list: Sequence[Any]) -> bytes: ...
    def serialize(
        self, msg: _Message, ident: list[bytes] | bytes | None = None
    ) -> list[Any]: ...
    def send(
        self,
        stream: Any,
        msg_or_type: _Message | str,
        content: Mapping[str, Any] | None = None,
        parent: Mapping[str, Any] | None = None,
        ident: list[bytes] | bytes | None = None,
        buffers: Sequence[Any] | None = None,
        track: bool = False,
        header: dict[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> _Message | None: ...
    def send_raw(
        self,
        stream: Any,
        msg_list: Sequence[Any],
        flags: int = 0,
        copy: bool = True,
        ident: list[bytes] | bytes | None = None,
    ) -> None: ...
    def recv(
        self, socket: Any, mode: int = ..., content: bool = True, copy: bool = True
    ) -> tuple[list[bytes] | None, _Message | None]: ...
    def feed_identities(
        self, msg_list: Sequence[Any], copy: bool = True
    ) -> tuple[list[bytes], list[Any]]: ...
    def deserialize(
        self, msg_list: Sequence[Any], content: bool = True, copy: bool = True
    ) -> _Message: ...
