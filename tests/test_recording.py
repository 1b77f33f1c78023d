"""Recording what a kernel receives and sends, and replaying it."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import resource
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import PATIENCE, RunningKernel, manager_of, write_kernelspec
from tests.native import cpp_build

OBEDIENT = Path(__file__).parent / "data" / "obedient.py"
Json = dict[str, Any]
Start = Callable[..., RunningKernel]


@pytest.fixture(scope="module")
def native(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The kernel written in C++."""
    return cpp_build(tmp_path_factory) / "cpp" / "examples" / "echo" / "echo_kernel"


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts a kernel that records into a file; it is stopped at the end."""
    started: list[RunningKernel] = []

    def run(record: Path, *argv: str, **options: Any) -> RunningKernel:
        place = tmp_path / str(len(started))
        place.mkdir()
        manager = manager_of(argv or [sys.executable, str(OBEDIENT)], place)
        environment = {**os.environ, "KERNELWIRE_RECORD": str(record)}
        with (place / "stderr").open("w") as stderr:
            manager.start_kernel(env=environment, stderr=stderr, **options)
        started.append(RunningKernel(manager))
        return started[-1]

    yield run
    for kernel in started:
        kernel.stop()


def messages_of(record: Path) -> list[Json]:
    return [json.loads(line) for line in record.read_text().splitlines()]


def replay(place: Path, record: Path, *options: str) -> tuple[int, str, str]:
    """The exit code, stdout and stderr of a replay to the obedient kernel."""
    kernels = place / "jupyter" / "kernels"
    if not kernels.exists():
        write_kernelspec(kernels / "obedient", [sys.executable, str(OBEDIENT)])
    command = [sys.executable, "-m", "kernelwire", "replay", str(record)]
    done = subprocess.run(
        [*command, "--kernel", "obedient", *options],
        env={**os.environ, "JUPYTER_PATH": str(kernels.parent)},
        capture_output=True,
        text=True,
        check=False,
        timeout=2 * PATIENCE,
    )
    return done.returncode, done.stdout, done.stderr


def test_a_record_has_what_came_and_what_went_and_no_key(
    start: Start, tmp_path: Path
) -> None:
    record = tmp_path / "session.jsonl"
    kernel = start(record)
    key = kernel.client.session.key.decode()
    msg_id = kernel.execute("hello")
    kernel.finish(msg_id)
    messages = messages_of(record)
    (request,) = [m for m in messages if m["header"]["msg_id"] == msg_id]
    assert (request["direction"], request["channel"]) == ("received", "shell")
    assert request["content"]["code"] == "hello"
    sent = [m for m in messages if m["parent_header"].get("msg_id") == msg_id]
    assert [(m["channel"], m["header"]["msg_type"]) for m in sent] == [
        ("iopub", "status"),
        ("iopub", "execute_input"),
        ("iopub", "stream"),
        ("shell", "execute_reply"),
        ("iopub", "status"),
    ]
    times = [m["time"] for m in messages]
    assert times == sorted(times)
    assert key not in record.read_text()
    assert stat.S_IMODE(record.stat().st_mode) == 0o600


def test_buffers_are_recorded_small_ones_whole(start: Start, tmp_path: Path) -> None:
    record = tmp_path / "session.jsonl"
    kernel = start(record)
    sizes = [3, 4, 5, 2_000_000]
    buffers = [b"b" * size for size in sizes]
    for size in sizes:
        kernel.run(f"buffers 1x{size}")
    *small, large = [m["buffers"][0] for m in messages_of(record) if m["buffers"]]
    assert [base64.b64decode(each["base64"]) for each in small] == buffers[:-1]
    digest = hashlib.sha256(buffers[-1]).hexdigest()
    assert large == {"size": sizes[-1], "sha256": digest}


def test_a_password_is_not_recorded_and_other_input_is(
    start: Start, tmp_path: Path
) -> None:
    record = tmp_path / "session.jsonl"
    kernel = start(record)
    assert kernel.run("ask name?", "Ada").text() == "Ada"
    kernel.run("ask-password word?", "a-secret-word")
    kernel.client.input("too-late-a-secret")
    kernel.run("ask again?", "once more")
    assert "a-secret" not in record.read_text()
    values = [
        m["content"]["value"]
        for m in messages_of(record)
        if m["header"]["msg_type"] == "input_reply"
    ]
    assert values == ["Ada", "(not recorded)", "(not recorded)", "once more"]


def test_a_file_that_exists_is_left_alone_and_the_kernel_lives(
    start: Start, tmp_path: Path
) -> None:
    record = tmp_path / "session.jsonl"
    record.write_text("mine")
    assert start(record).run("hello").text() == "hello"
    assert record.read_text() == "mine"
    assert "is not written: File exists" in (tmp_path / "0" / "stderr").read_text()


def test_a_disk_that_is_full_ends_the_recording_and_not_the_kernel(
    start: Start, tmp_path: Path
) -> None:
    record = tmp_path / "session.jsonl"

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))

    kernel = start(record, preexec_fn=limit)
    for number in range(100):
        assert kernel.run(f"hello {number}").text() == f"hello {number}"
    assert messages_of(record)  # whole lines
    assert record.stat().st_size <= 20_000
    said = (tmp_path / "0" / "stderr").read_text()
    assert said.count("the recording in") == 1


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_kernel_in_cpp_records_and_survives_a_full_disk(
    native: Path, start: Start, tmp_path: Path
) -> None:
    """A file that grows beyond its limit is a signal, which ends who does not ignore it."""
    record = tmp_path / "session.jsonl"

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))

    kernel = start(record, str(native), preexec_fn=limit)
    for number in range(100):
        assert kernel.run(f"hello {number}").reply["status"] == "ok"
    assert messages_of(record)
    assert "the recording in" in (tmp_path / "0" / "stderr").read_text()


def record(place: Path, file: Path, *command: str) -> tuple[int, str, str]:
    """The exit code, stdout and stderr of a command that is recorded."""
    done = subprocess.run(
        [sys.executable, "-m", "kernelwire", "record", str(file), *command],
        capture_output=True,
        text=True,
        check=False,
        cwd=place,
        timeout=2 * PATIENCE,
    )
    return done.returncode, done.stdout, done.stderr


RUN = """
import sys
from kernelwire import Client
with Client.launch(sys.argv[1]) as client:
    for code in ("hello", "again"):
        client.execute(code).result(timeout=60)
