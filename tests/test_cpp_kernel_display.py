"""What cells of C++ show and send: <kernelwire/display.hpp> and <kernelwire/comm.hpp>."""

from __future__ import annotations

import base64
import io
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import Outcome, RunningKernel
from tests.cpp_program import program, start

__all__ = ["program"]  # a fixture, which pytest looks for here

pytestmark = pytest.mark.timeout(300)

# The smallest picture that is one.
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAA"
    "AABJRU5ErkJggg=="
)


@pytest.fixture(scope="module")
def cpp(
    program: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningKernel]:
    """A kernel whose cells may say display() without more."""
    place = tmp_path_factory.mktemp("cpp")
    (place / "pixel.png").write_bytes(PIXEL)
    kernel = start(program, place)
    begun = kernel.run(
        "#include <string>\n#include <vector>\n#include <iostream>\n"
        "#include <kernelwire/comm.hpp>\n#include <kernelwire/display.hpp>\n"
        "using namespace kernelwire;"
    )
    assert begun.reply["status"] == "ok", begun.reply
    yield kernel
    kernel.stop()


def shown(outcome: Outcome) -> dict[str, Any]:
    """The forms of the one display."""
    assert outcome.reply["status"] == "ok", outcome.reply
    (content,) = outcome.of("display_data")
    return dict(content["data"])


@pytest.mark.parametrize(
    ("made", "mime_type", "content"),
    [
        ('Html("<b>x</b>")', "text/html", "<b>x</b>"),
        ('Markdown("*x*")', "text/markdown", "*x*"),
        ('Latex("$x$")', "text/latex", "$x$"),
        ('Svg("<svg/>")', "image/svg+xml", "<svg/>"),
        ('JavaScript("x()")', "application/javascript", "x()"),
        ('Json(R"({"a": [1]})")', "application/json", {"a": [1]}),
        ('Vega(R"({"a": 1})")', "application/vnd.vega.v5+json", {"a": 1}),
        ('VegaLite(R"({"a": 1})")', "application/vnd.vegalite.v5+json", {"a": 1}),
    ],
    ids=lambda value: value.partition("(")[0] if isinstance(value, str) else "",
)
def test_a_marked_text_is_shown_as_its_type(
    cpp: RunningKernel, made: str, mime_type: str, content: Any
) -> None:
    assert shown(cpp.run(f"display({made});"))[mime_type] == content
    (result,) = cpp.run(made).of("execute_result")
    assert result["data"][mime_type] == content


def test_any_value_is_shown_as_a_result_is(cpp: RunningKernel) -> None:
    assert shown(cpp.run("display(std::vector<int>{1, 2});"))["text/plain"] == "[1, 2]"


def test_rows_are_shown_as_a_table(cpp: RunningKernel) -> None:
    rows = "std::vector<std::vector<int>>{{1, 2}, {3, 4}}"
    html = shown(cpp.run(f"display({rows});"))["text/html"]
    assert html.count("<tr>") == 2
    assert cpp.run(rows).of("execute_result")[0]["data"]["text/html"] == html


def test_text_that_is_no_utf8_is_shown_all_the_same(cpp: RunningKernel) -> None:
    assert "\ufffd" in shown(cpp.run(r'display(Html("a\xff"));'))["text/html"]


def test_a_picture_is_shown_in_the_size_that_is_wanted(cpp: RunningKernel) -> None:
    outcome = cpp.run('display(Image::from_file("pixel.png", 40, 30));')
    (content,) = outcome.of("display_data")
    assert base64.b64decode(content["data"]["image/png"]) == PIXEL
    assert content["metadata"] == {"image/png": {"width": 40, "height": 30}}


def test_a_file_that_is_not_there_is_named(cpp: RunningKernel) -> None:
    outcome = cpp.run('Image::from_file("nowhere.png")')
    assert outcome.reply["evalue"] == "cannot read nowhere.png"


