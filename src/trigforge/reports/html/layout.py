"""Layered layout of a directed acyclic graph, top to bottom: rank, order, place.

Ranks are longest paths. An edge over several ranks goes through a point in each, which its source's other edges share.
Orders come from sweeps of barycentres (Sugiyama, Tagawa, Toda, IEEE Trans. SMC 11, 1981). What an edge can join upright
becomes a column (after Brandes, Koepf, Graph Drawing 2001), and columns are pulled together by the edges between them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

RANK_GAP = 26.0
COLUMN_GAP = 18.0
POINT_WIDTH = 6.0
SWEEPS = 12
TOUCHING, SETTLED = 1e-6, 0.5

Key = tuple[str, int]
"""A node, with rank -1, or the point at which the edges of a node pass a rank."""


@dataclass(frozen=True)
class Item:
    """A box to place: its size, and the tensors it reads, each with the x at which that edge arrives."""

    width: float
    height: float
    reads: tuple[tuple[str, float], ...]
    leaves_at: float
    last: bool = False
    """true if it stands in the last rank"""


@dataclass(frozen=True)
class Placed:
    """The left upper corner of every item, the polyline of every edge, and the size of all."""

    corners: Mapping[str, tuple[float, float]]
    edges: tuple[tuple[tuple[float, float], ...], ...]
    width: float
    height: float


@dataclass
class _Node:
    """``enters`` holds the nodes above, with the x at which their edge leaves them and arrives here, from the left."""

    rank: int
    width: float
    height: float
    enters: list[tuple[Key, float, float]]
    left: float = 0.0


@dataclass(frozen=True)
class _Column:
    """Nodes that stand upright below one another: the ``left`` of each from that of the column."""

    offsets: dict[Key, float]


def place(items: Mapping[str, Item]) -> Placed:
    """Positions of ``items``; each item stands after all that it reads."""
    nodes = _nodes(items, _ranks(items))
    rows: list[list[Key]] = [[] for _ in range(1 + max((node.rank for node in nodes.values()), default=-1))]
    for key, node in nodes.items():
        rows[node.rank].append(key)
    rows = _ordered(rows, nodes)
    _spread(rows, nodes)
    return _drawn(items, rows, nodes)


def _ranks(items: Mapping[str, Item]) -> dict[str, int]:
    ranks: dict[str, int] = {}
    for name, item in items.items():
        ranks[name] = max((ranks[source] + 1 for source, _ in item.reads), default=0)
    deepest = max(ranks.values(), default=0)
    return {name: deepest if items[name].last else rank for name, rank in ranks.items()}


def _nodes(items: Mapping[str, Item], ranks: Mapping[str, int]) -> dict[Key, _Node]:
    nodes: dict[Key, _Node] = {}
    for name, item in items.items():
        enters: list[tuple[Key, float, float]] = []
        for source, arrives_at in item.reads:
            above: Key = (source, -1)
            leaves_at = items[source].leaves_at
            for rank in range(ranks[source] + 1, ranks[name]):
                point: Key = (source, rank)
                if point not in nodes:
                    nodes[point] = _Node(rank, POINT_WIDTH, 0.0, [(above, leaves_at, POINT_WIDTH / 2)])
                above, leaves_at = point, POINT_WIDTH / 2
            enters.append((above, leaves_at, arrives_at))
        nodes[name, -1] = _Node(ranks[name], item.width, item.height, enters)
    return nodes


def _ordered(rows: list[list[Key]], nodes: Mapping[Key, _Node]) -> list[list[Key]]:
    """The rows in the order with the fewest crossings that the sweeps came by."""
    above = {key: [source for source, _, _ in node.enters] for key, node in nodes.items()}
    below: dict[Key, list[Key]] = {key: [] for key in nodes}
    for key, sources in above.items():
        for source in sources:
            below[source].append(key)
    best, fewest = rows, _crossings(rows, below)
    for sweep in range(SWEEPS):
        down = sweep % 2 == 0
        neighbours = above if down else below
        order = range(1, len(rows)) if down else range(len(rows) - 2, -1, -1)
        rows = [list(row) for row in rows]
        for number in order:
            position = {key: at for at, key in enumerate(rows[number - 1 if down else number + 1])}
            rows[number] = _by_barycentre(rows[number], neighbours, position)
        if (crossings := _crossings(rows, below)) < fewest:
            best, fewest = rows, crossings
    return best


def _by_barycentre(row: list[Key], neighbours: Mapping[Key, list[Key]], position: Mapping[Key, int]) -> list[Key]:
    centres = {
        key: sum(position[other] for other in neighbours[key]) / len(neighbours[key]) if neighbours[key] else float(at)
        for at, key in enumerate(row)
    }
    return sorted(row, key=centres.__getitem__)


def _crossings(rows: Sequence[Sequence[Key]], below: Mapping[Key, list[Key]]) -> int:
    crossings = 0
    for upper, lower in pairwise(rows):
        position = {key: at for at, key in enumerate(lower)}
        ends = [sorted(position[target] for target in below[key]) for key in upper]
        crossings += sum(
            1
            for left in range(len(ends))
            for right in range(left + 1, len(ends))
            for end in ends[left]
            for other in ends[right]
            if end > other
        )
    return crossings


def _aligned(rows: Sequence[Sequence[Key]], nodes: Mapping[Key, _Node]) -> list[_Column]:
    """Nodes that an edge can join upright, in columns.

    No two such edges cross. Edges are straightened in this order: inner segments of long edges; edges of nodes with
    one successor; the middle edge of several; ends of long edges. So a long edge stays upright.
    """
    leaving: dict[Key, int] = dict.fromkeys(nodes, 0)
    for node in nodes.values():
        for source, _, _ in node.enters:
            leaving[source] += 1
    column_of: dict[Key, _Column] = {}
    columns: list[_Column] = []
    for number, row in enumerate(rows):
        above = {key: at for at, key in enumerate(rows[number - 1])} if number else {}
        wishes: list[tuple[int, int, int, int, Key, float]] = []
        targets: dict[Key, list[Key]] = {}
        for key in row:
            for source, _, _ in nodes[key].enters:
                if key[1] < 0:
                    targets.setdefault(source, []).append(key)
        for at, key in enumerate(row):
            enters = nodes[key].enters
            for source, leaves_at, arrives_at in enters:
                points = (source[1] >= 0) + (key[1] >= 0)
                kind = 0 if points == 2 else 3 if points else 1 if leaving[source] == 1 else 2
                off_centre = abs(2 * targets[source].index(key) + 1 - len(targets[source])) if key[1] < 0 else 0
                wishes.append((kind, off_centre, at, above[source], source, leaves_at - arrives_at))
        joined: dict[int, tuple[int, Key, float]] = {}
        for _, _, at, over, source, shift in sorted(wishes):
            if at not in joined and all(
                (at < one) == (over < other) and over != other for one, (other, _, _) in joined.items()
            ):
                joined[at] = over, source, shift
        for at, key in enumerate(row):
            if at in joined:
                _, source, shift = joined[at]
                column = column_of[source]
                column.offsets[key] = column.offsets[source] + shift
            else:
                column = _Column({key: 0.0})
                columns.append(column)
            column_of[key] = column
    return columns


def _spread(rows: Sequence[Sequence[Key]], nodes: Mapping[Key, _Node]) -> None:
    """Set ``left`` of every node: columns stand upright and, all edges weighing the same, as near as they can."""
    columns = _aligned(rows, nodes)
    at = {key: number for number, column in enumerate(columns) for key in column.offsets}
    pulls: list[list[tuple[int, float]]] = [[] for _ in columns]
    for key, node in nodes.items():
        for source, leaves_at, arrives_at in node.enters:
            one, other = at[source], at[key]
            if one != other:
                reach = columns[one].offsets[source] + leaves_at - columns[other].offsets[key] - arrives_at
                pulls[other].append((one, reach))
                pulls[one].append((other, -reach))
    apart: list[list[dict[int, float]]] = [[{} for _ in columns], [{} for _ in columns]]
    for row in rows:
        for left, right in pairwise(row):
            one, other = at[left], at[right]
            gap = columns[one].offsets[left] + nodes[left].width + COLUMN_GAP - columns[other].offsets[right]
            apart[1][one][other] = max(gap, apart[1][one].get(other, gap))
            apart[0][other][one] = apart[1][one][other]
    x = _packed(apart[1])
    for sweep in range(4 * SWEEPS):
        order = range(len(columns)) if sweep % 2 else range(len(columns) - 1, -1, -1)
        moves = [_pull(number, side, x, pulls, apart[side]) for number in order for side in (0, 1)]
        if max(moves, default=0.0) < SETTLED:
            break
    for key, number in at.items():
        nodes[key].left = x[number] + columns[number].offsets[key]


def _packed(right_of: Sequence[Mapping[int, float]]) -> list[float]:
    """Every column as far left as those left of it allow."""
    x = [0.0 for _ in right_of]
    for _ in right_of:
        moved = False
        for one, others in enumerate(right_of):
            for other, gap in others.items():
                if x[other] < x[one] + gap:
                    x[other], moved = x[one] + gap, True
        if not moved:
            break
    return x


def _pull(
    number: int,
    side: int,
    x: list[float],
    pulls: Sequence[Sequence[tuple[int, float]]],
    apart: Sequence[Mapping[int, float]],
) -> float:
    """Move one column, and what it pushes, to the ``side`` (0 left, 1 right) by the mean of their pulls; how far."""
    sign = 1 if side else -1
    if sign * sum(x[other] + reach - x[number] for other, reach in pulls[number]) <= 0:
        return 0.0
    pushed, touching = {number}, [number]
    rooms: list[tuple[int, float]] = []
    while touching:
        one = touching.pop()
        for other, gap in apart[one].items():
            room = sign * (x[other] - x[one]) - gap
            if room > TOUCHING:
                rooms.append((other, room))
            elif other not in pushed:
                pushed.add(other)
                touching.append(other)
    wishes = [x[other] + reach - x[one] for one in pushed for other, reach in pulls[one] if other not in pushed]
    wish = sign * sum(wishes) / len(wishes) if wishes else 0.0
    move = max(0.0, min([wish, *(room for other, room in rooms if other not in pushed)]))
    for one in pushed:
        x[one] += sign * move
    return move


def _drawn(items: Mapping[str, Item], rows: Sequence[Sequence[Key]], nodes: Mapping[Key, _Node]) -> Placed:
    leftmost = min((node.left for node in nodes.values()), default=0.0)
    tops: list[float] = []
    bottoms: list[float] = []
    for row in rows:
        tops.append(bottoms[-1] + RANK_GAP if bottoms else 0.0)
        bottoms.append(tops[-1] + max(nodes[key].height for key in row))
    edges: list[tuple[tuple[float, float], ...]] = []
    for node in nodes.values():
        for source, leaves_at, arrives_at in node.enters:
            upper = nodes[source]
            start_x, end_x = upper.left - leftmost + leaves_at, node.left - leftmost + arrives_at
            start_y = tops[upper.rank] + (upper.height if source[1] < 0 else 0.0)
            edges.append(
                ((start_x, start_y), (start_x, bottoms[upper.rank]), (end_x, tops[node.rank])),
            )
    corners = {name: (nodes[name, -1].left - leftmost, tops[nodes[name, -1].rank]) for name in items}
    return Placed(corners, tuple(edges), _extent(nodes.values(), leftmost), bottoms[-1] if bottoms else 0.0)


def _extent(nodes: Iterable[_Node], leftmost: float) -> float:
    return max((node.left + node.width - leftmost for node in nodes), default=0.0)
