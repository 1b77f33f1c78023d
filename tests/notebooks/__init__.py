"""Real notebooks on this kernel and on ipykernel: `python -m tests.notebooks`.

Whoever changes from ipykernel is to see the same. So notebooks that others have written,
from sdists on PyPI, and short cells of our own, in cells/, are executed on both kernels, and
what each cell shows is compared. A cell that shows something else is a failure, unless
`explained` says why it does.

    python -m tests.notebooks                          all
    python -m tests.notebooks nbclient pythreejs       some sources
    python -m tests.notebooks voila --only bqplot      notebooks with this in their path
    python -m tests.notebooks --report docs/notebooks-report.md

How it works:

* `sources` says whose notebooks, in which versions, and what they import.
* `select` finds them, and leaves out what has no Python to execute.
* `run` executes one on one kernel, with nbclient; tests/test_examples.py uses it too.
* `outputs` brings what cells show into a form that can be compared.
* `compare` puts the kernels beside each other, and tells chance from difference.
* `explained` has the differences that are known, `report` writes the page.

Packages and sdists are kept in build/notebooks/. Without a network nothing is done, and
that is said. tests/test_notebooks.py compares our own cells at every `make test-python`.
"""

from __future__ import annotations
