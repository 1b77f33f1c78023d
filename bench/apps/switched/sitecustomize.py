"""Switches every process that has this folder on PYTHONPATH to kernelwire's Session."""

from __future__ import annotations

from kernelwire.switch import enable

enable()
