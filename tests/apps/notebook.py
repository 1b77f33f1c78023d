"""Notebook 7 as a person sees it: one notebook to a page."""

from __future__ import annotations

from playwright.sync_api import Page
from tests.apps.notebook_panel import NotebookPanel


class Notebook(NotebookPanel):
    """Notebook's page with one notebook open."""

    def __init__(self, page: Page, address: str, notebook: str) -> None:
        super().__init__(page)
        page.goto(f"{address}/notebooks/{notebook}")
        self.wait_until_idle()
