"""Keras's einsum equations without the event axis."""

from trigforge.building import Refusal
from trigforge.graph.equation import Equation

_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


def without_events(equation: str, ranks: list[int], batched: list[bool]) -> Equation:
    """``equation`` with ``...`` spelt out and the letter of the event axis removed.

    ``ranks`` are the operands' ranks with the event axis where ``batched`` says that an operand has one. Raises
    ``Refusal`` where events are not the first axis of every batched operand and of the output.
    """
    compact = equation.replace(" ", "")
    left, arrow, output = compact.partition("->")
    terms = left.split(",")
    if not arrow or len(terms) != len(ranks):
        raise Refusal(f"has the equation {equation!r}", "write it with '->' and one term per operand")
    spare = [letter for letter in _LETTERS if letter not in compact]
    hidden = [rank - len(term.replace("...", "")) for term, rank in zip(terms, ranks, strict=True)]
    elided = max((n for n, term in zip(hidden, terms, strict=True) if "..." in term), default=0)
    full = "".join(spare[:elided])
    terms = [
        term.replace("...", full[elided - n :]) if "..." in term else term
        for term, n in zip(terms, hidden, strict=True)
    ]
    output = output.replace("...", full)
    events = {term[:1] for term, has in zip(terms, batched, strict=True) if has} | {output[:1]}
    fixed = [term for term, has in zip(terms, batched, strict=True) if not has]
    event = next(iter(events))
    if len(events) != 1 or not event or any(event in term for term in fixed):
        raise Refusal(f"has the equation {equation!r}, which mixes events", "keep the event axis first and free")
    stripped = [term.replace(event, "") for term in (*terms, output)]
    if any(len(set(term)) != len(term) for term in stripped):
        raise Refusal(f"has the equation {equation!r}, which takes a diagonal", "name every axis once per operand")
    return Equation(tuple(stripped[:-1]), stripped[-1])
