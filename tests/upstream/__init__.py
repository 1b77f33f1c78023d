"""The test suites of those who use Session, run on ours: `python -m tests.upstream`.

A drop-in is one when the tests of others cannot tell. So the suites of jupyter_client,
jupyter_server and ipyparallel, and jupyter_kernel_test on ipykernel, run twice with the
same settings: *without* us, and *with* `kernelwire.Session` switched on in the process
of the tests and in every kernel, engine and controller that it starts. Then the two are
compared test by test. One that passes without us and fails with us is a failure; one
that fails either way is listed, and is not ours to mend.

    python -m tests.upstream                       all suites
    python -m tests.upstream jupyter_client ...    some of them
    python -m tests.upstream jupyter_client --tests tests/test_session.py

How it works:

* `suites` says which tests are run, and which are not, with the reason.
* `environment` makes a virtual environment in build/upstream/. It sees the packages of
  the one we run in, and gets what else the suites want; tests come from the sdist of the
  version that is installed, since wheels have none.
* `run` lets pytest run a suite once. In it, `inside/recorder.py`, a plugin, writes what
  came of each test. `inside/sitecustomize.py`, which Python imports by itself in every
  process below, counts the Sessions made, by their class: a run with us is worth nothing
  if one of upstream's was made in it, nor one without us if one of ours was. It notes
  the processes that crash, too.
* The switch is the one that users have: `kernelwire enable` in that environment, and
  `KERNELWIRE_SESSION=off` for the runs without us.
* `compare` puts the two beside each other. A test that differs is run up to twice more,
  on both sides; only one that differs each time is a failure, for these suites have tests
  that now and then fail by themselves.

The last line is `N passed, N failed`, and the exit code 1 if a test failed, or a process
crashed, by our fault. All of it takes about ten minutes on two cores.
The output of pytest is in build/upstream/logs/. A network, beyond PyPI for the packages,
is not needed, and nothing outside build/ is written but temporary files.
"""

from __future__ import annotations
