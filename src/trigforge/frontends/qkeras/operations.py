"""Operations of TensorFlow between layers, as ``x[..., 1:]``, ``x + y`` and ``tf.reduce_sum(x, axis=1)`` save them."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from trigforge.building import (
    Refusal,
    Tensor,
    concat,
    constant,
    cut,
    max_over,
    mean_over,
    min_over,
    pairwise,
    relu,
    reshape,
    short_constant,
    sum_over,
    transpose,
)
from trigforge.frontends.keras.axes import without_event_axis
from trigforge.frontends.keras.call import Call
from trigforge.graph import Add, Maximum, Minimum, Mul, PairwiseOp, Sub

_IGNORED = {"name", "conjugate"}


def lower_slice(call: Call) -> Tensor:
    """``SlicingOpLambda``: slices and whole numbers for each axis, and an ellipsis."""
    x, spec = call.x, _taken(call, "slice_spec").get("slice_spec")
    keys = [_key(item) for item in cast(list[Any], spec if isinstance(spec, list) else [spec])]
    if keys.count(Ellipsis) > 1 or len(keys) - keys.count(Ellipsis) > x.rank + 1:
        raise Refusal(f"takes the slice {spec!r}", "use one slice an axis")
    hidden = [slice(None)] * (x.rank + 1 - len(keys) + keys.count(Ellipsis))
    place = keys.index(Ellipsis) if Ellipsis in keys else len(keys)
    events, *own = [*keys[:place], *hidden, *keys[place + 1 :]]
    if events != slice(None):
        raise Refusal("takes a slice of the events", "leave the first axis whole")
    kept: list[int] = []
    for axis, key in enumerate(own):
        x = cut(x, axis, key)
        kept += [x.shape[axis]] if isinstance(key, slice) else []
    if not kept:
        raise Refusal("takes a single number", "keep an axis: x[:, 0:1]")
    return reshape(x, tuple(kept))


def _key(item: Any) -> Any:
    if isinstance(item, int):
        return item
    if isinstance(item, dict):
        entry = cast(dict[str, Any], item)
        if entry.get("class_name") == "__ellipsis__":
            return Ellipsis
        ends = [entry.get(end) for end in ("start", "stop", "step")]
        if set(entry) <= {"start", "stop", "step"} and all(end is None or isinstance(end, int) for end in ends):
            return slice(*ends)
    raise Refusal(f"takes the slice {item!r}", "use whole numbers and slices of them")


def _taken(call: Call, *names: str) -> Mapping[str, Any]:
    """The arguments besides tensors; ``Refusal`` for one that is not among ``names``."""
    for name, value in call.kwargs.items():
        if name not in names and name not in _IGNORED:
            raise Refusal(f"is called with {name} = {value!r}", "call it without")
    return call.kwargs


def lower_operation(call: Call) -> Tensor:
    """``TFOpLambda``: one of the operations that are exact."""
    name = str(call.layer.function)
    if name not in _OPERATIONS:
        raise Refusal(
            f"is the operation tf.{name}, which is not read", "use a layer: Add, Multiply, Concatenate and their like"
        )
    return _OPERATIONS[name](call)


def _pairwise(op: PairwiseOp) -> Callable[[Call], Tensor]:
    """Two tensors, or a tensor and a number."""

    def word(call: Call) -> Tensor:
        found, tensors = _taken(call, "y", "first"), call.tensors
        numbers = [(key, found[key]) for key in ("first", "y") if key in found]
        if len(tensors) + len(numbers) != 2 or not tensors:
            raise Refusal(f"joins {len(tensors)} tensors", "join two")
        for key, value in numbers:
            if not isinstance(value, int | float):
                raise Refusal(f"joins a tensor and {value!r}", "join it with one number")
            number = constant(tensors[0], short_constant(float(value), key), "number")
            tensors = [number, *tensors] if key == "first" else [*tensors, number]
        return pairwise(op, *tensors)

    return word


def _divided(call: Call) -> Tensor:
    divisor = _taken(call, "y").get("y")
    if not isinstance(divisor, int | float) or not divisor:
        raise Refusal("divides by what is no number", "multiply by a number instead")
    factor = constant(call.x, short_constant(1 / divisor, f"the reciprocal of {divisor}"), "reciprocal")
    return pairwise(Mul(), call.x, factor)


def _reduced(word: Callable[[Tensor, Sequence[int], bool], Tensor]) -> Callable[[Call], Tensor]:
    def lower(call: Call) -> Tensor:
        found, x = _taken(call, "axis", "keepdims"), call.x
        axes: Any = found.get("axis")
        listed = cast(list[Any], axes if isinstance(axes, list) else [axes])
        if not all(isinstance(axis, int) for axis in listed):
            raise Refusal("reduces all axes, the events among them", "give it an axis")
        own = [without_event_axis(axis, x, "reduces") for axis in listed]
        return word(x, own, bool(found.get("keepdims")))

    return lower


def _concat(call: Call) -> Tensor:
    tensors = call.tensors
    return concat(*tensors, axis=without_event_axis(_taken(call, "axis")["axis"], tensors[0], "concatenates along"))


def _transposed(call: Call) -> Tensor:
    order = cast(list[int], _taken(call, "perm").get("perm") or [])
    if sorted(order) != list(range(call.x.rank + 1)) or order[0] != 0:
        raise Refusal(f"transposes to {order}", "keep the event axis first")
    return transpose(call.x, [axis - 1 for axis in order[1:]])


def _expanded(call: Call) -> Tensor:
    x = call.x
    axis = int(_taken(call, "axis")["axis"]) % (x.rank + 2) - 1
    if axis < 0:
        raise Refusal("puts an axis before the events", "use another axis")
    return reshape(x, (*x.shape[:axis], 1, *x.shape[axis:]))


def _relu(call: Call) -> Tensor:
    _taken(call)
    return relu(call.x)


_OPERATIONS: dict[str, Callable[[Call], Tensor]] = {
    **dict.fromkeys(("__operators__.add", "math.add"), _pairwise(Add())),
    **dict.fromkeys(("__operators__.sub", "math.subtract"), _pairwise(Sub())),
    **dict.fromkeys(("__operators__.mul", "math.multiply"), _pairwise(Mul())),
    **dict.fromkeys(("__operators__.truediv", "math.truediv", "math.divide"), _divided),
    "math.maximum": _pairwise(Maximum()),
    "math.minimum": _pairwise(Minimum()),
    "math.reduce_sum": _reduced(sum_over),
    "math.reduce_mean": _reduced(mean_over),
    "math.reduce_max": _reduced(max_over),
    "math.reduce_min": _reduced(min_over),
    "concat": _concat,
    **dict.fromkeys(("transpose", "compat.v1.transpose"), _transposed),
    "expand_dims": _expanded,
    "nn.relu": _relu,
}
