"""A kernel with an event loop of its own, the simplest there is: for its tests."""

from __future__ import annotations

import select
import threading

import kernelwire as kw


class Looping(kw.Interpreter):
    language = kw.Language("looping")

    def __init__(self) -> None:
        super().__init__()
        self.ticks = 0
        self.fails = False

    def execute(self, request: kw.ExecuteRequest, output: kw.Output) -> kw.Reply:
        self.output = output
        if request.code.startswith("tick "):
            self.ticks = int(request.code.split()[1])
            output.wake()
        elif request.code == "let a thread tick":
            threading.Thread(target=self.tick_elsewhere).start()
        elif request.code == "fail":
            self.fails = True
            output.wake()
        return kw.ok()

    def tick_elsewhere(self) -> None:
        self.ticks = 1
        self.output.wake()

    def wait(self, subshell_id: str, fds: list[int]) -> bool:
        if self.fails:
            self.fails = False
            self.output.stdout("failing\n")
            msg = "in wait()"
            raise ValueError(msg)
        if self.ticks and not select.select(fds, [], [], 0.001)[0]:
            self.ticks -= 1
            self.output.stdout(f"{self.ticks} left\n")
        return self.ticks > 0


if __name__ == "__main__":
    kw.main(Looping)
