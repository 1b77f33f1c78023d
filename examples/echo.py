"""A kernel in a screenful: whatever it is given, it says back.

Try it:
    python examples/echo.py install
    jupyter console --kernel echo
"""

from __future__ import annotations

import kernelwire as kw


class Echo(kw.Interpreter):
    language = kw.Language("echo", version="1.0", file_extension=".txt")
    banner = "echo: says what you say"

    def execute(self, request: kw.ExecuteRequest, output: kw.Output) -> kw.Reply:
        output.stdout(request.code)
        return kw.ok()


if __name__ == "__main__":
    kw.main(Echo)
