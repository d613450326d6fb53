"""The Pareto front of a scan: what is on it, by properties of random points."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.scan.sample import accuracy, network, point
from trigforge.scan import ScanPoint, dominates, marked

NETWORKS = [
    network("a", accuracy(1.0)),
    network("b", accuracy(1.2)),
    network("c", accuracy(0.7, less=False)),
    network("d", accuracy(0.8, less=False)),
    network("unknown"),
    network("unknown too"),
]
POINTS = st.lists(
    st.builds(
        point,
        of=st.sampled_from(NETWORKS),
        cycles=st.integers(1, 3),
        clock=st.sampled_from([2.5, 5.0]),
        interval=st.integers(1, 2),
        lut=st.integers(1, 4),
        dsp=st.integers(0, 1),
        period=st.sampled_from([1.0, 4.5, 9.0]),
    ),
    max_size=12,
)


def costs(entry: ScanPoint) -> tuple[float, ...]:
    mapped = {resource.value: figure.value for resource, figure in entry.implementation.mapped.figures.items()}  # type: ignore[union-attr]
    clock = entry.design.target.clock_period_ns
    return (entry.cycles * clock, entry.initiation_interval, mapped["lut"], mapped["dsp"])


@given(POINTS)
def test_the_front_is_what_nothing_able_beats(points: list[ScanPoint]) -> None:
    found = marked(points)
    assert [costs(entry) for entry in found] == [costs(entry) for entry in points]
    able = [entry for entry in found if entry.runs]
    for entry in found:
        beaten = any(dominates(other, entry) for other in able)
        assert entry.pareto == (entry in able and not beaten)
    for name in {entry.network.name for entry in able}:
        own = [entry for entry in able if entry.network.name == name]
        assert any(entry.pareto for entry in own) or any(dominates(other, own[0]) for other in able)
    assert not able or any(entry.pareto for entry in found)


@given(POINTS)
def test_to_dominate_is_a_strict_order(points: list[ScanPoint]) -> None:
    for one in points:
        assert not dominates(one, one)
        for other in points:
            if dominates(one, other):
                assert not dominates(other, one)
                assert all(dominates(one, last) for last in points if dominates(other, last))


@given(POINTS, st.randoms())
def test_the_order_of_points_does_not_matter(points: list[ScanPoint], random: object) -> None:
    mixed = list(points)
    random.shuffle(mixed)  # type: ignore[attr-defined]
    key = [(costs(entry), entry.network.name, entry.pareto) for entry in marked(points)]
    assert sorted(key) == sorted((costs(entry), entry.network.name, entry.pareto) for entry in marked(mixed))


def test_better_in_one_and_worse_in_none() -> None:
    assert dominates(point(cycles=9), point()) and not dominates(point(), point())
    assert not dominates(point(cycles=9, lut=1001), point())
    assert dominates(point(cycles=5, clock=10.0, lut=900), point())
    better, worse = network("a", accuracy(1.0)), network("b", accuracy(1.2))
    assert dominates(point(of=better), point(of=worse)) and not dominates(point(of=worse), point(of=better))
    more, less = network("c", accuracy(0.8, less=False)), network("d", accuracy(0.7, less=False))
    assert dominates(point(of=more), point(of=less)) and not dominates(point(of=more, lut=1001), point(of=less))


def test_networks_without_a_common_accuracy_do_not_compare() -> None:
    unknown, other = network("u"), network("v", accuracy(1.0))
    assert not dominates(point(of=unknown, lut=1), point(of=other)) and not dominates(
        point(of=other, lut=1), point(of=unknown)
    )
    assert dominates(point(of=unknown, lut=1), point(of=unknown))
    percent = network("w", accuracy(0.9, less=False))
    assert not dominates(point(of=percent, lut=1), point(of=other))


def test_what_cannot_run_at_its_clock_is_not_on_the_front() -> None:
    late, able = point(1, period=6.0, lut=10), point(2)
    assert [entry.pareto for entry in marked([late, able])] == [False, True]
    perhaps, likely = point(1, period=5.2, lut=10), point(1, period=4.9, lut=10)
    assert [entry.pareto for entry in marked([perhaps, able])] == [False, True]
    assert [entry.pareto for entry in marked([likely, able])] == [True, False]
