"""The cells of an open notebook: JupyterLab 4 and Notebook 7 show them alike."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

DONE = re.compile(r"\[\d+\]:")

_START = 60_000
"""How long an app may take to show a notebook whose kernel has started, in milliseconds.
The first page of a browser took twenty seconds on a machine that did much else."""


def drag_to_the_right(handle: Locator) -> None:
    """Drag a slider's handle with the mouse until its end."""
    handle.scroll_into_view_if_needed()
    place = handle.bounding_box()
    assert place is not None
    x, y = place["x"] + place["width"] / 2, place["y"] + place["height"] / 2
    mouse = handle.page.mouse
    mouse.move(x, y)
    mouse.down()
    mouse.move(x + 500, y, steps=4)
    mouse.up()


class NotebookPanel:
    """A notebook on a page, and what a person does in it.

    Cells are counted from 0. Every wait is for what the page shows, and ends after the
    page's own time-out.
    """

    def __init__(self, page: Page) -> None:
        self.page = page
        self.root = page.locator(".jp-NotebookPanel:not(.lm-mod-hidden)")
        self.completions = page.locator(".jp-Completer-item")
        self.tooltip = page.locator(".jp-Tooltip")

    def wait_until_idle(self) -> None:
        """Wait until the kernel has been started and does nothing.

        Before there is a kernel the indicator shows it idle as well.
        """
        no_kernel = self.page.locator(".jp-Toolbar-kernelName", has_text="No Kernel")
        started = self.root.filter(has_not=no_kernel)
        indicator = started.locator(".jp-Notebook-ExecutionIndicator")
        expect(indicator).to_have_attribute("data-status", "idle", timeout=_START)

    def cell(self, index: int) -> Locator:
        """A code cell: its code, its number and its output."""
        return self.root.locator(".jp-CodeCell").nth(index)

    def output(self, index: int) -> Locator:
        """All that a cell shows below its code."""
        return self.cell(index).locator(".jp-OutputArea").first

    def prompt(self, index: int) -> Locator:
        """What stands before a cell: its number, a star while it runs, or nothing."""
        return self.cell(index).locator(".jp-InputPrompt")

    def editor(self, index: int) -> Locator:
        """What a cell's code is typed into."""
        return self.cell(index).locator(".cm-content").first

    def start(self, index: int) -> None:
        """Run a cell, as Shift+Enter does, and go on at once."""
        self.editor(index).click()
        self.page.keyboard.press("Shift+Enter")

    def run(self, index: int) -> Locator:
        """Run a cell until it is done; returns its output."""
        self.start(index)
        return self.finish(index)

    def finish(self, index: int) -> Locator:
        """Wait until a cell that was started has a number; returns its output."""
        expect(self.prompt(index)).to_have_text(DONE)
        return self.output(index)

    def expect_running(self, index: int) -> None:
        """Wait until a cell has a star in place of its number."""
        expect(self.prompt(index)).to_have_text("[*]:")

    def type_into(self, index: int, code: str) -> None:
        """Put the cursor at the end of a cell's code, and type."""
        self.editor(index).click()
        self.page.keyboard.press("Control+End")
        self.page.keyboard.type(code)

    def complete(self, index: int, text: str) -> None:
        """Press Tab at the end of a cell, and choose from what is offered."""
        self.type_into(index, "")
        self.page.keyboard.press("Tab")
        self.completions.filter(has_text=text).click()

    def answer(self, index: int, text: str) -> None:
        """Answer what a running cell asks."""
        field = self.cell(index).locator(".jp-Stdin-input")
        field.fill(text)
        field.press("Enter")

    def interrupt(self) -> None:
        """Press the square in the toolbar."""
        self.root.locator('[data-command="notebook:interrupt-kernel"]').click()

    def restart(self) -> None:
        """Press the round arrow in the toolbar, and wait for the new kernel.

        Until the server has answered, the page shows the kernel as it was before.
        """
        self.root.locator('[data-command="notebook:restart-kernel"]').click()
        with self.page.expect_response(re.compile("/restart")):
            self.page.locator(".jp-Dialog .jp-mod-accept").click()
        self.wait_until_idle()
