"""Voilà shows a dashboard in a real browser."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect
from tests.apps.cells import DASHBOARD
from tests.apps.conftest import OUT, Pictures, notebook_of
from tests.apps.notebook_panel import drag_to_the_right
from tests.apps.server import free_port, serving
from tests.apps.voila import Dashboard


@pytest.fixture(scope="module")
def address(
    app_environment: dict[str, str],
    kernel_name: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[str]:
    """Where Voilà shows the notebooks of a directory."""
    files = tmp_path_factory.mktemp("voila")
    (files / "dashboard.ipynb").write_text(notebook_of(kernel_name, DASHBOARD))
    with serving(
        [
            *(sys.executable, "-m", "voila", files),
            *("--no-browser", f"--port={free_port()}", "--Voila.ip=127.0.0.1"),
            "--show_tracebacks=True",
        ],
        environment=app_environment,
        log=OUT / "voila.log",
        listens=r"(http://(?:localhost|127\.0\.0\.1):\d+)",
    ) as address:
        yield address


def test_a_slider_of_a_dashboard_changes_its_picture(
    page: Page, address: str, pictures: Pictures
) -> None:
    dashboard = Dashboard(page, address, "dashboard.ipynb")
    picture = page.locator("img")
    expect(picture).to_be_visible()
    expect(page.get_by_text("pyplot")).to_have_count(0)  # no code is shown
    before = picture.get_attribute("src")
    drag_to_the_right(dashboard.slider)
    expect(page.get_by_text("9 waves")).to_be_visible()
    expect(picture).not_to_have_attribute("src", str(before))
    pictures.keep("voila", page, 640, 360)
