"""JupyterLab 4 as a person sees it."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect
from tests.apps.notebook_panel import NotebookPanel


class Lab(NotebookPanel):
    """JupyterLab's page with one notebook open."""

    def __init__(self, page: Page, address: str, notebook: str) -> None:
        super().__init__(page)
        # A workspace of its own: what other tests have opened is not opened again.
        workspace = notebook.removesuffix(".ipynb")
        page.goto(f"{address}/lab/workspaces/{workspace}/tree/{notebook}?reset")
        self.wait_until_idle()

    def choose(self, command: str) -> None:
        """Choose a command by its name in the command palette."""
        self.page.keyboard.press("Control+Shift+C")
        palette = self.page.locator("#modal-command-palette")
        palette.locator("input").fill(command)
        palette.locator(".lm-CommandPalette-itemLabel", has_text=command).first.click()

    def hide_files(self) -> None:
        """Close the list of files on the left."""
        self.page.get_by_role("tab", name="File Browser").click()
        expect(self.page.locator("#jp-left-stack")).to_be_hidden()

    def open_subshell_console(self) -> Console:
        """Open a console below the notebook that runs code in a subshell.

        JupyterLab asks the main shell for its banner first, whatever is run there.
        """
        self.choose("New Subshell Console for Notebook")
        return Console(self.page)


class Console:
    """A code console of JupyterLab's, the only one on the page."""

    def __init__(self, page: Page) -> None:
        self.page = page
        banner = page.locator(".jp-CodeConsole-banner")
        expect(banner).to_contain_text("IPython")
        self.prompt = page.locator(".jp-CodeConsole-promptCell .cm-content")
        self.output = page.locator(".jp-CodeConsole-content .jp-OutputArea").last

    def run(self, code: str) -> None:
        """Type code and run it."""
        self.prompt.click()
        self.page.keyboard.type(code)
        self.page.keyboard.press("Shift+Enter")


OpenLab = Callable[..., Lab]
"""Opens JupyterLab with a notebook of the given cells, under a name if one is given."""
