"""The notebooks of examples/: one for each library, run on our kernel and on ipykernel."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
import pytest
from tests.notebooks.outputs import Shown, shown_by
from tests.notebooks.run import OURS, THEIRS, Executed, Place, execute

EXAMPLES = Path(__file__).parent.parent / "examples"
NAMES = sorted(path.stem for path in EXAMPLES.glob("*.ipynb") if path.stem != "tour")
PATIENCE = 60  # seconds a cell

TIMES = {("tqdm", "text")}
"""Cells whose text says how long something took."""

Ran = Callable[[str, str], Executed]


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """Return an example as it is after its execution; each is executed once a kernel."""
    place = Place(tmp_path_factory.mktemp("jupyter"))

    @cache
    def run(name: str, kernel: str) -> Executed:
        notebook = nbformat.read(EXAMPLES / f"{name}.ipynb", as_version=4)
        directory = tmp_path_factory.mktemp(name)
        return execute(notebook, kernel, place, directory, PATIENCE)

    return run


@pytest.mark.parametrize("name", NAMES)
def test_the_repository_holds_the_example_without_outputs(name: str) -> None:
    notebook = nbformat.read(EXAMPLES / f"{name}.ipynb", as_version=4)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell for cell in code if cell.outputs or cell.execution_count] == []
    assert notebook.metadata["kernelspec"]["name"] == OURS
    assert 4 <= len(code) <= 8


@pytest.mark.parametrize("name", NAMES)
def test_all_cells_run_without_an_error_or_a_warning(ran: Ran, name: str) -> None:
    executed = ran(name, OURS)
    assert executed.failure == ""
    code = [cell for cell in executed.notebook.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == [*range(1, len(code) + 1)]
    complaints = [
        (cell.id, shown)
        for cell in code
        for shown in shown_by(cell)
        if shown.kind in ("error", "stderr")
        and (name, cell.id) not in TIMES
        and "raises-exception" not in cell.metadata.get("tags", [])
    ]
    assert complaints == []


def texts_of(executed: Executed, *skipped: str) -> dict[str, list[Shown]]:
    """What each cell has shown, as text and for those who only read text."""
    return {
        cell.id: [
            Shown(kind, text)
            for kind, parts in shown_by(cell)
            if (text := {name: parts[name] for name in parts if _is_text(name)})
        ]
        for cell in executed.notebook.cells
        if cell.cell_type == "code" and cell.id not in skipped
    }


def _is_text(part: str) -> bool:
    return "/" not in part or part == "text/plain"


@pytest.mark.parametrize("name", NAMES)
def test_texts_are_those_of_ipykernel(ran: Ran, name: str) -> None:
    skipped = [cell for example, cell in TIMES if example == name]
    ours, theirs = ran(name, OURS), ran(name, THEIRS)
    assert texts_of(ours, *skipped) == texts_of(theirs, *skipped)


@pytest.mark.parametrize("name", NAMES)
def test_widgets_are_those_of_ipykernel(ran: Ran, name: str) -> None:
    ours, theirs = (
        [state["_model_name"] for state in ran(name, kernel).widgets.values()]
        for kernel in (OURS, THEIRS)
    )
    assert ours == theirs


VIEW = "application/vnd.jupyter.widget-view+json"


@pytest.mark.parametrize(
    ("name", "cell", "kinds"),
    [
        ("anywidget", "counter", [VIEW]),
        ("anywidget", "canvas", [VIEW]),
        ("bokeh", "load", ["application/vnd.bokehjs_load.v0+json"]),
        ("bokeh", "plot", ["text/html", "application/vnd.bokehjs_exec.v0+json"]),
        ("ipywidgets", "interact", [VIEW]),
        ("ipywidgets", "await", [VIEW, "text/plain"]),
        ("matplotlib-inline", "curves", ["image/png"]),
        ("matplotlib-inline", "svg", ["image/svg+xml"]),
        ("matplotlib-inline", "several", ["text", "image/png"] * 2),
        ("matplotlib-inline", "update", ["image/png"]),
        ("matplotlib-widget", "figure", [VIEW]),
        ("matplotlib-widget", "inline", ["image/png"]),
        ("pandas", "frame", ["text/html"]),
        ("pandas", "style", ["text/html"]),
        ("pandas", "options", ["text/html", "text/html"]),
        ("pandas", "plot", ["image/png"]),
        ("plotly", "surface", ["application/vnd.plotly.v1+json", "text"]),
        ("plotly", "animation", ["application/vnd.plotly.v1+json"]),
        ("plotly", "widget", [VIEW]),
        ("polars", "frame", ["text/html"]),
        ("polars", "sql", ["text/html"]),
        ("rich", "table", ["text/html"]),
        ("rich", "failure", ["text/html"]),
        ("tqdm", "bar", [VIEW, "text/plain"]),
    ],
)
def test_a_cell_shows_what_frontends_draw(
    ran: Ran, name: str, cell: str, kinds: list[str]
) -> None:
    shown = shown_by(ran(name, OURS).cell(cell))
    assert len(shown) >= len(kinds)
    assert [
        kind for kind, one in zip(kinds, shown, strict=False) if kind in one.parts
    ] == kinds


@pytest.mark.parametrize(
    ("name", "model", "state"),
    [
        ("anywidget", "AnyModel", {"count": 6}),
        ("ipywidgets", "FloatTextModel", {"description": "°F", "value": 98.6}),
        ("ipywidgets", "IntSliderModel", {"description": "A number?", "value": 7}),
        ("ipywidgets", "ImageModel", {"format": "bmp", "width": "320"}),
        ("matplotlib-widget", "MPLCanvasModel", {"_figure_label": "A damped swing"}),
        ("matplotlib-widget", "FloatSliderModel", {"value": 5.0}),
        ("tqdm", "FloatProgressModel", {"value": 50.0, "bar_style": "success"}),
        ("tqdm", "FloatProgressModel", {"value": 65536.0, "bar_style": "success"}),
    ],
)
def test_a_widget_has_its_state(
    ran: Ran, name: str, model: str, state: dict[str, Any]
) -> None:
    states = ran(name, OURS).widgets.values()
    assert [
        one
        for one in states
        if one["_model_name"] == model and state.items() <= one.items()
    ]


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("ipywidgets", "image/svg+xml"),
        ("ipywidgets", "rolled a"),
        ("rich", "working"),
    ],
)
def test_an_output_widget_has_caught_what_was_shown_in_it(
    ran: Ran, name: str, part: str
) -> None:
    states = ran(name, OURS).widgets.values()
    assert [one for one in states if part in str(one.get("outputs", ""))]
