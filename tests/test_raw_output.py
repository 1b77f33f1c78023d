"""Rich output of the raw kernel: what objects say of themselves, and display()."""

from __future__ import annotations

from base64 import b64decode
from typing import TYPE_CHECKING, Any

import pytest

from kernelwire.python.raw.formats import bundle_of, shows_itself

if TYPE_CHECKING:
    from tests.conftest import RunningKernel

METHODS = {
    "_repr_html_": "text/html",
    "_repr_markdown_": "text/markdown",
    "_repr_svg_": "image/svg+xml",
    "_repr_png_": "image/png",
    "_repr_pdf_": "application/pdf",
    "_repr_jpeg_": "image/jpeg",
    "_repr_latex_": "text/latex",
    "_repr_json_": "application/json",
    "_repr_javascript_": "application/javascript",
}


class Thing:
    """An object with methods of the test's choice."""

    def __init__(self, **methods: Any) -> None:
        for name, returned in methods.items():
            setattr(self, name, lambda returned=returned, **_: returned)

    def __repr__(self) -> str:
        return "thing"


@pytest.mark.parametrize(("method", "mime"), METHODS.items(), ids=METHODS)
def test_each_representation_has_its_type(method: str, mime: str) -> None:
    data, _ = bundle_of(Thing(**{method: "shown"}))
    assert data == {mime: "shown", "text/plain": "thing"}


def test_a_representation_may_come_with_metadata() -> None:
    data, metadata = bundle_of(Thing(_repr_png_=(b"png", {"width": 5})))
    assert (data["image/png"], metadata) == (b"png", {"image/png": {"width": 5}})


def test_a_bundle_wins_over_single_representations() -> None:
    bundle = {"text/html": "whole", "a/b": 1, "text/plain": "text"}
    thing = Thing(_repr_mimebundle_=(bundle, {"a/b": 2}), _repr_html_="single")
    assert bundle_of(thing) == (bundle, {"a/b": 2})


def test_none_says_nothing() -> None:
    assert bundle_of(Thing(_repr_html_=None))[0] == {"text/plain": "thing"}


def test_not_implemented_says_nothing() -> None:
    class Shy:
        def _repr_html_(self) -> str:
            raise NotImplementedError

        def _ipython_display_(self) -> None:
            raise NotImplementedError

    assert list(bundle_of(Shy())[0]) == ["text/plain"]
    assert not shows_itself(Shy())


def test_another_error_is_the_callers() -> None:
    class Broken:
        def _repr_html_(self) -> str:
            return f"{1 / 0}"

    with pytest.raises(ZeroDivisionError):
        bundle_of(Broken())


def test_a_class_is_not_its_instances() -> None:
    class Rich:
        def _repr_html_(self) -> str:
            return "instance"

    assert list(bundle_of(Rich)[0]) == ["text/plain"]


def test_an_object_that_answers_to_any_name_has_none_of_these() -> None:
    """Mocks and proxies make a method of every name they are asked for."""
    from unittest.mock import MagicMock

    assert list(bundle_of(MagicMock())[0]) == ["text/plain"]
    assert not shows_itself(MagicMock())


def test_types_can_be_chosen() -> None:
    thing = Thing(_repr_html_="h", _repr_latex_=("l", {"x": 1}))
    assert list(bundle_of(thing, include=["text/html"])[0]) == ["text/html"]
    data, metadata = bundle_of(thing, exclude=["text/latex"])
    assert (list(data), metadata) == (["text/html", "text/plain"], {})


# In the kernel.


def test_rich_results_are_shown(raw_kernel: RunningKernel) -> None:
    code = "class P:\n  def _repr_png_(self): return bytes(range(256))\nP()"
    (content,) = raw_kernel.run(code).of("execute_result")
    assert b64decode(content["data"]["image/png"]) == bytes(range(256))


def test_an_object_may_show_itself(raw_kernel: RunningKernel) -> None:
    outcome = raw_kernel.run("""
        class Own:
            def _ipython_display_(self): display('in its own way')
        display(Own()); Own()
    """)
    shown = [content["data"]["text/plain"] for content in outcome.of("display_data")]
    assert (shown, outcome.of("execute_result")) == (["'in its own way'"] * 2, [])


def test_an_error_in_a_repr_fails_the_cell(raw_kernel: RunningKernel) -> None:
    code = "class Broken:\n  def __repr__(self): raise ValueError('no repr')\nBroken()"
    outcome = raw_kernel.run(code)
    assert (outcome.reply["ename"], outcome.kinds) == ("ValueError", ["error"])


@pytest.mark.parametrize("module", ["kernelwire", "IPython.display"])
def test_display_is_the_same_wherever_it_comes_from(
    raw_kernel: RunningKernel, module: str
) -> None:
    """Libraries import it from IPython, whose own prints where there is no shell."""
    outcome = raw_kernel.run(f"""
        from {module} import display, update_display, clear_output
        handle = display({{'a/b': 1}}, raw=True, display_id='one', metadata={{'a/b': 2}})
        update_display(3, display_id='one')
        handle.update(4)
        clear_output(wait=True)
    """)
    assert outcome.text() == ""
    assert outcome.kinds == ["display_data", "update_display_data", "clear_output"]
    (shown,) = outcome.of("display_data")
    assert (shown["data"], shown["metadata"]) == ({"a/b": 1}, {"a/b": 2})
    updates = outcome.of("update_display_data")
    assert [each["data"]["text/plain"] for each in updates] == ["3", "4"]
    assert {each["transient"]["display_id"] for each in updates} == {"one"}


def test_ipythons_display_objects_show_what_they_hold(
    raw_kernel: RunningKernel,
) -> None:
    code = "from IPython.display import HTML, Image, JSON, Markdown\nHTML('<i>x</i>')"
    (content,) = raw_kernel.run(code).of("execute_result")
    assert content["data"]["text/html"] == "<i>x</i>"
    assert (
        "text/html"
        in raw_kernel.run("display(HTML('y'))").of("display_data")[0]["data"]
    )


def test_an_update_without_an_id_is_refused(raw_kernel: RunningKernel) -> None:
    reply = raw_kernel.run("display(1, update=True)").reply
    assert (reply["ename"], "display_id" in reply["evalue"]) == ("TypeError", True)


def test_a_bundle_that_is_none_is_refused(raw_kernel: RunningKernel) -> None:
    reply = raw_kernel.run("display('text', raw=True)").reply
    assert "a MIME bundle is a dict, not str" in reply["evalue"]


def test_a_display_id_without_an_object_makes_room(raw_kernel: RunningKernel) -> None:
    outcome = raw_kernel.run("display(display_id='later').update('now')")
    assert outcome.kinds == ["display_data", "update_display_data"]
    assert outcome.of("display_data")[0]["data"] == {}
