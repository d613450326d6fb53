"""The layout of the data-flow picture: nothing overlaps, edges run down, bodies stand in their frames."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.reports import sample
from trigforge.reports import GraphNode
from trigforge.reports.html.graph_picture import BOX_HEIGHT, BOX_WIDTH, Box, picture
from trigforge.reports.html.layout import COLUMN_GAP, Item, place


@st.composite
def graphs(draw: st.DrawFn) -> dict[str, Item]:
    """Up to 25 boxes of several sizes, each reading up to three earlier ones."""
    items: dict[str, Item] = {}
    for number in range(draw(st.integers(0, 25))):
        width = draw(st.sampled_from([60.0, 226.0, 500.0]))
        names = draw(st.lists(st.sampled_from(list(items)), max_size=3, unique=True)) if items else []
        height = draw(st.sampled_from([20.0, 300.0]))
        items[f"n{number}"] = Item(width, height, tuple((name, width / 3) for name in names), width / 2)
    return items


@settings(max_examples=60)
@given(graphs())
def test_nothing_overlaps_and_edges_run_down(items: dict[str, Item]) -> None:
    placed = place(items)
    for one, other in combinations(items, 2):
        (x, y), (u, v) = placed.corners[one], placed.corners[other]
        apart_x = x + items[one].width + COLUMN_GAP - 0.01 <= u or u + items[other].width + COLUMN_GAP - 0.01 <= x
        apart_y = y + items[one].height <= v or v + items[other].height <= y
        assert apart_x or apart_y
    for name, (x, y) in placed.corners.items():
        assert -0.01 <= x and x + items[name].width <= placed.width + 0.01
        assert 0 <= y and y + items[name].height <= placed.height
    for line in placed.edges:
        heights = [y for _, y in line]
        assert heights == sorted(heights)


def test_a_chain_is_upright_and_a_trunk_goes_through_the_middle_branch() -> None:
    def item(*reads: str) -> Item:
        return Item(100.0, 40.0, tuple((name, 50.0) for name in reads), 50.0)

    items = {"x": item(), "q": item("x"), "k": item("x"), "v": item("x"), "sum": item("q", "k", "v"), "y": item("sum")}
    corners = place(items).corners
    assert corners["x"][0] == corners["k"][0]
    assert corners["sum"][0] == corners["y"][0]
    assert len({corners[name][0] for name in "qkv"}) == 3


def test_the_jet_tagger() -> None:
    drawn = picture(sample.graph())
    assert len(drawn.boxes) == len(sample.graph()) - 1, "the Map is drawn as its frame"
    (frame,) = drawn.frames
    assert (frame.name, frame.copies) == ("jet.iq", 16)
    for box in drawn.boxes:
        inside = frame.x < box.x and box.x + BOX_WIDTH < frame.x + frame.width
        inside = inside and frame.y < box.y and box.y + BOX_HEIGHT < frame.y + frame.height
        assert inside == (box.node.body_of == "jet.iq")
    assert drawn.width < 1032, "fits the page"
    _all_linked(drawn.boxes, [edge.path for edge in drawn.edges if edge.arrow])


def _all_linked(boxes: tuple[Box, ...], arrows: list[str]) -> None:
    ends = {arrow.replace("V", " ").split()[-1] for arrow in arrows}
    for box in boxes:
        assert (box.node.kind == "Input" and not box.node.operands) or f"{box.y:.1f}" in ends


def node(
    name: str, kind: str, operands: tuple[str, ...], body_of: str | None = None, output: bool = False
) -> GraphNode:
    return GraphNode(name, kind, operands, (4,), "ap_fixed<8,4>", {8: 4}, output, body_of, 4 if body_of else 1)


def test_a_map_in_a_map_and_a_body_without_inputs() -> None:
    flow = (
        node("x", "Input", ()),
        node("outer", "Map", ("x",)),
        node("x", "Input", ("x",), "outer"),
        node("inner", "Map", ("x",), "outer", output=True),
        node("relu", "Relu", ("x",), "inner"),
        node("inner", "Requantize", ("relu",), "inner", output=True),
        node("y", "Sum", ("outer",), output=True),
    )
    drawn = picture(flow)
    assert [frame.name for frame in drawn.frames] == ["outer", "inner"]
    outer, inner = drawn.frames
    assert outer.x < inner.x and inner.x + inner.width < outer.x + outer.width
    assert sum(edge.arrow for edge in drawn.edges) == 4
    assert {box.node.name: box.role for box in drawn.boxes}["y"] == "output"


def test_long_names_are_cut_and_no_graph_is_no_picture() -> None:
    assert Box(0, 0, node("a" * 40, "Relu", ()), "arithmetic").label == "a" * 27 + "…"
    assert picture(()).boxes == ()
