"""Whether Enter should run what was typed, or open another line.

Source: messaging.html#code-completeness
"""

from __future__ import annotations

import ast
import codeop

from kernelwire._host import Reply, complete, incomplete, invalid


def is_complete(code: str, flags: int) -> Reply:
    """Tell whether code can be run as it is.

    As at Python's prompt, a compound statement ends with an empty line.

    Args:
        code: What was typed so far.
        flags: Of the compiler.
    """
    compiler = codeop.CommandCompiler()
    compiler.compiler.flags |= flags
    try:
        compiled = compiler(code, "<input>", "exec")
    except (SyntaxError, ValueError, OverflowError):
        return invalid()
    if compiled is None:
        return incomplete(_indent(code))
    body = compile(code, "<input>", "exec", flags | ast.PyCF_ONLY_AST, True).body
    last_line = code.rpartition("\n")[2]
    compound = body and (hasattr(body[-1], "body") or isinstance(body[-1], ast.Match))
    if compound and last_line.strip():
        return incomplete(_indent(code))
    return complete()


def _indent(code: str) -> str:
    """Return the white space with which the next line begins."""
    lines = [line for line in code.split("\n") if line.strip()]
    if not lines:
        return ""
    last = lines[-1]
    indent = last[: len(last) - len(last.lstrip())]
    words = last.split()
    if last.rstrip().endswith(":"):
        return indent + " " * 4
    if words[0] in ("return", "raise", "pass", "break", "continue"):
        return indent[:-4]
    return indent
