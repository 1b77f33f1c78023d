"""JupyterLab's debugger: the bug in a notebook's toolbar, and the panel on the right."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import Locator, expect

if TYPE_CHECKING:
    from tests.apps.lab import Lab


class DebuggerPanel:
    """The panel of a notebook that is debugged. Lines are counted from 1, as it shows."""

    def __init__(self, lab: Lab) -> None:
        """Switch the debugger on, and wait until cells have breakpoints' gutters."""
        self.lab = lab
        self.page = lab.page
        # While the kernel is asked whether it has a debugger, a click does nothing.
        lab.root.get_by_role("button", name="Enable Debugger", disabled=False).click()
        expect(self._gutter(0).first).to_be_attached()
        self.callers = self.page.locator(".jp-DebuggerCallstackFrame-name")

    def set_breakpoint(self, cell: int, line: int) -> None:
        """Click beside a line, and wait until the kernel has placed the breakpoint."""
        placed = self.page.locator(".jp-DebuggerBreakpoint")
        before = placed.count()
        # The first of a gutter's elements is there only for its width.
        self._gutter(cell).nth(line).click()
        expect(placed).to_have_count(before + 1)

    def restart(self) -> None:
        """Restart the kernel, and wait until the new one has the breakpoints.

        Their files are in a directory that is named for the kernel's process.
        """
        source = self.page.locator(".jp-DebuggerBreakpoint-source").first
        before = source.inner_text()
        self.lab.restart()
        expect(source).not_to_have_text(before)

    def expect_stop(self, cell: int, line: int) -> None:
        """Wait until a cell stands at a line."""
        lines = self.lab.cell(cell).locator(".cm-line")
        expect(lines.nth(line - 1)).to_contain_class("jp-DebuggerEditor-highlight")

    def expect_no_stop(self) -> None:
        """Wait until nothing is stopped."""
        expect(self.callers).to_have_count(0)

    def variable(self, name: str) -> Locator:
        """What the panel shows for a variable of the selected frame."""
        items = self.page.locator(".jp-DebuggerVariables jp-tree-item:visible")
        label = self.page.get_by_text(name, exact=True)
        return items.filter(has=label).locator(".jp-DebuggerVariables-detail").first

    def press(self, name: str) -> None:
        """Press a button of the call stack: Continue, Next, Step In, or Step Out."""
        toolbar = self.page.locator(".jp-DebuggerCallstack, .jp-AccordionPanel-title")
        toolbar.get_by_role("button", name=name).first.click()

    def _gutter(self, cell: int) -> Locator:
        marks = ".cm-gutter.cm-breakpoint-gutter > .cm-gutterElement"
        return self.lab.cell(cell).locator(marks)
