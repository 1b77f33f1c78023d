"""AsyncClient, with kernels that it starts, on asyncio's event loop."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from tests.conftest import KERNEL_NAME, PATIENCE

import kernelwire as kw
from kernelwire.client import AsyncClient, AsyncRequest, Message

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="starts processes")

LINES = 20_000
Scene = Callable[[AsyncClient], Awaitable[None]]


@pytest.fixture(autouse=True)
def _environment(
    jupyter_environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("JUPYTER_PATH", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR"):
        monkeypatch.setenv(name, jupyter_environment[name])


@pytest.fixture(params=[KERNEL_NAME, "python3"])
def play(request: pytest.FixtureRequest) -> Callable[[Scene], None]:
    """Plays a scene with a client, on an event loop of its own."""

    def play(scene: Scene) -> None:
        async def whole() -> None:
            async with (
                asyncio.timeout(PATIENCE),
                await AsyncClient.launch(request.param) as client,
            ):
                await scene(client)

        asyncio.run(whole())

    return play


async def text_of(request: AsyncRequest) -> str:
    return "".join([m.content["text"] async for m in request if m.msg_type == "stream"])


async def started(request: AsyncRequest, text: str) -> None:
    """Wait until a request has written something."""
    seen = ""
    while text not in seen:
        seen += (await anext(request)).content.get("text", "")


def test_outputs_are_iterated_over_and_a_result_awaited(
    play: Callable[[Scene], None],
) -> None:
    async def scene(client: AsyncClient) -> None:
        request = client.execute("print('hello'); 6 * 7")
        kinds = [message.msg_type async for message in request]
        assert kinds == ["execute_input", "stream", "execute_result"]
        assert (await request)["status"] == "ok"
        assert (await client.complete("pri"))["matches"]

    play(scene)


def test_many_requests_are_awaited_together(play: Callable[[Scene], None]) -> None:
    async def scene(client: AsyncClient) -> None:
        requests = [client.execute(f"print({i})") for i in range(50)]
        texts = await asyncio.gather(*map(text_of, requests))
        assert texts == [f"{i}\n" for i in range(50)]

    play(scene)


def test_a_flood_arrives_whole_and_in_order(play: Callable[[Scene], None]) -> None:
    async def scene(client: AsyncClient) -> None:
        request = client.execute(f"for i in range({LINES}): print(i, flush=True)")
        assert await text_of(request) == "".join(f"{i}\n" for i in range(LINES))

    play(scene)


def test_an_answer_may_take_its_time(play: Callable[[Scene], None]) -> None:
    async def scene(client: AsyncClient) -> None:
        asked = asyncio.Event()

        async def answer(prompt: str, secret: bool) -> str:
            asked.set()
            await client.request("kernel_info_request", channel="control")
            return f"{prompt}{secret}"

        request = client.execute("print(input('name? '))", input=answer)
        await asked.wait()
        assert "name? False\n" in await text_of(request)

    play(scene)


def test_a_request_that_was_given_up_may_be_awaited_again(
    play: Callable[[Scene], None],
) -> None:
    async def scene(client: AsyncClient) -> None:
        request = client.execute("print('on'); import time; time.sleep(600)")
        await started(request, "on")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await request
        task = asyncio.ensure_future(request.result())
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await client.is_alive()
        client.interrupt()
        assert (await request)["ename"] == "KeyboardInterrupt"

    play(scene)


def test_a_kernel_that_dies_is_an_error_and_starts_anew(
    play: Callable[[Scene], None],
) -> None:
    async def scene(client: AsyncClient) -> None:
        with pytest.raises(kw.KernelEnded):
            await client.execute("import os; os._exit(3)")
        with pytest.raises(kw.KernelEnded):
            await client.execute("1")
        assert not await client.is_alive()
        await client.restart()
        assert (await client.execute("1"))["execution_count"] == 1

    play(scene)


def test_open_requests_are_lost_by_a_restart(play: Callable[[Scene], None]) -> None:
    async def scene(client: AsyncClient) -> None:
        request = client.execute("print('on'); import time; time.sleep(600)")
        await started(request, "on")
        task = asyncio.ensure_future(request.result())
        await asyncio.sleep(0)
        await client.restart()
        with pytest.raises(kw.KernelEnded, match="anew"):
            await task

    play(scene)


def test_what_a_callback_raises_is_raised_to_who_awaits(
    play: Callable[[Scene], None],
) -> None:
    async def scene(client: AsyncClient) -> None:
        def fails(message: Message) -> None:
            if message.msg_type == "execute_result":
                raise RuntimeError(message.msg_type)

        request = client.execute("1", output=fails)
        with pytest.raises(RuntimeError, match="execute_result"):
            await request
        assert (await request)["status"] == "ok"

    play(scene)


def test_comms_carry_buffers(play: Callable[[Scene], None]) -> None:
    async def scene(client: AsyncClient) -> None:
        came: list[Message] = []
        client.on_comm(came.append)
        code = (
            "from comm import create_comm; create_comm('t', buffers=[b'x' * 100_000])"
        )
        await client.execute(code)
        (message,) = came
        assert [buffer.nbytes for buffer in message.buffers] == [100_000]

    play(scene)


def test_a_comms_callback_that_raises_is_reported_to_the_loop(
    play: Callable[[Scene], None],
) -> None:
    async def scene(client: AsyncClient) -> None:
        reported: list[dict[str, Any]] = []
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, context: reported.append(context))

        def fails(message: Message) -> None:
            raise RuntimeError(message.msg_type)

        client.on_comm(fails)
        code = "from comm import create_comm; c = create_comm('t')"
        assert (await client.execute(code))["status"] == "ok"
        assert str(reported[0]["exception"]) == "comm_open"

    play(scene)


def test_a_launch_that_is_given_up_leaves_no_process(tmp_path: Any) -> None:
    (tmp_path / "kernel.json").write_text('{"argv": ["sleep", "600"]}')

    async def whole() -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await AsyncClient.launch(str(tmp_path))
        with pytest.raises(kw.KernelSilent):
            await AsyncClient.launch(str(tmp_path), timeout=0.1)

    asyncio.run(whole())


def test_two_loops_have_a_client_each(play: Callable[[Scene], None]) -> None:
    async def scene(client: AsyncClient) -> None:
        assert client.process is not None
        file = client.process.connection_file

        async def other() -> str:
            async with await AsyncClient.connect(file) as joined:
                return await text_of(joined.execute("print('other')"))

        assert await asyncio.to_thread(asyncio.run, other()) == "other\n"
        assert (await client.execute("1"))["status"] == "ok"

    play(scene)


def test_a_client_that_was_closed_ends_its_waits(play: Callable[[Scene], None]) -> None:
    async def scene(client: AsyncClient) -> None:
        request = client.execute("print('on'); import time; time.sleep(600)")
        await started(request, "on")
        task = asyncio.ensure_future(request.result())
        await asyncio.sleep(0)
        assert client.process is not None
        client.process.kill()
        await client.close()
        with pytest.raises(kw.KernelEnded):
            await task

    play(scene)