"""


def test_the_kernel_of_a_command_is_recorded(tmp_path: Path) -> None:
    spec = tmp_path / "obedient"
    write_kernelspec(spec, [sys.executable, str(OBEDIENT)])
    code, text, _ = record(tmp_path, Path("new"), sys.executable, "-c", RUN, str(spec))
    assert (code, text.split()[1:]) == (
        0,
        ["requests", "were", "recorded", "in", "new"],
    )
    executed = [
        message["content"]["code"]
        for message in messages_of(tmp_path / "new")
        if message["header"]["msg_type"] == "execute_request"
    ]
    assert executed[-2:] == ["hello", "again"]


def test_a_record_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "old").write_text("mine")
    code, _, error = record(tmp_path, Path("old"), "true")
    assert (code, (tmp_path / "old").read_text()) == (1, "mine")
    assert error == "kernelwire: old exists; a record is never written over\n"


@pytest.mark.parametrize(
    ("command", "code", "said"),
    [
        (["true"], 1, "nothing was recorded: true has started no kernel of ours\n"),
        (["sh", "-c", "exit 7"], 7, "nothing was recorded"),
        (["sh", "-c", "kill -TERM $$"], 143, "nothing was recorded"),
        (["no-such-command"], 1, "cannot run no-such-command: No such file"),
        ([], 2, "which command is to be run is missing"),
    ],
)
def test_a_command_without_a_kernel_is_told_of(
    tmp_path: Path, command: list[str], code: int, said: str
) -> None:
    ended, text, error = record(tmp_path, Path("new"), *command)
    assert ended == code
    assert said in text + error


def test_a_replay_of_the_same_kernel_finds_no_difference(
    start: Start, tmp_path: Path
) -> None:
    record = tmp_path / "session.jsonl"
    kernel = start(record)
    kernel.run("hello")
    kernel.run("flush 50")
    kernel.run("ask name?", "Ada")
    kernel.run("buffers 2x10")
    kernel.run("fail why", stop_on_error=False)
    code, text, error = replay(tmp_path, record)
    assert (code, error) == (0, "")
    assert "same      execute_request  ask name?" in text
    assert "0 different" in text


def test_a_replay_shows_what_is_different(start: Start, tmp_path: Path) -> None:
    record = tmp_path / "session.jsonl"
    kernel = start(record)
    kernel.run("hello")
    record.write_text(record.read_text().replace('"text":"hello"', '"text":"hullo"'))
    code, text, _ = replay(tmp_path, record)
    assert code == 1
    assert '- "text": "hullo"' in text
    assert '+ "text": "hello"' in text
    assert "1 different" in text


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("nonsense\n", "line 1, is no recorded message"),
        ("{}\n", "line 1, is no recorded message"),
        ("", "holds no request"),
        ('{"cut', "holds no request"),
    ],
    ids=["text", "object", "empty", "cut"],
)
def test_what_is_no_record_is_told_in_a_line(
    tmp_path: Path, text: str, complaint: str
) -> None:
    record = tmp_path / "session.jsonl"
    record.write_text(text)
    code, _, error = replay(tmp_path, record)
    assert code == 1
    assert complaint in error
    assert error.count("\n") == 1


def test_a_kernel_that_does_not_exist_is_told_in_a_line(
    start: Start, tmp_path: Path
) -> None:
    record = tmp_path / "session.jsonl"
    start(record).run("hello")
    code, _, error = replay(tmp_path, record, "--kernel", "nosuch")
    assert code == 1
    assert "there is no kernel nosuch" in error
