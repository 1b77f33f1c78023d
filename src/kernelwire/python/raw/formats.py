"""What an object looks like: its MIME bundle, from the `_repr_*_` methods it has.

Source: https://ipython.readthedocs.io/en/stable/config/integrating.html
"""

from __future__ import annotations

TYPE_CHECKING = False  # typing takes 10 ms to import
if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from typing import Any

    Bundle = tuple[dict[str, Any], dict[str, Any]]

_METHODS = (
    ("text/html", "_repr_html_"),
    ("text/markdown", "_repr_markdown_"),
    ("image/svg+xml", "_repr_svg_"),
    ("image/png", "_repr_png_"),
    ("application/pdf", "_repr_pdf_"),
    ("image/jpeg", "_repr_jpeg_"),
    ("text/latex", "_repr_latex_"),
    ("application/json", "_repr_json_"),
    ("application/javascript", "_repr_javascript_"),
)
_PLAIN = frozenset((bool, bytes, complex, dict, float, int, list, set, str, tuple))
"""Types of which it is known that they have none of these methods."""


def bundle_of(
    value: object,
    include: Collection[str] | None = None,
    exclude: Collection[str] | None = None,
) -> Bundle:
    """Return the MIME bundle of an object, and its metadata.

    `_repr_mimebundle_` comes first, then the methods of each type, and `repr()` for what
    is text. A method that returns None, or raises NotImplementedError, has nothing to
    say; any other exception is the caller's.

    Args:
        value: What to show.
        include: The MIME types that are wanted; none: all.
        exclude: Those that are not.
    """
    data: dict[str, Any] = {}
    metadata: dict[str, Any] = {}
    if type(value) not in _PLAIN:
        found = _call(value, "_repr_mimebundle_", include=include, exclude=exclude)
        if found is not None:
            bundle, about = found if isinstance(found, tuple) else (found, {})
            data.update(bundle)
            metadata.update(about)
        for kind, name in _METHODS:
            found = None if kind in data else _call(value, name)
            if found is None:
                continue
            if isinstance(found, tuple):
                found, metadata[kind] = found
            data[kind] = found
    if "text/plain" not in data:
        data["text/plain"] = repr(value)
    if include is not None or exclude is not None:
        unwanted = [
            kind
            for kind in data
            if (include is not None and kind not in include)
            or (exclude is not None and kind in exclude)
        ]
        for kind in unwanted:
            del data[kind]
            metadata.pop(kind, None)
    return data, metadata


def shows_itself(value: object) -> bool:
    """Let an object show itself, where it has `_ipython_display_()`; else return False."""
    method = None if type(value) in _PLAIN else _method(value, "_ipython_display_")
    if method is None:
        return False
    try:
        method()
    except NotImplementedError:
        return False
    return True


def _call(value: object, name: str, **options: object) -> Any:
    """Call a method; None where there is none, or it has nothing to say."""
    method = _method(value, name)
    if method is None:
        return None
    try:
        return method(**options)
    except NotImplementedError:
        return None


def _method(value: object, name: str) -> Callable[..., Any] | None:
    """Return a method that an object says it has.

    A class has none, though its instances do, and neither has an object that answers to
    any name, as mocks and proxies do.
    """
    if isinstance(value, type):
        return None
    method = getattr(value, name, None)
    if method is None or not callable(method):
        return None
    if getattr(value, "_kernelwire_has_no_such_method_", None) is not None:
        return None
    return method  # type: ignore[no-any-return]
