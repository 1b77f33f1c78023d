"""A small kernel with everything a notebook asks for: sums and names, one a line.

Try it:
    python examples/calculator.py install
    jupyter console --kernel calculator
"""

from __future__ import annotations

import ast
import math
import operator
import re
from collections.abc import Callable

import kernelwire as kw

OPERATORS: dict[type[ast.AST], Callable[..., float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: math.pow,
    ast.USub: operator.neg,
}
FUNCTIONS: dict[str, Callable[..., float]] = {
    name: getattr(math, name) for name in ("cos", "exp", "log", "sin", "sqrt")
}
ASSIGNMENT = re.compile(r"\s*([a-z]\w*)\s*=(.+)", re.IGNORECASE)


class Calculator(kw.Interpreter):
    language = kw.Language("calculator", version="1.0", file_extension=".calc")
    banner = "calculator: one sum a line, names and sqrt(2)"

    def __init__(self) -> None:
        super().__init__()
        self.names: dict[str, float] = {"pi": math.pi}

    def execute(self, request: kw.ExecuteRequest, output: kw.Output) -> kw.Reply:
        result = None
        for number, line in enumerate(request.code.splitlines(), 1):
            if not line.strip():
                continue
            try:
                result = self.run(line)
            except (ArithmeticError, LookupError, SyntaxError, ValueError) as exc:
                name, why = type(exc).__name__, str(exc).strip("'")
                return kw.error(name, why, [f"line {number}: {line}", f"{name}: {why}"])
        if result is not None:
            output.execute_result({"text/plain": f"{result:g}"})
        return kw.ok()

    def is_complete(self, code: str) -> kw.Reply:
        if code.count("(") > code.count(")") or code.rstrip().endswith(tuple("+-*/=")):
            return kw.incomplete()
        return kw.complete()

    def complete(self, code: str, cursor_pos: int) -> kw.Reply:
        start = cursor_pos - len(word_before(code, cursor_pos))
        known = sorted({*self.names, *FUNCTIONS})
        found = [name for name in known if name.startswith(code[start:cursor_pos])]
        return kw.matches(found, start, cursor_pos)

    def inspect(self, code: str, cursor_pos: int, detail_level: int) -> kw.Reply:
        rest = re.match(r"\w*", code[cursor_pos:])
        name = word_before(code, cursor_pos) + (rest[0] if rest else "")
        if name in self.names:
            return kw.documentation({"text/plain": f"{name} is {self.names[name]:g}"})
        if name in FUNCTIONS:
            return kw.documentation({"text/plain": FUNCTIONS[name].__doc__ or name})
        return kw.documentation()

    def run(self, line: str) -> float | None:
        """Run a line; an assignment has no value."""
        if assignment := ASSIGNMENT.fullmatch(line):
            name, expression = assignment.groups()
            self.names[name] = self.value(parse(expression))
            return None
        return self.value(parse(line))

    def value(self, node: ast.AST) -> float:
        match node:
            case ast.Constant(value=int() | float() as number):
                return number
            case ast.Name(id=name) if name in self.names:
                return self.names[name]
            case ast.Name(id=name):
                msg = f"nothing is called {name}"
                raise LookupError(msg)
            case ast.UnaryOp(op=op, operand=operand) if type(op) in OPERATORS:
                return OPERATORS[type(op)](self.value(operand))
            case ast.BinOp(left=left, op=op, right=right) if type(op) in OPERATORS:
                return OPERATORS[type(op)](self.value(left), self.value(right))
            case ast.Call(func=ast.Name(id=name), args=args) if name in FUNCTIONS:
                return FUNCTIONS[name](*(self.value(arg) for arg in args))
        msg = f"not a sum: {ast.unparse(node)}"
        raise SyntaxError(msg)


def parse(expression: str) -> ast.AST:
    return ast.parse(expression.strip(), mode="eval").body


def word_before(code: str, cursor_pos: int) -> str:
    found = re.search(r"\w*$", code[:cursor_pos])
    return found[0] if found else ""


if __name__ == "__main__":
    kw.main(Calculator)
