"""Whether a cell's first line of code is its first line, as debuggers count.

IPython drops empty lines at the beginning, so that magics may come after some.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from IPython.core.inputtransformer2 import leading_empty_lines

if TYPE_CHECKING:
    from kernelwire.python.shell import KernelShell


def keep_empty(shell: KernelShell) -> None:
    """Keep empty lines, for as long as there may be breakpoints."""
    transforms = shell.input_transformer_manager.cleanup_transforms
    if leading_empty_lines in transforms:
        transforms.remove(leading_empty_lines)


def drop_empty(shell: KernelShell) -> None:
    """Drop them, as IPython does."""
    transforms = shell.input_transformer_manager.cleanup_transforms
    if leading_empty_lines not in transforms:
        transforms.insert(0, leading_empty_lines)
