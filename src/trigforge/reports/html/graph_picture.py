"""The picture of the graph: a box a tensor, and around the body of a ``Map`` a frame with the number of copies."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from trigforge.graph.kinds import INPUT, MAP, by_kind
from trigforge.graph.ops import Lookup, Op, Requantize, only_wires
from trigforge.reports.build_report import GraphNode
from trigforge.reports.html.layout import Item, place

BOX_WIDTH, BOX_HEIGHT = 226.0, 42.0
FRAME_MARGIN, FRAME_TITLE = 14.0, 24.0
SHOWN_NAME_LENGTH = 28


@dataclass(frozen=True)
class Box:
    """One tensor, with its left upper corner; ``role`` chooses its look."""

    x: float
    y: float
    node: GraphNode
    role: str

    @property
    def label(self) -> str:
        """The name, cut to the box."""
        name = self.node.name
        return name if len(name) <= SHOWN_NAME_LENGTH else f"{name[: SHOWN_NAME_LENGTH - 1]}…"


@dataclass(frozen=True)
class Frame:
    """Around the body of a ``Map``."""

    x: float
    y: float
    width: float
    height: float
    name: str
    copies: int


@dataclass(frozen=True)
class Edge:
    """A path of SVG; an arrow where it ends at a box."""

    path: str
    arrow: bool


@dataclass(frozen=True)
class Picture:
    """Everything to draw, from (0, 0)."""

    width: float
    height: float
    boxes: tuple[Box, ...] = ()
    frames: tuple[Frame, ...] = ()
    edges: tuple[Edge, ...] = ()


@dataclass(frozen=True)
class _Block:
    """One scope, laid out.

    ``reads`` are tensors from around it, each with the x where it arrives; at ``leaves_at`` the output leaves.
    """

    width: float
    height: float
    boxes: tuple[Box, ...]
    frames: tuple[Frame, ...]
    lines: tuple[tuple[tuple[float, float], ...], ...]
    reads: tuple[tuple[str, float], ...]
    leaves_at: float


def picture(flow: Sequence[GraphNode]) -> Picture:
    """The picture of a whole graph."""
    block = _block(flow, None)
    edges = tuple(Edge(_path(line), any(_tops(box, line[-1]) for box in block.boxes)) for line in block.lines)
    return Picture(block.width, block.height, block.boxes, block.frames, edges)


def shape(node: GraphNode) -> str:
    """``16×3``; ``scalar`` without axes."""
    return "×".join(map(str, node.shape)) or "scalar"


def _role(op: Op) -> str:
    if isinstance(op, Requantize | Lookup):
        return "quantizer"
    return "structure" if only_wires(op) else "arithmetic"


_ROLES = {INPUT: "input", **by_kind(_role)}


def role(node: GraphNode) -> str:
    """``input``, ``output``, ``quantizer``, ``structure`` (wires only) or ``arithmetic``."""
    if node.is_output and node.body_of is None:
        return "output"
    return _ROLES.get(node.kind, "arithmetic")


def _block(flow: Sequence[GraphNode], scope: str | None) -> _Block:
    members = [node for node in flow if node.body_of == scope]
    bodies = {node.name: _framed(flow, node) for node in members if node.kind == MAP and _has_body(flow, node)}
    items: dict[str, Item] = {}
    outside: dict[str, list[tuple[str, float]]] = {}
    for node in members:
        body = bodies.get(node.name)
        reads = body.reads if body else tuple((operand, BOX_WIDTH / 2) for operand in node.operands)
        local = [entry for entry in dict.fromkeys(reads) if entry[0] in items and not _is_entry(node)]
        outside[node.name] = [entry for entry in reads if entry not in local]
        width, height = (body.width, body.height) if body else (BOX_WIDTH, BOX_HEIGHT)
        leaves_at = body.leaves_at if body else BOX_WIDTH / 2
        items[node.name] = Item(width, height, tuple(local), leaves_at, last=node.is_output and scope is not None)
    placed = place(items)
    boxes: list[Box] = []
    frames: list[Frame] = []
    lines = list(placed.edges)
    for node in members:
        x, y = placed.corners[node.name]
        if body := bodies.get(node.name):
            boxes += [replace(box, x=box.x + x, y=box.y + y) for box in body.boxes]
            frames += [replace(frame, x=frame.x + x, y=frame.y + y) for frame in body.frames]
            lines += [tuple((px + x, py + y) for px, py in line) for line in body.lines]
        else:
            boxes.append(Box(x, y, node, role(node)))
    arriving = tuple(
        (operand, placed.corners[name][0] + at) for name, entries in outside.items() for operand, at in entries
    )
    output = next((node.name for node in members if node.is_output), None)
    leaves_at = placed.corners[output][0] + items[output].leaves_at if output else placed.width / 2
    return _Block(placed.width, placed.height, tuple(boxes), tuple(frames), tuple(lines), arriving, leaves_at)


def _framed(flow: Sequence[GraphNode], node: GraphNode) -> _Block:
    """The body of a ``Map`` with its frame; edges from outside end at its uppermost boxes."""
    body = _block(flow, node.name)
    right, down = FRAME_MARGIN, FRAME_MARGIN + FRAME_TITLE
    copies = next(entry.copies for entry in flow if entry.body_of == node.name)
    width, height = body.width + 2 * FRAME_MARGIN, body.height + down + FRAME_MARGIN
    frame = Frame(0.0, 0.0, width, height, node.name, copies)
    first = {box.x + BOX_WIDTH / 2: box.y for box in reversed(body.boxes)}
    entries = [((at + right, 0.0), (at + right, down + first.get(at, 0.0))) for _, at in body.reads]
    exits = [((body.leaves_at + right, down + body.height), (body.leaves_at + right, height))]
    shifted = [tuple((x + right, y + down) for x, y in line) for line in body.lines]
    return _Block(
        width,
        height,
        tuple(replace(box, x=box.x + right, y=box.y + down) for box in body.boxes),
        (frame, *(replace(inner, x=inner.x + right, y=inner.y + down) for inner in body.frames)),
        (*shifted, *dict.fromkeys(entries), *exits),
        tuple((operand, at + right) for operand, at in body.reads),
        body.leaves_at + right,
    )


def _is_entry(node: GraphNode) -> bool:
    """The input of a body, whose operands stand around the body."""
    return node.kind == INPUT and node.body_of is not None


def _has_body(flow: Sequence[GraphNode], node: GraphNode) -> bool:
    return any(entry.body_of == node.name for entry in flow)


def _tops(box: Box, end: tuple[float, float]) -> bool:
    """True if a line ends at the upper side of a box."""
    return box.x <= end[0] <= box.x + BOX_WIDTH and abs(box.y - end[1]) < 0.5


def _path(line: tuple[tuple[float, float], ...]) -> str:
    """Straight to the end of the rank, then a curve that leaves and arrives upright."""
    (x0, y0), *rest = line
    if len(rest) == 1:
        return f"M{x0:.1f} {y0:.1f}V{rest[0][1]:.1f}"
    (x1, y1), (x2, y2) = rest
    middle = (y1 + y2) / 2
    straight = f"M{x0:.1f} {y0:.1f}V{y1:.1f}"
    return straight + (f"V{y2:.1f}" if x1 == x2 else f"C{x1:.1f} {middle:.1f} {x2:.1f} {middle:.1f} {x2:.1f} {y2:.1f}")
