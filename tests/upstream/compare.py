"""Two runs of a suite beside each other, test by test, and what to say of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.upstream.environment import Place
from tests.upstream.run import OURS, THEIRS, Run, running
from tests.upstream.suites import Suite

RERUNS = 2
"""How often a test that differs is run again, before it counts."""


@dataclass
class Comparison:
    """A suite's two runs, and further ones of the tests that we seem to break."""

    suite: Suite
    version: str
    without: Run
    with_us: Run
    again: list[tuple[Run, Run]] = field(default_factory=list)
    """Without us and with us, for as long as there was something lost."""

    @property
    def lost(self) -> list[str]:
        """Tests that passed without us and did not pass, or not run, with us."""
        return lost(self.without, self.with_us)

    @property
    def regressions(self) -> list[str]:
        """Of those, the ones of which all further runs say the same."""
        return [
            test
            for test in self.lost
            if all(test in lost(*runs) for runs in self.again)
        ]

    @property
    def crashes(self) -> int:
        """How many more processes crashed with us than without us, each time."""
        runs = [(self.without, self.with_us), *self.again]
        more = min(with_us.crashes - without.crashes for without, with_us in runs)
        return max(0, more)

    @property
    def failed(self) -> int:
        return len(self.regressions) + self.crashes

    @property
    def failing_anyway(self) -> list[str]:
        """Tests that fail without us, and do not pass with us."""
        return sorted(
            test
            for test, outcome in self.without.outcomes.items()
            if outcome.result in ("failed", "error") and not self.with_us.passed(test)
        )

    @property
    def passed(self) -> int:
        """How many tests passed with us, if not the first time then in a further run."""
        outcomes = dict(self.with_us.outcomes)
        for _, with_us in self.again:
            outcomes |= with_us.outcomes
        return sum(outcome.result == "passed" for outcome in outcomes.values())


def lost(without: Run, with_us: Run) -> list[str]:
    """The tests that pass without us only."""
    return sorted(
        test
        for test in without.outcomes
        if without.passed(test) and not with_us.passed(test)
    )


def compare(place: Place, suite: Suite, tests: tuple[str, ...] = ()) -> Comparison:
    """Run a suite, or some tests of it, on both sides, and what differs again.

    The sides run at the same time: the suites wait most of theirs, and so both have the
    same weather.

    Raises:
        RuntimeError: a run is worth nothing.
    """
    if suite.sdist:
        place.sdist(suite.distribution)  # or both sides would fetch it
    version = place.version(suite.distribution)
    made = Comparison(suite, version, *both(place, suite, tests))
    while made.failed and len(made.again) < RERUNS:
        # Which test a crash belongs to nobody knows, so all are run again.
        wanted = tests if made.crashes else tuple(made.regressions)
        made.again.append(both(place, suite, wanted))
    return made


def both(place: Place, suite: Suite, tests: tuple[str, ...]) -> tuple[Run, Run]:
    """Run a suite without us and with us at the same time."""
    with (
        running(place, suite, "without", tests) as without,
        running(place, suite, "with", tests) as with_us,
    ):
        return without(), with_us()


COLUMNS = "{:28} {:>9} {:>6} {:>8} {:>8} {:>8} {:>6}  {}"
HEADING = COLUMNS.format(
    "suite", "version", "tests", "without", "with", "failed", "s", "Sessions of ours"
)


def row(each: Comparison) -> str:
    """The line of the table for a suite."""
    without = sum(each.without.passed(test) for test in each.without.outcomes)
    ours = each.with_us.made[OURS]
    return COLUMNS.format(
        each.suite.label,
        each.version,
        len(each.without.outcomes.keys() | each.with_us.outcomes.keys()),
        without,
        each.passed,
        each.failed,
        round(max(each.without.seconds, each.with_us.seconds)),
        f"{ours.sessions} in {len(ours.processes)} processes",
    )


def details(each: Comparison) -> Iterator[str]:
    """What there is to say below the table."""
    for name, why in each.suite.excluded.items():
        yield f"{each.suite.label}: not run: {name}: {why}"
    skipped = Counter(
        (each.without.outcome(test).result, each.with_us.outcome(test).result)
        for test in each.without.outcomes
    )
    if count := skipped["skipped", "skipped"]:
        yield f"{each.suite.label}: {count} skip themselves on both sides"
    for test in each.failing_anyway:
        yield f"{each.suite.label}: fails without us too: {test}"
    for test in sorted(set(each.lost) - set(each.regressions)):
        yield f"{each.suite.label}: differed once, and not again: {test}"
    others = each.with_us.made.keys() - {OURS, THEIRS}
    for name in sorted(others):
        yield f"{each.suite.label}: Sessions of {name} were made too"
    if each.with_us.crashes or each.without.crashes:
        crashes = f"{each.with_us.crashes}, without us {each.without.crashes}"
        failed = "FAILED: " if each.crashes else ""
        yield f"{each.suite.label}: {failed}processes that crashed with us: {crashes}"
    for test in each.regressions:
        outcome = (each.again[-1][1] if each.again else each.with_us).outcome(test)
        yield f"{each.suite.label}: FAILED with us only: {test}: {outcome.result}"
        yield outcome.text
