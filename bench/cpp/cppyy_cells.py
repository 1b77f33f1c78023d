"""cling in a Python process, by cppyy: takes cells on its input, answers on its output.

An order is a line of JSON. An answer follows all that the cell has written: a record
separator, a line of JSON, and an end of transmission. Run by the Python that has cppyy, so
nothing of this project is imported.

`ProcessLine` is cling's own way in. It shows values, as `cppyy.cppexec` does not, and is
spared what that adds.
"""

from __future__ import annotations

import ctypes
import json
import sys

import cppyy

COMPLETE = """
#include <string>
#include <vector>
#include "TInterpreter.h"

std::vector<std::string> bench_complete(const std::string& code) {
    std::vector<std::string> found;
    std::size_t cursor = code.size();
    gInterpreter->CodeComplete(code, cursor, found);
    return found;
}
"""


def run(lines: list[str]) -> bool:
    """Whether each line could be compiled and run."""
    failed = ctypes.c_int(0)
    for line in lines:
        cppyy.gbl.gInterpreter.ProcessLine(line, ctypes.pointer(failed))
        if failed.value:
            return False
    return True


def complete(code: str) -> list[str]:
    if not hasattr(cppyy.gbl, "bench_complete"):
        cppyy.cppdef(COMPLETE)
    return [str(each) for each in cppyy.gbl.bench_complete(code)]


def main() -> None:
    for text in sys.stdin:
        order = json.loads(text)
        answer = complete(order["code"]) if "code" in order else run(order["lines"])
        sys.stdout.write(f"\x1e{json.dumps(answer)}\x04")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
