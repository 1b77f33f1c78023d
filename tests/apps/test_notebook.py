"""Notebook 7 in a real browser."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from tests.apps.cells import PLOT, SLIDER
from tests.apps.conftest import JupyterServer
from tests.apps.notebook import Notebook
from tests.apps.notebook_panel import drag_to_the_right

Open = Callable[..., Notebook]


@pytest.fixture
def open_notebook(
    page: Page, jupyter_server: JupyterServer, request: pytest.FixtureRequest
) -> Open:
    """Opens Notebook's page of a notebook of the given cells."""
    name = f"notebook-{request.node.name}.ipynb"

    def opened(*cells: str) -> Notebook:
        path = jupyter_server.write(name, *cells)
        return Notebook(page, jupyter_server.address, path)

    return opened


def test_cells_run_and_show_what_they_make(open_notebook: Open) -> None:
    notebook = open_notebook("print('printed')\n6 * 7", PLOT, "1 / 0")
    expect(notebook.run(0)).to_contain_text("printed")
    expect(notebook.output(0)).to_contain_text("42")
    expect(notebook.run(1).locator("img")).to_be_visible()
    expect(notebook.run(2)).to_contain_text("ZeroDivisionError: division by zero")


def test_input_is_asked_for_below_the_cell(open_notebook: Open) -> None:
    notebook = open_notebook("'Hello ' + input('Who? ')")
    notebook.start(0)
    notebook.answer(0, "Ada")
    expect(notebook.finish(0)).to_contain_text("Hello Ada")


def test_tab_completes_and_shift_tab_inspects(open_notebook: Open) -> None:
    notebook = open_notebook("import math", "math.isq")
    notebook.run(0)
    notebook.complete(1, "isqrt")
    expect(notebook.editor(1)).to_have_text("math.isqrt")
    notebook.type_into(1, "(")
    notebook.page.keyboard.press("Shift+Tab")
    expect(notebook.tooltip).to_contain_text("integer part of the square root")


def test_a_slider_moves_both_ways(open_notebook: Open) -> None:
    notebook = open_notebook(SLIDER, "slider.value = 60")
    output = notebook.run(0)
    drag_to_the_right(output.locator(".noUi-handle"))
    expect(output.locator(".widget-readout")).to_have_text("100")
    expect(output.get_by_text("half: 50.0")).to_be_visible()
    notebook.run(1)
    expect(output.locator(".widget-readout")).to_have_text("60")
    expect(output.get_by_text("half: 30.0")).to_be_visible()


def test_a_cell_is_interrupted_and_the_kernel_restarted(open_notebook: Open) -> None:
    notebook = open_notebook(
        "kept = 1\nprint('began', flush=True)\nwhile True: ...", "kept"
    )
    notebook.start(0)
    expect(notebook.output(0)).to_contain_text("began")
    notebook.interrupt()
    expect(notebook.finish(0)).to_contain_text("KeyboardInterrupt")
    expect(notebook.run(1)).to_contain_text("1")
    notebook.restart()
    expect(notebook.run(1)).to_contain_text("NameError")