def test_samples_become_a_sound(cpp: RunningKernel) -> None:
    made = "Audio::from_samples(std::vector<double>{0.0, 1.0, -2.0}, 8000)"
    html = shown(cpp.run(f"display({made});"))["text/html"]
    data = base64.b64decode(html.partition("base64,")[2].partition('"')[0])
    with wave.open(io.BytesIO(data)) as sound:
        assert (sound.getframerate(), sound.getnchannels()) == (8000, 1)
        frames = sound.readframes(3)
    values = [
        int.from_bytes(frames[i : i + 2], "little", signed=True) for i in (0, 2, 4)
    ]
    assert values == [0, 32767, -32767]


def test_a_film_is_embedded_or_linked(cpp: RunningKernel) -> None:
    html = shown(cpp.run('display(Video("https://example.org/a.mp4"));'))["text/html"]
    assert html == '<video controls src="https://example.org/a.mp4"></video>'


def test_what_was_shown_is_replaced(cpp: RunningKernel) -> None:
    outcome = cpp.run(
        'auto later = display(Html("a"));\nlater.update(Html("b"));\n'
        'update_display(Html("c"), later.id());'
    )
    assert outcome.kinds == ["display_data", "update_display_data"]
    (first,) = outcome.of("display_data")
    last = outcome.of("update_display_data")[-1]
    assert last["data"]["text/html"] == "c"
    assert last["transient"] == first["transient"]


def test_output_is_cleared(cpp: RunningKernel) -> None:
    outcome = cpp.run("clear_output(); clear_output(true);")
    assert outcome.of("clear_output") == [{"wait": False}, {"wait": True}]


def test_a_progress_bar_ends_full(cpp: RunningKernel) -> None:
    outcome = cpp.run(
        "std::vector<int> steps(3);\nint seen = 0;\n"
        'for (int step : progress(steps, "working")) { seen += 1 + step; }\nseen'
    )
    assert outcome.result == "3"
    last = outcome.of("update_display_data")[-1]["data"]
    assert last["text/plain"] == "working 100 % (3/3)"
    assert "<progress" in last["text/html"]


def test_a_type_says_how_it_is_shown(cpp: RunningKernel) -> None:
    cpp.run(
        "namespace shapes {\nstruct Circle { double radius; };\n"
        "std::string mime_bundle_repr(const Circle&) {\n"
        '    return Bundle().text("text/plain", "a circle").text("text/html", "&cir;");\n'
        "}\n}"
    )
    wanted = {"text/plain": "a circle", "text/html": "&cir;"}
    assert shown(cpp.run("display(shapes::Circle{1});")) == wanted
    (result,) = cpp.run("shapes::Circle{1}").of("execute_result")
    assert result["data"] == wanted


def test_what_is_no_bundle_is_an_error_of_the_cell(cpp: RunningKernel) -> None:
    cpp.run(
        'struct Broken {};\nstd::string mime_bundle_repr(const Broken&) { return "{"; }'
    )
    outcome = cpp.run("display(Broken{});")
    assert (
        "what is displayed is to be the text of a JSON object"
        in (outcome.reply["evalue"])
    )


def test_threads_show_in_the_cell_that_runs(cpp: RunningKernel) -> None:
    outcome = cpp.run(
        '#include <thread>\nstd::thread([] { display(Html("from a thread")); }).join();'
    )
    assert shown(outcome)["text/html"] == "from a thread"


def test_all_our_names_at_hand_leave_the_cells_theirs(cpp: RunningKernel) -> None:
    """A cell that said `using namespace kernelwire` could not have a `values`."""
    assert cpp.run("int values = 1, host = 2, detail = 3;\nvalues + host").result == "3"


# Comms


