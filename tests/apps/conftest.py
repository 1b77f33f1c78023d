"""What the apps' tests share: a Jupyter server, a browser, and what is kept of a failure.

`make test-apps` installs what they need and runs them; `pytest tests/apps` does where that
is done. Screenshots, pages and the servers' logs are left in `out/apps/`.

    --kernel python3    runs them on another kernel, such as ipykernel, to compare
    --pictures          also renews the pictures of the documentation, docs/images/*.png
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    FloatRect,
    Page,
    expect,
    sync_playwright,
)
from tests.apps.lab import Lab, OpenLab
from tests.apps.server import PATIENCE, free_port, serving
from tests.conftest import KERNEL_NAME

ROOT = Path(__file__).parent.parent.parent
OUT = ROOT / "out" / "apps"
IMAGES = ROOT / "docs" / "images"
CHROMIUM = "/usr/bin/chromium"

# JupyterLab's settings: it asks and fetches nothing, and waits longer for completions than
# a second, after which it would forget a first answer of jedi's on a busy machine.
SETTINGS = {
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    "completer-extension/manager": {"providerTimeout": 20_000},
}

# Chromium asks for updates and the like at every start unless it is told not to.
QUIET = [
    "--disable-quic",
    "--disable-component-update",
    "--disable-background-networking",
    "--disable-sync",
    "--no-first-run",
]


expect.set_options(timeout=20_000)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--kernel", default=KERNEL_NAME, help="name of a kernelspec")
    parser.addoption("--pictures", action="store_true", help="renew docs/images/*.png")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Keep a screenshot and the HTML of each page that a failed test has open."""
    report = yield
    if report.when == "call" and report.failed:
        keep_pages(item)
    return report


def keep_pages(item: pytest.Item) -> None:
    """Write what the browser shows to files that are named for the test."""
    context = getattr(item, "funcargs", {}).get("context")
    for number, page in enumerate(context.pages if context else []):
        stem = OUT / f"failed-{item.name}-{number}"
        stem.with_suffix(".html").write_text(page.content(), encoding="utf-8")
        page.screenshot(path=stem.with_suffix(".png"))


@pytest.fixture(scope="session")
def kernel_name(request: pytest.FixtureRequest) -> str:
    """The kernel that the apps run."""
    return str(request.config.getoption("--kernel"))


@pytest.fixture(scope="session")
def app_environment(
    jupyter_environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, str]:
    """An environment for the servers in which JupyterLab has the settings above."""
    settings = tmp_path_factory.mktemp("settings")
    for name, values in SETTINGS.items():
        file = settings / "@jupyterlab" / f"{name}.jupyterlab-settings"
        file.parent.mkdir(parents=True)
        file.write_text(json.dumps(values))
    return {
        **jupyter_environment,
        "JUPYTERLAB_SETTINGS_DIR": str(settings),
        "JUPYTERLAB_WORKSPACES_DIR": str(tmp_path_factory.mktemp("workspaces")),
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
    }


@dataclass
class JupyterServer:
    """A server of JupyterLab and Notebook, and the directory whose files it shows."""

    address: str
    files: Path
    kernel_name: str

    def write(self, name: str, *cells: str) -> str:
        """Write a notebook of code cells for the browser to open; returns its path."""
        (self.files / name).write_text(notebook_of(self.kernel_name, *cells))
        return name


def notebook_of(kernel_name: str, *cells: str) -> str:
    """A notebook of code cells for a kernel, as its file has it."""
    notebook = {
        "cells": [
            {
                "cell_type": "code",
                "id": f"cell-{number}",
                "source": source,
                "metadata": {},
                "execution_count": None,
                "outputs": [],
            }
            for number, source in enumerate(cells)
        ],
        "metadata": {"kernelspec": {"name": kernel_name, "display_name": "Python 3"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(notebook)


@dataclass
class Pictures:
    """What the apps look like: kept in out/apps, and on request in the documentation."""

    renew: bool

    def keep(self, name: str, page: Page, width: int, height: int) -> None:
        """Keep what a page shows in its upper left, of a size in pixels."""
        clip: FloatRect = {"x": 0, "y": 0, "width": width, "height": height}
        picture = page.screenshot(clip=clip)
        (OUT / f"{name}.png").write_bytes(picture)
        if self.renew:
            (IMAGES / f"{name}.png").write_bytes(picture)


@pytest.fixture(scope="session")
def pictures(request: pytest.FixtureRequest) -> Pictures:
    """Keeps pictures of what the tests have made the apps show."""
    return Pictures(renew=request.config.getoption("--pictures"))


@pytest.fixture(scope="session")
def jupyter_server(
    app_environment: dict[str, str],
    kernel_name: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[JupyterServer]:
    """One server of both JupyterLab and Notebook, as `jupyter lab` starts it."""
    files = tmp_path_factory.mktemp("files")
    options = {
        "ServerApp.root_dir": files,
        "ServerApp.port": free_port(),
        "ServerApp.ip": "127.0.0.1",
        "ServerApp.open_browser": False,
        "ServerApp.allow_root": True,
        "IdentityProvider.token": "",
        "ServerApp.disable_check_xsrf": True,
    }
    with serving(
        [
            *(sys.executable, "-m", "jupyterlab"),
            *(f"--{name}={value}" for name, value in options.items()),
        ],
        environment=app_environment,
        log=OUT / "jupyterlab.log",
        listens=r"(http://127\.0\.0\.1:\d+)/lab",
    ) as address:
        yield JupyterServer(address, files, kernel_name)


@pytest.fixture(scope="session", autouse=True)
def empty_out() -> None:
    """Forget what an earlier run has kept."""
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir(parents=True)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, without a window."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=QUIET,
            chromium_sandbox=os.getuid() != 0,  # it refuses to run as root with it
        )
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A profile of the browser; the tests of a module share its cache."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(PATIENCE * 1000)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """An empty tab of the test's own."""
    page = context.new_page()
    yield page
    page.close()


@pytest.fixture
def open_lab(
    page: Page, jupyter_server: JupyterServer, request: pytest.FixtureRequest
) -> OpenLab:
    """Opens JupyterLab with a notebook of the given cells."""
    own = f"lab-{request.node.name}.ipynb"

    def opened(*cells: str, name: str = own) -> Lab:
        return Lab(page, jupyter_server.address, jupyter_server.write(name, *cells))

    return opened
