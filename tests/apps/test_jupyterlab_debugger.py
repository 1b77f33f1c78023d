"""JupyterLab's debugger, with the mouse."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from tests.apps.conftest import Pictures
from tests.apps.debugger_panel import DebuggerPanel
from tests.apps.lab import Lab, OpenLab

HALF = """\
def half(number):
    found = number / 2
    return found

total = half(84)
total += half(10)
print("total", total)"""


@pytest.fixture
def lab(open_lab: OpenLab) -> Lab:
    """JupyterLab with a notebook of one cell."""
    return open_lab(HALF, "'alive'")


@pytest.fixture
def panel(lab: Lab) -> DebuggerPanel:
    """Its debugger, with a breakpoint in the function."""
    panel = DebuggerPanel(lab)
    panel.set_breakpoint(0, 3)
    return panel


def test_a_breakpoint_is_hit_and_the_cell_goes_on(
    open_lab: OpenLab, pictures: Pictures
) -> None:
    lab = open_lab(HALF, "'alive'", name="half.ipynb")
    panel = DebuggerPanel(lab)
    panel.set_breakpoint(0, 3)
    lab.start(0)
    panel.expect_stop(0, 3)
    expect(panel.callers).to_have_text(["half", "<module>"])
    expect(panel.variable("number")).to_have_text("84")
    expect(panel.variable("found")).to_have_text("42")
    lab.hide_files()
    pictures.keep("jupyterlab-debugger", lab.page, 1280, 480)
    panel.press("Continue")
    expect(panel.variable("number")).to_have_text("10")
    panel.press("Continue")
    expect(lab.finish(0)).to_contain_text("total 47.0")
    panel.expect_no_stop()
    expect(lab.run(1)).to_contain_text("alive")


def test_steps_lead_out_of_a_function_and_into_it(
    lab: Lab, panel: DebuggerPanel
) -> None:
    lab.start(0)
    panel.expect_stop(0, 3)
    panel.press("Step Out")
    panel.expect_stop(0, 5)
    panel.press("Next")
    panel.expect_stop(0, 6)
    panel.press("Step In")
    expect(panel.callers).to_have_text(["half", "<module>"])
    panel.expect_stop(0, 2)


def test_a_restart_keeps_the_breakpoint(lab: Lab, panel: DebuggerPanel) -> None:
    lab.start(0)
    panel.expect_stop(0, 3)
    panel.restart()
    panel.expect_no_stop()
    lab.start(0)
    panel.expect_stop(0, 3)
    expect(panel.variable("number")).to_have_text("84")


def test_an_interrupt_ends_a_cell_that_stands(lab: Lab, panel: DebuggerPanel) -> None:
    lab.start(0)
    panel.expect_stop(0, 3)
    lab.interrupt()
    expect(lab.finish(0)).to_contain_text("KeyboardInterrupt")
    expect(lab.run(1)).to_contain_text("alive")
