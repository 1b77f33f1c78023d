"""An ipyparallel cluster with two engines that large arrays are moved through.

Client, controller and engines are processes of their own, and all of them are to use the
same class of Session: KERNELWIRE_UPSTREAM_SIDE says whose. Run by tests.upstream.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import ipyparallel
import numpy as np
import pytest

SIDE = os.environ["KERNELWIRE_UPSTREAM_SIDE"]
OWNER = {"with": "kernelwire.session", "without": "jupyter_client.session"}[SIDE]
ENGINES = 2
ITEMS = 12_500_000  # of 8 bytes: 100 MB


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A client of a cluster that has nothing of the user's profile."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IPYTHONDIR", str(tmp_path_factory.mktemp("ipython")))
        with ipyparallel.Cluster(n=ENGINES, engines="local") as connected:
            yield connected


@pytest.fixture(scope="module")
def view(client: Any) -> Any:
    view = client[:]
    view.block = True
    return view


@pytest.fixture(scope="module")
def array() -> Any:
    """100 MB that no packer can make smaller or take for something else."""
    return np.random.default_rng(seed=3).random(ITEMS)


def digest(array: Any) -> str:
    """What tells one array's bytes from another's, at either end."""
    from hashlib import sha256

    return sha256(memoryview(array).cast("B")).hexdigest()


def session_class() -> str:
    """The module of the engine's Session; runs in an engine."""
    from IPython import get_ipython

    return type(get_ipython().kernel.session).__module__


def test_the_client_uses_the_session_of_its_side(client: Any) -> None:
    assert type(client.session).__module__ == OWNER


def test_every_engine_uses_the_session_of_its_side(view: Any) -> None:
    assert view.apply(session_class) == [OWNER] * ENGINES


def test_the_controller_uses_the_session_of_its_side(client: Any) -> None:
    """It has no way to be asked; but the tally knows who has made a Session."""
    assert len(client) == ENGINES
    tally = Path(os.environ["KERNELWIRE_UPSTREAM_TALLY"]).read_text().splitlines()
    made = {
        line.split("\t")[1].rpartition(".")[0]
        for line in tally
        if "ipyparallel/controller" in line
    }
    assert made == {OWNER}


def test_an_array_is_pushed_to_every_engine_and_is_the_same_there(
    view: Any, array: Any
) -> None:
    view.push({"pushed": array})
    wanted = sha256(array).hexdigest()
    assert view.apply(digest, ipyparallel.Reference("pushed")) == [wanted] * ENGINES


def test_an_array_is_pulled_from_every_engine_and_is_the_same_here(
    view: Any, array: Any
) -> None:
    view.push({"pulled": array})
    first, second = view.pull("pulled")
    assert np.array_equal(first, array)
    assert np.array_equal(second, array)


def test_a_scattered_array_comes_back_gathered(view: Any, array: Any) -> None:
    view.scatter("part", array)
    sizes = view.apply(len, ipyparallel.Reference("part"))
    assert sizes == [ITEMS // ENGINES] * ENGINES
    assert np.array_equal(view.gather("part"), array)


def test_a_function_is_applied_to_arrays_and_returns_arrays(
    view: Any, array: Any
) -> None:
    first, second = view.apply(np.negative, array)
    assert np.array_equal(first, -array)
    assert np.array_equal(second, -array)


def test_a_function_is_mapped_over_pieces_of_an_array(view: Any, array: Any) -> None:
    pieces = np.split(array, 20)
    doubled = view.map_sync(np.add, pieces, pieces)
    assert np.array_equal(np.concatenate(doubled), 2 * array)


def test_a_balanced_view_maps_over_pieces_of_an_array(client: Any, array: Any) -> None:
    balanced = client.load_balanced_view()
    pieces = np.split(array, 20)
    doubled = balanced.map_sync(np.add, pieces, pieces)
    assert np.array_equal(np.concatenate(doubled), 2 * array)


@pytest.mark.parametrize(
    "made",
    [
        pytest.param(lambda: np.zeros((0, 3)), id="empty"),
        pytest.param(lambda: np.array(3.5), id="zero-dimensional"),
        pytest.param(lambda: np.asfortranarray(np.ones((300, 200))), id="fortran"),
        pytest.param(lambda: np.arange(100_000)[::7], id="strided"),
        pytest.param(lambda: np.arange(10_000, dtype=">i4"), id="big-endian"),
        pytest.param(lambda: np.zeros(999, dtype="i4,f8"), id="structured"),
        pytest.param(lambda: np.array([{"a": 1}, None], dtype=object), id="objects"),
    ],
)
def test_an_array_of_another_kind_makes_the_round_trip(view: Any, made: Any) -> None:
    sent = made()
    view.push({"sent": sent})
    first, second = view.pull("sent")
    assert first.dtype == second.dtype == sent.dtype
    assert np.array_equal(first, sent)
    assert np.array_equal(second, sent)
