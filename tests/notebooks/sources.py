"""Whose notebooks are executed: ours, and sdists on PyPI that have some."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Source:
    """A distribution, in one version, so that two runs compare the same notebooks."""

    distribution: str
    version: str
    requires: tuple[str, ...] = ()
    """What the notebooks import and we do not have, as pip reads it."""
    only: tuple[str, ...] = ("",)
    """Beginnings of the paths of those that are executed."""
    excluded: Mapping[str, str] = field(default_factory=dict)
    """Beginnings of paths in the sdist, and why those notebooks are not executed."""

    @property
    def label(self) -> str:
        """What it is called in the report."""
        return f"{self.distribution} {self.version}".strip()


OURS = Source("own cells", "")
"""Our own, in cells/: what people do, a few lines each."""

SOURCES = (
    OURS,
    Source(
        "nbclient",
        "0.11.0",
        excluded={"tests/files/Interrupt": "ends when it is stopped"},
    ),
    Source("nbconvert", "7.17.2"),
    Source("nbformat", "5.11.1"),
    Source("nbsphinx", "0.9.8"),
    Source("nbval", "0.11.0"),
    Source("nbdime", "4.0.4", only=("examples",)),
    Source("papermill", "2.7.0"),
    Source("jupytext", "1.19.6"),
    Source("tqdm", "4.70.1"),
    Source("voila", "0.5.13", requires=("bqplot",)),
    Source("jupyterlab", "4.6.6"),
    Source("ipycytoscape", "1.3.3", requires=("ipycytoscape==1.3.3", "networkx>=3")),
    Source("pythreejs", "2.4.2", requires=("pythreejs==2.4.2", "scipy>=1.11")),
    Source(
        "holoviews",
        "1.23.2",
        requires=("holoviews==1.23.2", "panel>=1.4", "scipy>=1.11", "networkx>=3"),
        only=(
            "holoviews/examples/getting_started",
            "holoviews/examples/user_guide/01",
            "holoviews/examples/user_guide/02",
            "holoviews/examples/user_guide/06",
        ),
    ),
    Source("lmfit", "1.3.4", requires=("lmfit==1.3.4",)),
)
