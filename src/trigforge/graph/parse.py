"""Parser of the text form: a recursive descent over the output of ``text.print_graph``."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import TypeVar

import numpy as np

from trigforge.errors import GraphFormatError
from trigforge.fixed import FixedArray, FixedType, FixedTypes, Integers, Interval
from trigforge.graph.codec import OP_KEY, from_plain
from trigforge.graph.graph import FixedPointGraph
from trigforge.graph.infer import body_tensors, infer_all
from trigforge.graph.inputs import GraphInput
from trigforge.graph.ops import Map, Node
from trigforge.graph.origin import Approximation
from trigforge.graph.text import NAME, NONE, annotation

_BLANK = re.compile(r"(?:\s|#[^\n]*)*")
_ANYTHING = re.compile(r"\S")
_PERCENT, _BRACE, _BRACKET = re.compile("%"), re.compile("{"), re.compile(r"\[")
_INTEGER = re.compile(r"-?[0-9]+")
_WORD = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_STRING = re.compile(r'"(?:[^"\\\n]|\\.)*"')
_TYPE = re.compile(r"ap_u?fixed<\s*[0-9]+\s*,\s*-?[0-9]+\s*>")
_ARRAY = re.compile(r"(?:integers|fixed|types)(?=\s*\[)")
_SNIPPET = re.compile(r"[^\s,(){}\[\]]{1,30}|\S")

_Path = tuple[str, ...]
T = TypeVar("T")


@dataclass(frozen=True)
class _Note:
    """The line that defines a tensor, and the type that the text gives it."""

    line: int
    annotation: str | None


def parse_graph(text: str) -> FixedPointGraph:
    """The graph that ``text`` describes; equal to the printed one if ``verify`` has no objection to that.

    Raises ``GraphFormatError`` with the number of the line for text of another form, for an op or key that does not
    exist, for a tensor that contradicts its operands and for a type after a colon that is not the tensor's own.
    """
    parser = _Parser(text)
    graph = parser.graph()
    for tensor in graph.inputs:
        _compare((tensor.name,), tensor.interval, parser.notes)
    known = {tensor.name: tensor.interval for tensor in graph.inputs}
    _check(graph.nodes, known, (), parser.notes)
    return graph


def _check(nodes: Sequence[Node], known: Mapping[str, Interval], scope: _Path, notes: dict[_Path, _Note]) -> None:
    found = infer_all(nodes, known)
    for fault in found.faults[:1]:
        raise GraphFormatError(f"line {notes[*scope, fault.node].line}: {fault.error}")
    for node in nodes:
        path = (*scope, node.name)
        if len(node.tensors) == 1:
            _compare(path, found.tensors[node.name], notes)
        if isinstance(node.op, Map):
            inside = body_tensors(node.op, [found.tensors[name] for name in node.operands])
            inputs = {name: inside[name] for name in node.op.body.inputs}
            for name, interval in inputs.items():
                _compare((*path, name), interval, notes)
            _check(node.op.body.nodes, inputs, path, notes)


def _compare(path: _Path, interval: Interval, notes: dict[_Path, _Note]) -> None:
    note, derived = notes[path], annotation(interval)
    if note.annotation not in (None, derived):
        raise GraphFormatError(
            f"line {note.line}: %{path[-1]} is said to be {note.annotation}, but is {derived}; "
            "leave the type out, it is derived"
        )


class _Parser:
    """A place in a text. Methods read what they are named after, or raise ``GraphFormatError`` with the line."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.notes: dict[_Path, _Note] = {}

    def graph(self) -> FixedPointGraph:
        self._take("graph")
        name = self._name()
        self._take("version")
        version = self._integer()
        inexact: list[Approximation] = []
        while self._skip("inexact"):
            line, fields = self._line(), self._fields()
            inexact.append(self._made(lambda fields=fields: from_plain(Approximation, fields), line))
        inputs: list[GraphInput] = []
        while self._skip("input"):
            inputs.append(self._input())
        nodes = self._nodes(())
        self._take("output")
        outputs = [self._output()]
        while self._skip("output"):
            outputs.append(self._output())
        if self._ahead(_ANYTHING):
            raise self._error("'output' or the end")
        made = {*(tensor.name for tensor in inputs), *(tensor for node in nodes for tensor in node.tensors)}
        for line, output in outputs:
            if output not in made:
                raise GraphFormatError(f"line {line}: output {output!r} is not a tensor of the graph")
        names = tuple(output for _, output in outputs)
        return FixedPointGraph(name, version, tuple(inputs), nodes, names, approximations=tuple(inexact))

    def _input(self) -> GraphInput:
        line = self._line()
        name = self._annotated(())
        fields = self._fields()
        return self._made(lambda: from_plain(GraphInput, {"name": name, **fields}), line)

    def _output(self) -> tuple[int, str]:
        return self._line(), self._tensor()

    def _nodes(self, scope: _Path) -> tuple[Node, ...]:
        nodes: list[Node] = []
        while self._ahead(_PERCENT):
            nodes.append(self._node(scope))
        return tuple(nodes)

    def _node(self, scope: _Path) -> Node:
        line = self._line()
        name = self._annotated(scope)
        self._take("=")
        fields: dict[str, object] = {OP_KEY: self._matched(_WORD, "an op")}
        operands = self._several("(", ")", self._tensor)
        if self._ahead(_BRACE):
            fields |= self._fields()
        if self._skip("each"):
            fields["body"] = self._body((*scope, name))
        return self._made(lambda: from_plain(Node, {"name": name, "op": fields, "operands": operands}), line)

    def _body(self, scope: _Path) -> dict[str, object]:
        inputs = self._several("(", ")", lambda: self._annotated(scope))
        self._take("{")
        nodes = self._nodes(scope)
        self._take("output")
        outputs = [self._tensor()]
        while self._skip("output"):
            outputs.append(self._tensor())
        self._take("}")
        return {"inputs": inputs, "nodes": list(nodes), "outputs": outputs}

    def _annotated(self, scope: _Path) -> str:
        line = self._line()
        name = self._tensor()
        says: str | None = None
        if self._skip(":"):
            hull = self._type()
            says = f"{hull}[{','.join(map(str, self._several('[', ']', self._integer)))}]"
        self.notes[(*scope, name)] = _Note(line, says)
        return name

    def _fields(self) -> dict[str, object]:
        fields: dict[str, object] = {}
        for line, key, value in self._several("{", "}", self._field):
            if key in fields:
                raise GraphFormatError(f"line {line}: key {key!r} stands twice")
            fields[key] = value
        return fields

    def _field(self) -> tuple[int, str, object]:
        line, key = self._line(), self._matched(_WORD, "a key")
        self._take("=")
        return line, key, self._value()

    def _value(self) -> object:
        if self._ahead(_TYPE):
            return FixedTypes.uniform(self._type())
        if self._ahead(_ARRAY):
            return self._array()
        if self._ahead(_BRACE):
            return self._fields()
        if self._ahead(_BRACKET):
            return self._several("[", "]", self._value)
        if self._ahead(_STRING):
            return self._string()
        if self._ahead(_INTEGER):
            return self._integer()
        word = self._matched(_WORD, "a value")
        return None if word == NONE else word

    def _array(self) -> Integers | FixedArray | FixedTypes:
        line = self._line()
        kind = self._matched(_ARRAY, "")
        shape = self._several("[", "]", self._integer)
        lsb = self._integer() if kind == "fixed" and self._skip("lsb") else 0
        self._take("(")
        end = self.text.find(")", self.at)
        words = self.text[self.at : end].split()
        if end < 0 or len(words) != prod(shape):
            found = "no closing bracket" if end < 0 else str(len(words))
            title = f"{kind}[{','.join(map(str, shape))}]"
            raise GraphFormatError(f"line {line}: {title} needs {prod(shape)} entries, found {found}")
        self.at = end + 1
        return self._made(lambda: _ARRAYS[kind](words, shape, lsb), line)

    def _type(self) -> FixedType:
        line, spelling = self._line(), self._matched(_TYPE, "a type such as ap_fixed<8,3>")
        return self._made(lambda: FixedType.parse(spelling), line)

    def _tensor(self) -> str:
        self._take("%")
        return self._name()

    def _name(self) -> str:
        return self._string() if self._ahead(_STRING) else self._matched(NAME, "a name")

    def _string(self) -> str:
        line, spelling = self._line(), self._matched(_STRING, "a string")
        return self._made(lambda: str(json.loads(spelling)), line)

    def _integer(self) -> int:
        return int(self._matched(_INTEGER, "an integer"))

    def _several(self, opening: str, closing: str, item: Callable[[], T]) -> list[T]:
        self._take(opening)
        items: list[T] = []
        while not self._skip(closing):
            if items:
                self._take(",")
            items.append(item())
        return items

    def _made(self, make: Callable[[], T], line: int) -> T:
        try:
            return make()
        except (GraphFormatError, ValueError, OverflowError) as error:
            raise GraphFormatError(f"line {line}: {error}") from None

    def _ahead(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        blank = _BLANK.match(self.text, self.at)
        self.at = blank.end() if blank else self.at
        return pattern.match(self.text, self.at)

    def _matched(self, pattern: re.Pattern[str], what: str) -> str:
        match = self._ahead(pattern)
        if match is None:
            raise self._error(what)
        self.at = match.end()
        return match[0]

    def _skip(self, literal: str) -> bool:
        match = self._ahead(_WORD if literal.isalpha() else _ANYTHING)
        if match is None or match[0] != literal:
            return False
        self.at = match.end()
        return True

    def _take(self, literal: str) -> None:
        if not self._skip(literal):
            raise self._error(repr(literal))

    def _line(self) -> int:
        self._ahead(_ANYTHING)
        return self.text.count("\n", 0, self.at) + 1

    def _error(self, expected: str) -> GraphFormatError:
        line, match = self._line(), _SNIPPET.match(self.text, self.at)
        return GraphFormatError(f"line {line}: expected {expected}, found {repr(match[0]) if match else 'the end'}")


def _read_integers(words: list[str], shape: list[int], lsb: int) -> Integers:
    wrong = [word for word in words if not _INTEGER.fullmatch(word)]
    if wrong:
        raise GraphFormatError(f"{wrong[0]!r} is no integer")
    numbers = np.array([int(word) for word in words], dtype=object)
    return Integers(numbers.reshape(shape))


def _read_fixed(words: list[str], shape: list[int], lsb: int) -> FixedArray:
    return FixedArray(_read_integers(words, shape, lsb), lsb)


def _read_types(words: list[str], shape: list[int], lsb: int) -> FixedTypes:
    types = [FixedType.parse(word) for word in words]
    columns = ([t.signed for t in types], [t.width for t in types], [t.integer_bits for t in types])
    return FixedTypes(*(Integers(np.array(column, np.int64).reshape(shape)) for column in columns))


_ARRAYS: dict[str, Callable[[list[str], list[int], int], Integers | FixedArray | FixedTypes]] = {
    "integers": _read_integers,
    "fixed": _read_fixed,
    "types": _read_types,
}
