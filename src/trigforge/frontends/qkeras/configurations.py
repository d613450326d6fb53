"""The configuration of a Keras 2 model as entries: layers, their calls, and what these take."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, cast

from trigforge.errors import ModelFileError


@dataclass(frozen=True)
class Reference:
    """One output of one call of a layer."""

    key: tuple[str, int]
    output: int = 0

    def of(self, known: Mapping[tuple[str, int], Sequence[Any]]) -> Any:
        """The tensor, once its call is known."""
        found = known.get(self.key)
        if found is None or self.output >= len(found):
            raise _damaged(f"takes output {self.output} of a call of {self.key[0]!r} that does not exist")
        return found[self.output]


@dataclass(frozen=True)
class LayerCall:
    """The tensors of one call, and its other arguments."""

    operands: tuple[Reference, ...]
    kwargs: dict[str, Any]


@dataclass(frozen=True)
class LayerEntry:
    """A layer of a model, with its calls."""

    name: str
    class_name: str
    config: dict[str, Any]
    calls: tuple[LayerCall, ...]

    @property
    def first(self) -> int:
        """The number that calls are counted from: a model inside a model has one of its own already."""
        inner: Any = self.config.get("layers")
        if not isinstance(inner, list) or not inner:
            return 0
        return int(plain_name(cast(list[Any], inner)[0]) == "InputLayer")


def plain_name(entry: Any) -> str:
    """The class of a serialized object, without its package; HGQ's passive layers are Keras's own."""
    name: Any = cast(dict[str, Any], entry).get("class_name") if isinstance(entry, dict) else None
    if not isinstance(name, str):
        raise _damaged("has a layer without a class")
    package, _, own = name.rpartition(">")
    return own.removeprefix("P") if package == "HGQ" else own


def entries(config: Mapping[str, Any]) -> dict[str, LayerEntry]:
    """The layers of a model by name; those of a sequential one call each other in order."""
    listed: Any = config.get("layers")
    if not isinstance(listed, list) or not listed:
        raise _damaged("has no layers")
    found = [_entry(entry) for entry in cast(list[Any], listed)]
    if any(isinstance(entry, dict) and "inbound_nodes" in entry for entry in cast(list[Any], listed)):
        table = {entry.name: entry for entry in found}
        return {name: _counted(entry, table) for name, entry in table.items()}
    return _chained(found, config.get("build_input_shape"))


def _entry(serialized: Any) -> LayerEntry:
    class_name = plain_name(serialized)
    entry = cast(dict[str, Any], serialized)
    config: Any = entry.get("config")
    if isinstance(config, list):  # a sequential model of Keras before 2.2
        config = {"layers": cast(list[Any], config)}
    if not isinstance(config, dict):
        raise _damaged(f"has a layer {class_name} without a configuration")
    own = cast(dict[str, Any], config)
    name: Any = entry.get("name", own.get("name"))
    if not isinstance(name, str) or not name:
        raise _damaged(f"has a layer {class_name} without a name")
    nodes: Any = entry.get("inbound_nodes", [])
    return LayerEntry(name, class_name, own, tuple(_call(name, node) for node in cast(list[Any], nodes)))


def _call(name: str, node: Any) -> LayerCall:
    if isinstance(node, list) and node and isinstance(node[0], str):
        node = [node]
    if not isinstance(node, list):
        raise _damaged(f"calls layer {name!r} in the form of Keras 3")
    operands: list[Reference] = []
    kwargs: dict[str, Any] = {}
    for item in cast(list[Any], node):
        if not isinstance(item, list) or len(cast(list[Any], item)) < 3:
            raise _damaged(f"calls layer {name!r} with {item!r}")
        source, _, output, *rest = cast(list[Any], item)
        if source == "_CONSTANT_VALUE":
            kwargs["first"] = output
        else:
            operands.append(_reference(name, item))
        for argument, value in (cast(dict[str, Any], rest[0]) if rest else {}).items():
            if isinstance(value, list) and len(cast(list[Any], value)) == 3 and isinstance(value[0], str):
                operands.append(_reference(name, value))
            elif value is not None:
                kwargs[argument] = value
    return LayerCall(tuple(operands), kwargs)


def _reference(name: str, item: Any) -> Reference:
    source, call, output, *_ = cast(list[Any], item)
    if not (isinstance(source, str) and isinstance(call, int) and isinstance(output, int) and call >= 0):
        raise _damaged(f"calls layer {name!r} with {item!r}")
    return Reference((source, call), output)


def _counted(entry: LayerEntry, table: Mapping[str, LayerEntry]) -> LayerEntry:
    """The entry with calls of models counted from 0."""
    calls = tuple(
        LayerCall(tuple(_from_zero(reference, table) for reference in call.operands), call.kwargs)
        for call in entry.calls
    )
    return LayerEntry(entry.name, entry.class_name, entry.config, calls)


def _from_zero(reference: Reference, table: Mapping[str, LayerEntry]) -> Reference:
    name, call = reference.key
    if name not in table:
        raise _damaged(f"takes the output of {name!r}, which it lacks")
    return Reference((name, max(call - table[name].first, 0)), reference.output)


def _chained(found: list[LayerEntry], built: Any) -> dict[str, LayerEntry]:
    first = found[0]
    if first.class_name != "InputLayer":
        shape = first.config.get("batch_input_shape", built)
        found = [LayerEntry(f"{first.name}_input", "InputLayer", {"batch_input_shape": shape}, ()), *found]
    chained = {found[0].name: found[0]}
    for before, entry in pairwise(found):
        call = LayerCall((Reference((before.name, 0)),), {})
        chained[entry.name] = LayerEntry(entry.name, entry.class_name, entry.config, (call,))
    return chained


def references(found: Any, listed: Mapping[str, LayerEntry], what: str) -> list[tuple[str, Reference]]:
    """The layers that a model names as its inputs or outputs; None for a sequential model's first or last."""
    if found is None:
        name = next(iter(listed)) if what == "input" else list(listed)[-1]
        return [(name, Reference((name, 0)))]
    if isinstance(found, dict):
        found = [item for _, item in sorted(cast(dict[str, Any], found).items())]
    if isinstance(found, list) and found and isinstance(found[0], str):
        found = [found]
    result: list[tuple[str, Reference]] = []
    for item in cast(list[Any], found if isinstance(found, list) else []):
        if isinstance(item, list) and item and isinstance(item[0], list):
            result += references(item, listed, what)
            continue
        if not isinstance(item, list) or len(cast(list[Any], item)) != 3 or item[0] not in listed:
            raise _damaged(f"names {item!r} as {what}")
        name, call, output = cast(list[Any], item)
        result.append((name, _from_zero(Reference((name, int(call)), int(output)), listed)))
    if not result:
        raise _damaged(f"has no {what}s")
    return result


def outputs(config: Mapping[str, Any], listed: Mapping[str, LayerEntry]) -> list[Reference]:
    """The outputs of a model."""
    return [reference for _, reference in references(config.get("output_layers"), listed, "output")]


def _damaged(found: str) -> ModelFileError:
    return ModelFileError(f"the model's configuration {found}; save the model again")
