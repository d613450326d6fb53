"""The words of what slices share, the same on the terminal and on the page."""

from trigforge.reports import wording
from trigforge.reports.figures import Figure, Leaf
from trigforge.reports.sharing import Arriving, KeptApart, Occupancy, Sharing


def interval(sharing: Sharing) -> str:
    """The interval from one event to the next, and what was asked for or takes so long."""
    asked = wording.counted(sharing.asked_interval, "cycles")
    if not sharing.occupancy:
        why = "" if sharing.kept_apart else ": no layer works on slices, or each has an instance of its own"
        return f"no slices share instances, although the design leaves {asked} from one event to the next{why}"
    every = f"an event every {wording.counted(sharing.interval, 'cycles')}"
    if any(entry.last_cycle + 1 == sharing.interval for entry in sharing.arriving):
        return f"{every}, in which its inputs arrive"
    if sharing.interval == sharing.asked_interval:
        return f"{every}, as asked for"
    return f"{every}; {asked} were asked for, and nothing that is shared needs more"


def arrives(entry: Arriving, cycles: Leaf) -> str:
    """The way in which an input comes, and the time from its last rows to the outputs, which take ``cycles``."""
    told = f"{entry.name} comes {entry.rows_a_cycle:,} of {entry.rows:,} rows a cycle"
    if not isinstance(cycles, Figure):
        return told
    since = wording.counted(round(cycles.value) - entry.last_cycle, "cycles")
    return f"{told}; outputs follow {since} after the last ones"


def slices(entry: Occupancy) -> str:
    """``16 slices on 4 instances, 4 slots``."""
    if entry.accumulates:
        return f"joined over {entry.slots:,} slots"
    instances = "1 instance" if entry.instances == 1 else f"{entry.instances:,} instances"
    return f"{entry.slices:,} slices on {instances}, {entry.slots:,} slots"


def saved(apart: Leaf, built: Leaf, what: str) -> str:
    """``saves 44,000 of 59,000 adder bits``, or how many more it takes."""
    if not isinstance(apart, Figure) or not isinstance(built, Figure):
        return "saves an unknown number of " + what
    if built.value > apart.value:
        return f"takes {wording.number(built.value - apart.value)} more than {wording.number(apart.value)} {what}"
    return f"saves {wording.number(apart.value - built.value)} of {wording.number(apart.value)} {what}"


def paid(sharing: Sharing) -> str:
    """The price of sharing: multiplexers and accumulators."""
    choices, sums = sharing.built.choice_bits, sharing.built.accumulator_bits
    told = (f"{_number(choices)} adder bits for choices of operands", f"{_number(sums)} for accumulators")
    return f"paid with {' and '.join(told)}"


def whole(sharing: Sharing) -> str:
    """The savings of the whole design."""
    return (
        f"the design {saved(sharing.apart.adder_bits, sharing.built.adder_bits, 'adder bits')}, and it "
        f"{saved(sharing.apart.register_bits, sharing.built.register_bits, 'register bits')}"
    )


def kept(entry: KeptApart) -> str:
    """The reason why a ``Map`` has an instance for each slice."""
    apart, shared = _number(entry.cost.apart), _number(entry.cost.shared)
    return (
        f"{entry.name} keeps one instance for each of its {entry.slices:,} slices: so the design costs {apart} look-up "
        f"tables, and with fewer instances {shared}, registers counted as tables too"
    )


def _number(leaf: Leaf) -> str:
    return wording.number(leaf.value) if isinstance(leaf, Figure) else "unknown"
