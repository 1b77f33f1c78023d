"""Voilà as a person sees it: a page of a notebook's outputs, without its code."""

from __future__ import annotations

from playwright.sync_api import Page, expect


class Dashboard:
    """The page of a notebook that Voilà has run."""

    def __init__(self, page: Page, address: str, notebook: str) -> None:
        self.page = page
        page.goto(f"{address}/voila/render/{notebook}")
        # The widgets are there once the page has found its kernel.
        self.slider = page.locator(".noUi-handle")
        expect(self.slider).to_be_visible()
