"""Interpreters in Python on the C++ kernel, without sockets: what authors get and get wrong."""

from __future__ import annotations

from typing import Any

import pytest

import kernelwire as kw

KEY = b"key"


class Echo(kw.Interpreter):
    language = kw.Language("echo", version="1.0", codemirror_mode={"name": "null"})
    banner = "hello"
    help_links = (("Docs", "https://example.org"),)

    def execute(self, request: kw.ExecuteRequest, output: kw.Output) -> kw.Reply:
        output.stdout(request.code)
        return kw.ok()


class Bench:
    """A kernel and its client's codec, in one process."""

    def __init__(self, interpreter: kw.Interpreter) -> None:
        self.kernel = kw.Kernel(interpreter, KEY)
        self.codec = kw.Codec(KEY)
        self.count = 0

    def ask(
        self, msg_type: str, content: Any = None, *, channel: str = "shell", **more: Any
    ) -> list[tuple[str, kw.Message]]:
        """Send one request; returns message type and message of all that came back."""
        self.count += 1
        header = {"msg_id": str(self.count), "msg_type": msg_type}
        frames = self.codec.encode(
            header, content=content, identities=[b"me"], buffers=more.get("buffers", ())
        )
        sent = self.kernel.receive(channel, frames)
        messages = [self.codec.decode(list(frames)) for _, frames in sent]
        return [(message.header["msg_type"], message) for message in messages]

    def reply(self, msg_type: str, content: Any = None) -> dict[str, Any]:
        """Send one request; returns the content of its reply."""
        replies = [
            m for kind, m in self.ask(msg_type, content) if kind.endswith("_reply")
        ]
        (message,) = replies
        return message.content

    def execute(self, code: str, **fields: Any) -> dict[str, Any]:
        return self.reply("execute_request", {"code": code, **fields})


def test_an_echo_kernel_echoes() -> None:
    messages = Bench(Echo()).ask("execute_request", {"code": "hi"})
    assert [kind for kind, _ in messages] == [
        "status",
        "execute_input",
        "stream",
        "execute_reply",
        "status",
    ]
    assert messages[2][1].content == {"name": "stdout", "text": "hi"}


def test_kernel_info_says_what_the_class_says() -> None:
    info = Bench(Echo()).reply("kernel_info_request")
    assert info["banner"] == "hello"
    assert info["help_links"] == [{"text": "Docs", "url": "https://example.org"}]
    assert info["language_info"]["codemirror_mode"] == {"name": "null"}


def test_an_interpreter_without_a_language_is_told_what_to_do() -> None:
    class Nameless(kw.Interpreter):
        pass

    with pytest.raises(TypeError, match=r"Nameless has no `language`.*Language\("):
        kw.Kernel(Nameless())


def test_an_interpreter_that_forgot_super_is_told_so() -> None:
    class Forgetful(Echo):
        def __init__(self) -> None:
            pass

    with pytest.raises(TypeError, match="__init__"):
        kw.Kernel(Forgetful())


def test_an_interpreter_without_execute_answers_with_an_error() -> None:
    class Idle(kw.Interpreter):
        language = kw.Language("idle")

    reply = Bench(Idle()).execute("x")
    assert reply["ename"] == "NotImplementedError"
    assert "override execute" in reply["evalue"]


def test_defaults_may_be_called_from_a_subclass() -> None:
    """A virtual call here would recurse until the stack is gone."""

    class Careful(Echo):
        def complete(self, code: str, cursor_pos: int) -> kw.Reply:
            return super().complete(code, cursor_pos)

    reply = Bench(Careful()).reply("complete_request", {"code": "abc", "cursor_pos": 2})
    assert (reply["matches"], reply["cursor_end"]) == ([], 2)


class Failing(Echo):
    def execute(self, request: kw.ExecuteRequest, output: kw.Output) -> kw.Reply:
        if request.code == "exit":
            raise SystemExit(3)
        if request.code == "nothing":
            return None  # type: ignore[return-value]
        if request.code == "set":
            output.display_data({"application/json": object()})
        if request.code == "unprintable":
            raise Unprintable
        if request.code == "shown":
            output.note_error_shown()
        return kw.error("Wrong", request.code)


class Unprintable(Exception):
    def __str__(self) -> str:
        raise ValueError


@pytest.mark.parametrize(
    ("code", "ename"),
    [
        ("exit", "SystemExit"),
        ("nothing", "TypeError"),
        ("set", "TypeError"),
        ("unprintable", "Unprintable"),
        ("plain", "Wrong"),
    ],
)
def test_whatever_goes_wrong_is_an_error_reply_and_is_shown_once(
    code: str, ename: str
) -> None:
    messages = Bench(Failing()).ask("execute_request", {"code": code})
    kinds = [kind for kind, _ in messages]
    assert kinds == ["status", "execute_input", "error", "execute_reply", "status"]
    assert [messages[i][1].content["ename"] for i in (2, 3)] == [ename, ename]


def test_an_error_that_was_shown_by_other_means_is_in_the_reply_only() -> None:
    messages = Bench(Failing()).ask("execute_request", {"code": "shown"})
    kinds = [kind for kind, _ in messages]
    assert kinds == ["status", "execute_input", "execute_reply", "status"]
    assert messages[2][1].content["ename"] == "Wrong"


def test_text_with_lone_surrogates_is_shown_with_escapes() -> None:
    class Broken(Echo):
        def execute(self, request: kw.ExecuteRequest, output: kw.Output) -> kw.Reply:
            output.stdout("a\udc80b")
            return kw.ok()

    messages = Bench(Broken()).ask("execute_request", {"code": ""})
    assert messages[2][1].content["text"] == "a\\udc80b"


