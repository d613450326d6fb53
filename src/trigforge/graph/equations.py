"""Ops as einsum equations, one letter an axis."""

from string import ascii_lowercase


def dense_equation(rank: int) -> str:
    """``Dense`` on an operand of ``rank`` axes and its weight.

    >>> dense_equation(2)
    'ay,yz->az'
    """
    rows = ascii_lowercase[: rank - 1]
    return f"{rows}y,yz->{rows}z"


def sum_equation(rank: int, axes: tuple[int, ...]) -> str:
    """``Sum`` over ``axes`` of an operand of ``rank`` axes, against ones of the shape of those axes.

    >>> sum_equation(3, (0, 2))
    'abc,ac->b'
    """
    letters = ascii_lowercase[:rank]
    kept = "".join(letter for n, letter in enumerate(letters) if n not in axes)
    return f"{letters},{''.join(letters[n] for n in axes)}->{kept}"
