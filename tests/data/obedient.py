"""A kernel that does what the code says: for the tests of the server."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import kernelwire as kw


class Obedient(kw.Interpreter):
    language = kw.Language("obedient")

    def execute(self, request: kw.ExecuteRequest, output: kw.Output) -> kw.Reply:
        verb, _, argument = request.code.partition(" ")
        if verb == "flush":
            for number in range(int(argument)):
                output.stdout(f"{number}\n")
                output.flush()
        elif verb == "sleep":
            output.stdout("asleep")
            output.flush()
            time.sleep(float(argument))
        elif verb == "ask":
            output.stdout(output.input(argument))
        elif verb == "ask-password":
            output.input(argument, password=True)
        elif verb == "buffers":
            count, _, size = argument.partition("x")
            buffer = bytearray(b"b" * int(size))
            for _ in range(int(count)):
                output.publish("comm_msg", {"comm_id": "c"}, buffers=[buffer])
        elif verb == "hold":
            self.held = bytearray(b"h" * int(argument))
        elif verb == "child":
            code = (
                "print(flush=True); input()"  # ends when our end of its stdin is closed
            )
            pipe = subprocess.PIPE
            self.child = subprocess.Popen(
                [sys.executable, "-c", code], stdin=pipe, stdout=pipe
            )
            assert self.child.stdout is not None
            self.child.stdout.readline()
        elif verb == "fork":
            if os.fork() == 0:
                return kw.error("Child", "must not be heard")
            os.wait()
            output.stdout("parent")
        elif verb == "fail":
            return kw.error("Failure", argument)
        else:
            output.stdout(request.code)
        return kw.ok()

    def comm_msg(self, message: kw.CommMessage, output: kw.Output) -> None:
        output.publish("comm_msg", message.data, buffers=message.buffers)


if __name__ == "__main__":
    kw.main(Obedient)
