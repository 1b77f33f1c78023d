"""A kernel with subshells (JEP 91) and a debugger: for their tests."""

from __future__ import annotations

import threading
from typing import Any

import kernelwire as kw


class Concurrent(kw.Interpreter):
    language = kw.Language("concurrent")
    supported_features = ("kernel subshells", "debugger")

    def __init__(self) -> None:
        super().__init__()
        self.released = threading.Event()
        self.here = threading.local()
        self.left: list[str] = []

    def enter_subshell(self, subshell_id: str) -> None:
        self.here.id = subshell_id

    def leave_subshell(self, subshell_id: str) -> None:
        self.left.append(subshell_id)

    def execute(self, request: kw.ExecuteRequest, output: kw.Output) -> kw.Reply:
        if request.code == "wait":
            output.stdout("waiting")
            output.flush()
            self.released.wait()
        elif request.code == "release":
            self.released.set()
        elif request.code == "spin":
            output.stdout("spinning")
            output.flush()
            while True:
                pass
        elif request.code == "ask":
            output.stdout(output.input("? "))
        elif request.code == "left":
            output.stdout(" ".join(self.left))
        else:
            output.stdout(getattr(self.here, "id", "main"))
        return kw.ok(subshell_id=request.subshell_id)

    def debug(self, request: dict[str, Any], output: kw.Output) -> kw.Reply:
        output.publish("debug_event", {"event": "initialized"})
        return kw.ok(command=request["command"], success=True)


if __name__ == "__main__":
    kw.main(Concurrent)