def test_a_request_may_be_kept_after_its_reply() -> None:
    class Keeping(Echo):
        def __init__(self) -> None:
            super().__init__()
            self.kept: list[tuple[kw.ExecuteRequest, kw.Output]] = []

        def execute(self, request: kw.ExecuteRequest, output: kw.Output) -> kw.Reply:
            self.kept.append((request, output))
            return kw.ok()

    interpreter = Keeping()
    bench = Bench(interpreter)
    bench.execute("first", user_expressions={"a": "1"})
    bench.execute("second")
    request, output = interpreter.kept[0]
    assert (request.code, request.header["msg_id"]) == ("first", "1")
    assert request.user_expressions == {"a": "1"}
    assert output.execution_count == 1
    output.stdout("late")
    ((_, frames),) = bench.kernel.drained()
    assert bench.codec.decode(frames).parent_header["msg_id"] == "1"


def test_comm_buffers_are_views_that_outlive_the_message() -> None:
    class Comms(Echo):
        def comm_open(self, message: kw.CommMessage, output: kw.Output) -> None:
            self.data = message.data
            self.buffers = message.buffers

        def comm_info(self, target_name: str) -> dict[str, dict[str, str]]:
            return {"id": {"target_name": target_name}}

    interpreter = Comms()
    bench = Bench(interpreter)
    content = {"comm_id": "c", "target_name": "t", "data": {"n": [1]}}
    bench.ask("comm_open", content, buffers=[b"abc", b"x" * 100_000])
    assert interpreter.data == {"n": [1]}
    assert [bytes(view[:3]) for view in interpreter.buffers] == [b"abc", b"xxx"]
    assert interpreter.buffers[0].readonly
    reply = bench.reply("comm_info_request", {"target_name": "t"})
    assert reply["comms"] == {"id": {"target_name": "t"}}


def test_published_buffers_must_be_contiguous() -> None:
    class Strided(Echo):
        def execute(self, request: kw.ExecuteRequest, output: kw.Output) -> kw.Reply:
            output.publish("comm_msg", {}, buffers=[memoryview(b"abcdef")[::2]])
            return kw.ok()

    assert Bench(Strided()).execute("x")["ename"] == "BufferError"


def test_input_is_refused_where_the_request_does_not_allow_it() -> None:
    class Asking(Echo):
        def execute(self, request: kw.ExecuteRequest, output: kw.Output) -> kw.Reply:
            return kw.ok(answer=output.input("?"))

    reply = Bench(Asking()).execute("x", allow_stdin=False)
    assert reply["ename"] == "StdinRefused"


@pytest.mark.parametrize(
    ("frames", "error"),
    [
        ([], kw.MalformedMessage),
        ([b"<IDS|MSG>", b"0" * 64, b"{}", b"{}", b"{}", b"{}"], kw.BadSignature),
    ],
    ids=["empty", "forged"],
)
def test_what_does_not_verify_is_refused(
    frames: list[bytes], error: type[Exception]
) -> None:
    with pytest.raises(error):
        kw.Kernel(Echo(), KEY).receive("shell", frames)


def test_a_replayed_request_is_refused() -> None:
    kernel = kw.Kernel(Echo(), KEY)
    header = {"msg_id": "1", "msg_type": "execute_request"}
    frames = kw.Codec(KEY).encode(header, content={"code": "pay()"})
    kernel.receive("shell", frames)
    with pytest.raises(kw.ReplayedMessage):
        kernel.receive("shell", frames)


def test_a_request_recorded_on_control_is_not_executed_on_shell() -> None:
    """Each channel had a replay window of its own; the fuzzer of the sockets found it.

    Control refuses to execute. But whoever had recorded the request there could send it
    on shell, without the key, and shell had not seen it.
    """
    kernel = kw.Kernel(Echo(), KEY)
    header = {"msg_id": "1", "msg_type": "execute_request"}
    frames = kw.Codec(KEY).encode(header, content={"code": "pay()"})
    kernel.receive("control", frames)
    with pytest.raises(kw.ReplayedMessage):
        kernel.receive("shell", frames)


def test_only_shell_and_control_take_requests() -> None:
    with pytest.raises(ValueError, match="want"):
        kw.Kernel(Echo()).receive("iopub", [])


@pytest.mark.parametrize(
    ("reply", "content"),
    [
        (kw.ok(a=1, b=None), {"status": "ok", "a": 1, "b": None}),
        (
            kw.error("E", "why", ["line"]),
            {"status": "error", "ename": "E", "evalue": "why", "traceback": ["line"]},
        ),
        (
            kw.matches(["ab"], 0, 1),
            {
                "status": "ok",
                "matches": ["ab"],
                "cursor_start": 0,
                "cursor_end": 1,
                "metadata": {},
            },
        ),
        (
            kw.documentation({"text/plain": "doc"}),
            {
                "status": "ok",
                "found": True,
                "data": {"text/plain": "doc"},
                "metadata": {},
            },
        ),
        (
            kw.documentation(),
            {"status": "ok", "found": False, "data": {}, "metadata": {}},
        ),
        (kw.complete(), {"status": "complete"}),
        (kw.incomplete("  "), {"status": "incomplete", "indent": "  "}),
        (kw.invalid(), {"status": "invalid"}),
        (kw.unknown(), {"status": "unknown"}),
    ],
    ids=lambda value: value.status if isinstance(value, kw.Reply) else "",
)
def test_replies_have_the_fields_of_the_specification(
    reply: kw.Reply, content: dict[str, Any]
) -> None:
    assert reply.content == content
