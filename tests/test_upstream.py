"""What the comparison of two runs of somebody's tests makes of them.

The runs themselves take minutes: `python -m tests.upstream`.
"""

from __future__ import annotations

import pytest
from tests.upstream.compare import Comparison, details, lost
from tests.upstream.run import OURS, THEIRS, Made, Outcome, Run, check_sessions
from tests.upstream.suites import SUITES


def ran(**results: str) -> Run:
    """A run of which this came, by the tests' names."""
    outcomes = {name: Outcome(result) for name, result in results.items()}
    return Run(1.0, outcomes=outcomes, made={OURS: Made(1, {"1": "pytest"})})


def compared(without: Run, with_us: Run, *again: Run) -> Comparison:
    further = list(zip(again[::2], again[1::2], strict=True))
    return Comparison(SUITES[0], "1.0", without, with_us, further)


@pytest.mark.parametrize("result", ["failed", "error", "skipped", "xfailed"])
def test_a_test_that_passes_without_us_only_is_lost(result: str) -> None:
    assert lost(ran(one="passed", two="passed"), ran(one=result, two="passed")) == [
        "one"
    ]


def test_a_test_that_does_not_come_to_run_with_us_is_lost() -> None:
    assert lost(ran(one="passed", two="passed"), ran(two="passed")) == ["one"]


def test_a_test_that_fails_either_way_is_listed_and_not_lost() -> None:
    both = compared(ran(one="failed"), ran(one="failed"))
    assert both.lost == []
    assert "fails without us too: one" in "\n".join(details(both))


def test_a_lost_test_that_is_lost_again_is_a_regression() -> None:
    without, with_us = ran(one="passed"), ran(one="failed")
    both = compared(without, with_us, *[without, with_us] * 2)
    assert both.regressions == ["one"]
    assert both.passed == 0
    assert "FAILED with us only: one" in "\n".join(details(both))


@pytest.mark.parametrize(
    ("without", "with_us", "passed"),
    [("passed", "passed", 1), ("failed", "failed", 0), ("failed", "passed", 1)],
    ids=["passes on both sides", "fails on both sides", "fails without us"],
)
def test_a_lost_test_that_differs_no_more_is_no_regression(
    without: str, with_us: str, passed: int
) -> None:
    second = ran(one=without), ran(one=with_us)
    both = compared(ran(one="passed"), ran(one="failed"), *second)
    assert both.regressions == []
    assert both.passed == passed
    assert "differed once, and not again: one" in "\n".join(details(both))


def test_a_lost_test_that_passes_at_the_third_try_is_no_regression() -> None:
    passed, failed = ran(one="passed"), ran(one="failed")
    both = compared(passed, failed, passed, failed, passed, passed)
    assert both.regressions == []
    assert both.passed == 1


def crashed(count: int) -> Run:
    run = ran(one="passed")
    run.crashes = count
    return run


def test_a_process_that_crashes_with_us_only_is_a_failure() -> None:
    both = compared(crashed(1), crashed(3), crashed(0), crashed(1))
    assert both.failed == 1
    assert "FAILED: processes that crashed with us: 3, without us 1" in "\n".join(
        details(both)
    )


def test_a_process_that_crashes_once_and_not_again_is_only_listed() -> None:
    both = compared(crashed(0), crashed(1), crashed(0), crashed(0))
    assert both.failed == 0
    assert ": processes that crashed with us: 1, without us 0" in "\n".join(
        details(both)
    )


def test_a_run_with_us_is_refused_if_one_session_was_not_ours() -> None:
    run = ran(one="passed")
    run.made[THEIRS] = Made(1, {"2": "python -m ipykernel_launcher"})
    with pytest.raises(RuntimeError, match="python -m ipykernel_launcher"):
        check_sessions(run, "with")


def test_a_run_with_us_is_refused_if_no_session_was_made() -> None:
    with pytest.raises(RuntimeError, match="no Session was"):
        check_sessions(Run(1.0, outcomes={"one": Outcome()}), "with")
