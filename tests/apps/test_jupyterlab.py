"""JupyterLab 4 in a real browser."""

from __future__ import annotations

import re

from playwright.sync_api import expect
from tests.apps.cells import DASHBOARD, PLOT, SLIDER
from tests.apps.conftest import Pictures
from tests.apps.lab import OpenLab
from tests.apps.notebook_panel import drag_to_the_right


def test_a_cell_prints_and_returns(open_lab: OpenLab) -> None:
    lab = open_lab("print('printed')\n6 * 7")
    output = lab.run(0)
    expect(output).to_contain_text("printed")
    expect(output).to_contain_text("42")


def test_displays_are_rich(open_lab: OpenLab) -> None:
    lab = open_lab(
        "from IPython.display import HTML, Latex, display\n"
        "display(HTML('<b id=bold>bold</b>'), Latex('$e^{i\\\\pi}$'))\n"
        "import pandas; pandas.DataFrame({'column': [1, 2]})"
    )
    output = lab.run(0)
    expect(output.locator("b#bold")).to_be_visible()
    expect(output.locator("mjx-container")).to_be_visible()
    expect(output.locator("table.dataframe th", has_text="column")).to_be_visible()


def test_matplotlib_draws_a_picture(open_lab: OpenLab) -> None:
    lab = open_lab(PLOT)
    picture = lab.run(0).locator("img")
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.naturalWidth") > 100


def test_an_error_shows_its_traceback_in_colour(open_lab: OpenLab) -> None:
    lab = open_lab("def half(number):\n    return number / 0\n\nhalf(1)")
    output = lab.run(0)
    expect(output).to_contain_text("ZeroDivisionError: division by zero")
    expect(output).to_contain_text("----> 2")
    expect(output.locator(".ansi-red-fg, .ansi-red-intense-fg").first).to_be_visible()


def test_an_error_aborts_the_cells_behind_it(open_lab: OpenLab) -> None:
    lab = open_lab("import time; time.sleep(1); 1 / 0", "print('not reached')", "2")
    lab.choose("Run All Cells")
    lab.finish(0)
    lab.wait_until_idle()
    expect(lab.prompt(1)).to_have_text("[ ]:")
    expect(lab.run(2)).to_contain_text("2")


def test_input_is_asked_for_below_the_cell(open_lab: OpenLab) -> None:
    lab = open_lab("name = input('Who? ')\nprint('Hello', name)")
    lab.start(0)
    lab.answer(0, "Ada")
    expect(lab.finish(0)).to_contain_text("Hello Ada")


def test_a_password_is_not_shown(open_lab: OpenLab) -> None:
    lab = open_lab("import getpass\nlen(getpass.getpass('Secret: '))")
    lab.start(0)
    lab.answer(0, "hunter2")
    output = lab.finish(0)
    expect(output).to_contain_text("7")
    expect(output).not_to_contain_text("hunter2")


def test_tab_completes_with_types(open_lab: OpenLab) -> None:
    lab = open_lab("import math", "math.fact")
    lab.run(0)
    lab.type_into(1, "")
    lab.page.keyboard.press("Tab")
    expect(lab.completions).to_have_text(re.compile("factorial.*function"))
    lab.page.keyboard.press("Enter")
    expect(lab.editor(1)).to_have_text("math.factorial")


def test_one_completion_of_many_is_chosen(open_lab: OpenLab) -> None:
    lab = open_lab("import math", "math.is")
    lab.run(0)
    lab.complete(1, "isqrt")
    expect(lab.editor(1)).to_have_text("math.isqrt")


def test_shift_tab_inspects(open_lab: OpenLab) -> None:
    lab = open_lab("import math", "math.isqrt(")
    lab.run(0)
    lab.type_into(1, "")
    lab.page.keyboard.press("Shift+Tab")
    expect(lab.tooltip).to_contain_text("integer part of the square root")


def test_a_slider_moves_both_ways(open_lab: OpenLab) -> None:
    lab = open_lab(SLIDER, "slider.value = 60")
    output = lab.run(0)
    drag_to_the_right(output.locator(".noUi-handle"))
    expect(output.locator(".widget-readout")).to_have_text("100")
    expect(output.get_by_text("half: 50.0")).to_be_visible()
    lab.run(1)
    expect(output.locator(".widget-readout")).to_have_text("60")
    expect(output.get_by_text("half: 30.0")).to_be_visible()


def test_a_slider_redraws_a_picture(open_lab: OpenLab, pictures: Pictures) -> None:
    lab = open_lab(DASHBOARD, name="waves.ipynb")
    lab.hide_files()
    output = lab.run(0)
    expect(output.get_by_text("3 waves")).to_be_visible()
    drag_to_the_right(output.locator(".noUi-handle"))
    expect(output.get_by_text("9 waves")).to_be_visible()
    expect(output.locator("img")).to_have_count(1)
    pictures.keep("jupyterlab", lab.page, 1280, 720)


def test_a_slider_answers_while_a_cell_runs(open_lab: OpenLab) -> None:
    """JupyterLab sends what widgets say to a subshell."""
    lab = open_lab(SLIDER, "import time\nwhile slider.value != 100: time.sleep(0.01)")
    output = lab.run(0)
    lab.start(1)
    lab.expect_running(1)
    drag_to_the_right(output.locator(".noUi-handle"))
    expect(output.get_by_text("half: 50.0")).to_be_visible()
    lab.finish(1)


def test_a_subshell_console_answers_while_a_cell_runs(open_lab: OpenLab) -> None:
    lab = open_lab("import time\nready = False\nwhile not ready: time.sleep(0.01)")
    console = lab.open_subshell_console()
    lab.start(0)
    lab.expect_running(0)
    console.run("print(ready); ready = True")
    expect(console.output).to_contain_text("False")
    lab.finish(0)


def test_an_interrupt_stops_a_cell(open_lab: OpenLab) -> None:
    lab = open_lab("print('began', flush=True)\nwhile True:\n    pass", "'alive'")
    lab.start(0)
    expect(lab.output(0)).to_contain_text("began")
    lab.interrupt()
    expect(lab.finish(0)).to_contain_text("KeyboardInterrupt")
    expect(lab.run(1)).to_contain_text("alive")


def test_a_restart_forgets_all_names(open_lab: OpenLab) -> None:
    lab = open_lab("kept = 1", "kept")
    lab.run(0)
    lab.restart()
    expect(lab.run(1)).to_contain_text("NameError")
    expect(lab.prompt(1)).to_have_text("[1]:")
