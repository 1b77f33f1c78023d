"""The example `widget`: comms with handlers in C++, as ipywidgets' frontends use them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.conftest import Json, Outcome, RunningKernel

# Where `make test-cpp` has not built the example, the first test does.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

VIEW = "application/vnd.jupyter.widget-view+json"


@pytest.fixture
def kernel(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[RunningKernel]:
    from tests.native import cpp_build, start

    build = cpp_build(tmp_path_factory)
    program = build / "cpp" / "examples" / "widget" / "widget_kernel"
    kernel = start(program, tmp_path_factory.mktemp("widget"))
    yield kernel
    kernel.stop()


def told(kernel: RunningKernel, msg_type: str, **content: Any) -> Outcome:
    """Send a comm message, and wait for what comes of it."""
    return kernel.finish(kernel.send(msg_type, content), replied=False)


@pytest.fixture
def slider(kernel: RunningKernel) -> str:
    """The id of the comm of a slider that is shown."""
    outcome = kernel.run("show")
    (display,) = outcome.of("display_data")
    return str(display["data"][VIEW]["model_id"])


def update(slider: str, value: int) -> Json:
    data = {"method": "update", "state": {"value": value}, "buffer_paths": []}
    return {"comm_id": slider, "data": data}


def test_the_kernel_opens_its_models_before_it_shows_one(
    kernel: RunningKernel,
) -> None:
    outcome = kernel.run("show")
    opened = {content["comm_id"]: content for content in outcome.of("comm_open")}
    assert {content["target_name"] for content in opened.values()} == {"jupyter.widget"}
    (display,) = outcome.of("display_data")
    state = opened[display["data"][VIEW]["model_id"]]["data"]["state"]
    assert state["_model_name"] == "IntSliderModel"
    layout = state["layout"].removeprefix("IPY_MODEL_")
    assert opened[layout]["data"]["state"]["_model_name"] == "LayoutModel"


def test_a_slider_that_is_moved_changes_a_variable(
    kernel: RunningKernel, slider: str
) -> None:
    assert kernel.run("value").result == "20"
    told(kernel, "comm_msg", **update(slider, 77))
    assert kernel.run("value").result == "77"


def test_a_variable_that_is_set_moves_the_slider(
    kernel: RunningKernel, slider: str
) -> None:
    messages = kernel.run("set 40").of("comm_msg")
    (moved,) = [content for content in messages if content["comm_id"] == slider]
    assert moved["data"]["method"] == "update"
    assert moved["data"]["state"]["value"] == 40


def test_a_page_that_is_loaded_again_gets_all_widgets(
    kernel: RunningKernel, slider: str
) -> None:
    """As ipywidgets 8 asks for them: by a comm of its own for that."""
    target = "jupyter.widget.control"
    told(kernel, "comm_open", comm_id="control", target_name=target, data={})
    asked = told(
        kernel, "comm_msg", comm_id="control", data={"method": "request_states"}
    )
    (answer,) = asked.of("comm_msg")
    assert answer["data"]["method"] == "update_states"
    assert len(answer["data"]["states"]) == 3
    assert answer["data"]["states"][slider]["state"]["value"] == 20


def test_comms_are_listed_until_they_are_closed(
    kernel: RunningKernel, slider: str
) -> None:
    comms = kernel.ask("comm_info_request", target_name="jupyter.widget")["comms"]
    assert len(comms) == 3
    assert comms[slider] == {"target_name": "jupyter.widget"}
    told(kernel, "comm_close", comm_id=slider, data={})
    comms = kernel.ask("comm_info_request", target_name="jupyter.widget")["comms"]
    assert len(comms) == 2


@pytest.mark.parametrize(
    "data",
    [
        None,
        5,
        "text",
        {"method": "update"},
        {"method": 5},
        {"method": "update", "state": 5},
    ],
    ids=str,
)
def test_what_a_frontend_should_not_send_is_survived(
    kernel: RunningKernel, slider: str, data: Any
) -> None:
    told(kernel, "comm_msg", comm_id=slider, data=data)
    assert kernel.run("value").result == "20"
