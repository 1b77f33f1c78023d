"""The verbs of the `kernelwire` command, one module each, with a `main(argv)`."""

from __future__ import annotations
