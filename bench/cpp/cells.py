"""The cells: the same C++ for everybody, each line of a cell an input of its own.

clang-repl takes no newline within an input, and cling no function after a statement. So a
cell is a tuple of lines that each stand by themselves; a kernel gets them in one piece.
"""

from __future__ import annotations

from typing import TypeAlias

Cell: TypeAlias = tuple[str, ...]

FIRST: Cell = ("int first = 1;",)

HEADERS: Cell = (
    "#include <iostream>",
    "#include <vector>",
    "std::vector<int> counted{1, 2, 3};",
    "std::cout << counted.size() << std::endl;",
)

PREPARED: Cell = (
    "#include <iostream>",
    "#include <vector>",
    "struct Point { int abscissa = 1; int ordinate = 2; };",
    "std::vector<int> numbers{1, 2, 3};",
    "Point point_of_mine;",
    "int forty_one = 41;",
    "int forty_two = 42;",
    "int total = 0;",
)
"""What the cells below stand on."""

SUM: Cell = ("1 + 1",)
VECTOR: Cell = ("numbers",)


def declaration(number: int) -> Cell:
    return (f"int trivial_{number} = {number};",)


def assignment(number: int) -> Cell:
    return (f"total = {number};",)


def mixed(number: int) -> Cell:
    """One of the many cells of a long session, ten kinds in turn."""
    kind, own = number % 10, number // 10
    return (
        (
            f"int value_{own} = {own};",
            f"std::vector<int> list_{own}{{1, 2, {own}}};",
            f"list_{own}.push_back(value_{own});",
            f"list_{own}",
            f"int twice_{own}(int n) {{ return 2 * n; }}",
            f"twice_{own}(value_{own})",
            f"struct Pair_{own} {{ double first = 0; double second = 0; }};",
            f"Pair_{own} pair_{own}{{1.0, 2.0}};",
            f"for (int n = 0; n < 10; ++n) {{ value_{own} += n; }}",
            f"std::cout << value_{own} << std::endl;",
        )[kind],
    )


LOOP_HEADERS: Cell = (
    "#include <chrono>",
    "#include <cstddef>",
    "#include <iostream>",
    "#include <vector>",
)

AXPY = """
double axpy(const std::vector<double>& x, std::vector<double>& y, int times) {
    for (int time = 0; time < times; ++time) {
        for (std::size_t at = 0; at < x.size(); ++at) y[at] += 1e-9 * x[at];
    }
    return y[0];
}"""

SUM_UP = """
double sum_up(const std::vector<double>& x, int times) {
    double total = 0;
    for (int time = 0; time < times; ++time) {
        for (double value : x) total += value;
    }
    return total;
}"""

SIEVE = """
int primes_below(int limit) {
    std::vector<bool> sieve(limit, true);
    int count = 0;
    for (int n = 2; n < limit; ++n) {
        if (!sieve[n]) continue;
        ++count;
        for (long at = static_cast<long>(n) * n; at < limit; at += n) sieve[at] = false;
    }
    return count;
}"""


def in_one_line(code: str) -> str:
    return " ".join(code.split())


LOOP_FUNCTIONS: Cell = (in_one_line(AXPY), in_one_line(SUM_UP), in_one_line(SIEVE))

LOOP_DATA: Cell = ("std::vector<double> x(4096, 1.0), y(4096, 2.0);",)

LOOPS = {
    "loop_axpy": "axpy(x, y, 10000)",
    "loop_sum": "sum_up(x, 10000)",
    "loop_sieve": "primes_below(5000000)",
}


TIMED = """
for (int turn = 0; turn < 3; ++turn) {
    const auto begin = std::chrono::steady_clock::now();
    const auto result = CALL;
    const std::chrono::duration<double, std::milli> spent =
        std::chrono::steady_clock::now() - begin;
    std::cout << "result " << result << " milliseconds " << spent.count() << std::endl;
}"""


def timed(call: str) -> Cell:
    """A cell that makes a call three times, and prints how long each has taken."""
    return (in_one_line(TIMED).replace("CALL", call),)