def test_a_cell_opens_a_comm_with_a_buffer(cpp: RunningKernel) -> None:
    outcome = cpp.run(
        "std::vector<double> samples(10000, 0.5);\n"
        'Comm opened("samples", R"({"count": 10000})", {Buffer::view(samples)});\n'
        "opened.send(\"{}\", {Buffer::of(std::string(20000, 'x'))});\n"
        "opened.close();"
    )
    assert outcome.reply["status"] == "ok", outcome.reply
    opening, message, closing = (
        raw for raw in outcome.raw if raw["msg_type"].startswith("comm_")
    )
    assert opening["content"]["target_name"] == "samples"
    assert opening["content"]["data"] == {"count": 10000}
    assert memoryview(opening["buffers"][0]).cast("d").tolist() == [0.5] * 10000
    assert bytes(message["buffers"][0]) == b"x" * 20000
    assert closing["msg_type"] == "comm_close"
    assert cpp.ask("comm_info_request")["comms"] == {}


def open_comm(kernel: RunningKernel, target: str) -> Outcome:
    content = {"comm_id": "frontend", "target_name": target, "data": {"a": 1}}
    return kernel.finish(kernel.send("comm_open", content), replied=False)


def test_the_frontend_opens_a_comm_to_a_cell(cpp: RunningKernel) -> None:
    cpp.run(
        "int closings = 0;\n"
        'comm_target("echo", [](Comm comm, const CommMessage& opening) {\n'
        "    comm.send(opening.data);\n"
        "    comm.on_message([comm](const CommMessage& message) {\n"
        "        comm.send(message.data, {Buffer::of(std::string(message.buffers.at(0)))});\n"
        "    });\n"
        "    comm.on_close([](const CommMessage&) { ++closings; });\n"
        "});"
    )
    assert open_comm(cpp, "echo").of("comm_msg")[0]["data"] == {"a": 1}
    assert cpp.ask("comm_info_request")["comms"] == {
        "frontend": {"target_name": "echo"}
    }
    content = {"comm_id": "frontend", "data": {"b": 2}}
    sent = cpp.send("comm_msg", content, buffers=[b"\x00\x01"])
    (echoed,) = cpp.finish(sent, replied=False).raw
    assert echoed["content"]["data"] == {"b": 2}
    assert bytes(echoed["buffers"][0]) == b"\x00\x01"
    cpp.finish(cpp.send("comm_close", content), replied=False)
    assert cpp.run("closings").result == "1"
    assert cpp.ask("comm_info_request")["comms"] == {}


def test_a_comm_to_no_target_is_closed(cpp: RunningKernel) -> None:
    assert open_comm(cpp, "nobody").of("comm_close")


@pytest.mark.parametrize(
    "fault",
    [
        'throw std::runtime_error("handler");',
        "*static_cast<volatile int*>(nullptr) = 1;",
    ],
    ids=["throws", "crashes"],
)
def test_a_handler_that_fails_leaves_the_kernel_alive(
    cpp: RunningKernel, fault: str
) -> None:
    cpp.run(
        "#include <stdexcept>\n"
        f'comm_target("faulty", [](Comm, const CommMessage&) {{ {fault} }});'
    )
    assert open_comm(cpp, "faulty").of("error")
    cpp.finish(
        cpp.send("comm_close", {"comm_id": "frontend", "data": {}}), replied=False
    )
    assert cpp.run("1 + 1").result == "2"


def test_a_cell_that_waits_has_comm_messages_answered(cpp: RunningKernel) -> None:
    cpp.run(
        "std::string heard;\n"
        'Comm waiting("waited");\n'
        "waiting.on_message([](const CommMessage& message) { heard = message.data; });"
    )
    comm_id = next(iter(cpp.ask("comm_info_request")["comms"]))
    msg_id = cpp.execute(
        'std::cout << "waiting" << std::endl;\n'
        "while (heard.empty()) answer_comms(1000);\nheard"
    )
    cpp.wait_for_output(msg_id, "waiting")
    cpp.send("comm_msg", {"comm_id": comm_id, "data": {"go": True}})
    assert cpp.finish(msg_id).result == r'"{\"go\":true}"'
