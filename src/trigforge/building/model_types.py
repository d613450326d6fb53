"""``ModelTypes``: the types that a user gives to what a model leaves in floating point, and their file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Self

from trigforge.building.quantization import Quantization
from trigforge.errors import ModelFileError
from trigforge.toml_tables import TomlTable, dotted_key, quoted, read_toml, shown, spelt_key

_AS_IN = 'write it as in "ap_fixed<16,6>" or "ap_fixed<16,6,RND,SAT>"'
_A_LINE = 6


@dataclass(frozen=True)
class LayerTypes:
    """The types of one layer; None leaves as it is what needs none.

    ``sum`` is the type of what an activation of the layer takes, ``result`` that of what the layer gives. A type of
    several entries has one a channel: the last axis in Keras, the first behind the events in ONNX.
    """

    weight: Quantization | None = None
    bias: Quantization | None = None
    sum: Quantization | None = None
    result: Quantization | None = None

    @property
    def parts(self) -> dict[str, Quantization]:
        """The types that are given, by the name of the field."""
        found = {entry.name: getattr(self, entry.name) for entry in fields(self)}
        return {name: own for name, own in found.items() if own is not None}

    @property
    def spelt(self) -> dict[str, str | list[str]]:
        """The same as texts, lists of them for several channels."""
        return {name: own.spelt for name, own in self.parts.items()}

    @classmethod
    def of(cls, spelt: Mapping[str, str | list[str]]) -> Self:
        """The types of texts; ``ValueError`` for what is none."""
        return cls(**{name: Quantization.parse(text) for name, text in spelt.items()})


NO_TYPES = LayerTypes()


@dataclass(frozen=True)
class ModelTypes:
    """Types by the names of inputs, and of layers as a graph names them (``outer.inner`` inside a model).

    Layers in ``registers`` hold their weights, biases or both in registers of these types, reloaded at run time.
    """

    inputs: Mapping[str, Quantization] = field(default_factory=dict[str, Quantization])
    layers: Mapping[str, LayerTypes] = field(default_factory=dict[str, LayerTypes])
    registers: Mapping[str, LayerTypes] = field(default_factory=dict[str, LayerTypes])

    def __bool__(self) -> bool:
        return bool(self.inputs or self.layers or self.registers)

    def layer(self, name: str) -> LayerTypes:
        """The types of a layer, none where it has no entry."""
        return self.layers.get(name, NO_TYPES)

    def text(self, remarks: str = "") -> str:
        """The file: ``remarks`` as comments, then a table for each input and each layer."""
        lines = [f"# {line}".rstrip() for line in remarks.splitlines()]
        tables = [*((f"inputs.{spelt_key(name)}", {"type": own.spelt}) for name, own in self.inputs.items())]
        for kind, owners in (("layers", self.layers), ("registers", self.registers)):
            tables += [(f"{kind}.{dotted_key(name)}", own.spelt) for name, own in owners.items()]
        for name, entries in tables:
            lines += ["", f"[{name}]", *(f"{key} = {_value(value)}" for key, value in entries.items())]
        return "\n".join(lines).lstrip("\n") + "\n"


UNTYPED = ModelTypes()


def load_types(path: str | Path) -> ModelTypes:
    """The types in a file; ``ModelFileError`` with all its faults."""
    with read_toml(Path(path), "file of types", ModelFileError) as file:
        inputs, layers = read_input_types(file.table("inputs")), dict(_layers(file.table("layers"), ""))
        found = ModelTypes(inputs, layers, read_registers(file.table("registers")))
        file.finish()
    return found


def read_input_types(table: TomlTable) -> dict[str, Quantization]:
    """The ``type`` of each input that has a table."""
    found: dict[str, Quantization] = {}
    for name, entry in named_tables(table, "the type of an input"):
        own = read_type(entry, "type")
        entry.finish()
        if own is not None:
            found[name] = own
    table.finish()
    return found


def read_type(entry: TomlTable, key: str) -> Quantization | None:
    """The type that a key spells, a list for one a channel; None where it is absent or none, which is noted."""
    spelt = entry.any(key)
    if spelt is None:
        return None
    try:
        return Quantization.parse(spelt)
    except ValueError as error:
        entry.note(f"{key}: {error}; {_AS_IN}")
        return None


def read_registers(table: TomlTable) -> dict[str, LayerTypes]:
    """The types of registers by layer."""
    return dict(_layers(table, "", ("weight", "bias")))


_PARTS = tuple(part.name for part in fields(LayerTypes))


def _layers(table: TomlTable, above: str, parts: Sequence[str] = _PARTS) -> list[tuple[str, LayerTypes]]:
    """Types by layer; a table in that of a layer belongs to a layer of a model inside, ``outer.inner``."""
    found: list[tuple[str, LayerTypes]] = []
    for key, entry in named_tables(table, "the types of a layer", nested=bool(above)):
        name = f"{above}{key}"
        inside = _layers(entry, f"{name}.", parts)
        own = LayerTypes(**{part: read_type(entry, part) for part in parts})
        entry.finish()
        found += [(name, own)] * bool(own.parts) + inside
    if not above:
        table.finish()
    return found


def named_tables(table: TomlTable, what: str, *, nested: bool = False) -> list[tuple[str, TomlTable]]:
    """The tables in a table; what else stands there is noted, unless it belongs to the table itself (``nested``)."""
    found: list[tuple[str, TomlTable]] = []
    for name, value in table.left().items():
        if isinstance(value, dict):
            found.append((name, table.table(name)))
        elif not nested:
            table.note(f"{name} = {shown(value)} is no table; write {what} below a line [{table.name}.{name}]")
            table.drop(name)
    return found


def _value(spelt: str | list[str]) -> str:
    if isinstance(spelt, str):
        return quoted(spelt)
    entries = [f"{quoted(text)}," for text in spelt]
    lines = [" ".join(entries[n : n + _A_LINE]) for n in range(0, len(entries), _A_LINE)]
    return "\n    ".join(["[", *lines]) + "\n]" if len(lines) > 1 else f"[{lines[0].removesuffix(',')}]"
