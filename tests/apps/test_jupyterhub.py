"""JupyterHub starts a user's server, in which a notebook runs."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect
from tests.apps.conftest import OUT, notebook_of
from tests.apps.lab import Lab
from tests.apps.server import free_port, serving

CONFIG = """\
from pathlib import Path

from jupyterhub.spawner import SimpleLocalProcessSpawner

place = Path({place!r})
c.JupyterHub.bind_url = "http://127.0.0.1:{port}"
c.JupyterHub.hub_port = {hub_port}
c.JupyterHub.db_url = f"sqlite:///{{place}}/hub.sqlite"
c.JupyterHub.cookie_secret_file = str(place / "cookie_secret")
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{api_port}"
c.ConfigurableHTTPProxy.pid_file = str(place / "proxy.pid")
c.JupyterHub.authenticator_class = "dummy"
c.Authenticator.allow_all = True
c.JupyterHub.spawner_class = SimpleLocalProcessSpawner
c.SimpleLocalProcessSpawner.home_dir_template = str(place / "{{username}}")
c.Spawner.args = ["--allow-root"]
c.Spawner.env_keep = {kept!r}
"""


@pytest.fixture(scope="module")
def address(
    app_environment: dict[str, str],
    kernel_name: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[str]:
    """Where a hub listens, one of whose users has a notebook."""
    place = tmp_path_factory.mktemp("hub")
    (place / "ada").mkdir()
    notebook = notebook_of(kernel_name, "import os; os.environ['JUPYTERHUB_USER']")
    (place / "ada" / "whose.ipynb").write_text(notebook)
    config = place / "jupyterhub_config.py"
    config.write_text(
        CONFIG.format(
            place=str(place),
            port=free_port(),
            hub_port=free_port(),
            api_port=free_port(),
            kept=sorted(name for name in app_environment if name != "HOME"),
        )
    )
    with serving(
        [sys.executable, "-m", "jupyterhub", "--config", config],
        environment=app_environment,
        log=OUT / "jupyterhub.log",
        listens=r"JupyterHub is now running at (http://\S+)",
    ) as address:
        yield address


def test_a_hub_starts_a_server_that_runs_a_cell(page: Page, address: str) -> None:
    page.goto(f"{address}/hub/login")
    page.locator("#username_input").fill("ada")
    page.locator("#password_input").fill("any")
    page.locator("#login_submit").click()
    page.wait_for_url("**/user/ada/**")
    lab = Lab(page, f"{address}/user/ada", "whose.ipynb")
    expect(lab.run(0)).to_contain_text("'ada'")
