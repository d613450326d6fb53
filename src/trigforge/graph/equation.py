"""``Equation``: an einsum as a value, one letter an axis."""

from dataclasses import dataclass, replace
from string import ascii_letters
from typing import Self

from trigforge.errors import GraphError


@dataclass(frozen=True)
class Equation:
    """An einsum with explicit output: one term of letters an operand, as in ``ab,bc->ac``; letters of one term differ.

    >>> product = Equation.parse("ab,bc->ac")
    >>> product.terms, product.output, str(product)
    (('ab', 'bc'), 'ac', 'ab,bc->ac')
    """

    terms: tuple[str, ...]
    output: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """From NumPy's form without ellipsis or repeated letters in one term; ``GraphError`` for anything else."""
        left, arrow, output = text.partition("->")
        terms = tuple(left.split(","))
        letters = "".join((*terms, output))
        sound = arrow and (not letters or letters.isalpha()) and letters.isascii() and set(output) <= set(left)
        if not sound or any(len(set(term)) != len(term) for term in (*terms, output)):
            raise GraphError(f"equation {text!r} is not of the form 'ab,bc->ac'")
        return cls(terms, output)

    @classmethod
    def of_dense(cls, rank: int) -> Self:
        """The equation of a ``Dense`` on an operand of ``rank`` axes.

        >>> str(Equation.of_dense(2))
        'ay,yz->az'
        """
        rows = ascii_letters[: rank - 1]
        return cls((f"{rows}y", "yz"), f"{rows}z")

    @classmethod
    def of_sum(cls, rank: int, axes: tuple[int, ...]) -> Self:
        """The equation of a ``Sum`` over ``axes`` of an operand of ``rank`` axes, against ones of those axes' shape.

        >>> str(Equation.of_sum(3, (0, 2)))
        'abc,ac->b'
        """
        letters = ascii_letters[:rank]
        kept = "".join(letter for n, letter in enumerate(letters) if n not in axes)
        return cls((letters, "".join(letters[n] for n in axes)), kept)

    def __str__(self) -> str:
        return f"{','.join(self.terms)}->{self.output}"

    @property
    def letters(self) -> frozenset[str]:
        """All axes."""
        return frozenset("".join(self.terms))

    @property
    def free_letter(self) -> str:
        """A letter that stands for no axis yet."""
        return next(letter for letter in ascii_letters if letter not in self.letters)

    def lengths(self, *shapes: tuple[int, ...]) -> dict[str, int]:
        """The length of each axis for operands of these shapes; ``GraphError`` where they do not fit."""
        if len(shapes) != len(self.terms):
            raise GraphError(f"equation {str(self)!r} has {len(self.terms)} operands, found {len(shapes)}")
        lengths: dict[str, int] = {}
        for term, shape in zip(self.terms, shapes, strict=True):
            if len(term) != len(shape):
                raise GraphError(f"equation {str(self)!r}: {term!r} does not fit an operand of shape {list(shape)}")
            for letter, length in zip(term, shape, strict=True):
                if lengths.setdefault(letter, length) != length:
                    raise GraphError(f"equation {str(self)!r}: {letter!r} is both {lengths[letter]} and {length} long")
        return lengths

    def over_events(self, *batched: bool) -> Self:
        """The equation with one more axis in front of the output and of each term that ``batched`` names.

        >>> str(Equation.parse("ab,bc->ac").over_events(True, False))
        'dab,bc->dac'
        """
        event = self.free_letter
        terms = (event + term if has else term for term, has in zip(self.terms, batched, strict=True))
        return replace(self, terms=tuple(terms), output=event + self.output)

    def without(self, letter: str) -> Self:
        """The equation for one slice of an axis."""
        terms = tuple(term.replace(letter, "") for term in self.terms)
        return replace(self, terms=terms, output=self.output.replace(letter, ""))

    def with_axes(self, terms: tuple[int | None, ...], output: int) -> Self:
        """The equation with one more axis: its position in each term (None for a term without it) and in the output."""
        letter = self.free_letter
        own = (t if at is None else t[:at] + letter + t[at:] for t, at in zip(self.terms, terms, strict=True))
        return replace(self, terms=tuple(own), output=self.output[:output] + letter + self.output[output:])
