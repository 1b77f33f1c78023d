"""One variable as a notebook would show it: a MIME bundle."""

# IPython's methods have no annotations.
# mypy: disable-error-code="no-untyped-call"

from __future__ import annotations

import ast
import json
from typing import TYPE_CHECKING, Any

from kernelwire.content import dumps

if TYPE_CHECKING:
    from kernelwire.python.debugger.session import Session
    from kernelwire.python.shell import KernelShell

    Bundle = tuple[dict[str, Any], dict[str, Any]]

_ASK = "__import__({module!r}, fromlist=['text']).text({name})"


def show(shell: KernelShell, name: str) -> Bundle:
    """Format a variable of the notebook's."""
    found = shell.user_expressions({name: name})[name]
    return found.get("data", {}), found.get("metadata", {})


def ask(session: Session, name: str, frame: Any) -> Bundle:
    """Have a variable of a stopped frame formatted there."""
    expression = _ASK.format(module=__name__, name=name)
    response = session.request(
        "evaluate",
        {"expression": expression, "frameId": frame, "context": "clipboard"},
    )
    if not response.get("success"):
        return {}, {}
    data, metadata = json.loads(ast.literal_eval(response["body"]["result"]))
    return data, metadata


def text(value: object) -> str:
    """Format a value; called by debugpy in the stopped thread."""
    from IPython.core.getipython import get_ipython

    shell: Any = get_ipython()
    return dumps(shell.display_formatter.format(value)).decode()
