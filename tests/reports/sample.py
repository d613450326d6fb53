"""A full report of the true graph of ``models/jet_tagger``; the figures of its build are made up but consistent."""

from dataclasses import replace

from trigforge.coverage import Coverage, QuantizerCoverage, TensorCoverage
from trigforge.design import DesignPoint, LayerDesign, Strategy
from trigforge.project import Multiplications
from trigforge.reports import (
    BudgetLine,
    BuildReport,
    BuildRoute,
    ComparedCost,
    Figure,
    GraphNode,
    Implementation,
    KeptApart,
    Latency,
    Layer,
    Leaf,
    Missing,
    NodeCost,
    Occupancy,
    PipelineStage,
    PlannedCost,
    Provenance,
    Resources,
    SavedBits,
    Sharing,
    Verdict,
    Verification,
)
from trigforge.resources.parts import FpgaResource

DESIGN = DesignPoint(layers={"jet_1": LayerDesign(Strategy.RESOURCE, 5)})
ENVIRONMENT = {
    "trigforge": "0.1.0",
    "numpy": "2.4.6",
    "hls4ml": "1.3.0",
    "python": "3.11.7",
    "platform": "Linux x86_64",
    "g++": "12.2.0",
    "alkaid": "0.8.2",
    "verilator": "5.48",
    "yosys": "0.70",
}
NO_VITIS = "Vitis HLS was not found; set XILINX_HLS to its installation folder"
SIMULATED = "verilator 5.48, jet_tagger_valid"
MAPPED = "yosys 0.70, synth_xilinx -family xcup, out of context"
PLANNED = "counted in the plan of the pipeline, before mapping"
ADDERS = "LUT model, 20 placed designs of one family, 4.3 % rms leave-one-out; 68 % of designs lie within"
TIMING = "timing model of the mapped netlist, 20 placed designs, 8.1 % rms leave-one-out; 68 % of designs lie within"

# kind, name, operands, shape, type, body_of, copies, bits of an element:elements
FLOW = """
Input        constituents         -                     16x3  ap_fixed<15,9>   -      1  9:32 12:16
Map          jet.iq               constituents          16x32 ap_ufixed<10,7>  -      1  0:32 3:16 4:32 5:96 6:96 7:112 8:112 9:16
Input        constituents         constituents          3     ap_fixed<15,9>   jet.iq 16 9:2 12:1
Slice        get_item_2           constituents          1     ap_ufixed<12,8>  jet.iq 16 12:1
Slice        get_item_3           constituents          2     ap_fixed<9,3>    jet.iq 16 9:2
Requantize   present              get_item_2            1     ap_ufixed<1,-2>  jet.iq 16 1:1
Concat       angles_and_present   get_item_3,present    3     ap_fixed<9,3>    jet.iq 16 1:1 9:2
Concat       all_features         get_item_2,get_item_3,present 4 ap_fixed<15,9> jet.iq 16 1:1 9:2 12:1
Requantize   angles_1.iq          angles_and_present    3     ap_fixed<11,3>   jet.iq 16 5:1 9:2
Dense        angles_1.dense       angles_1.iq           15    ap_fixed<15,4>   jet.iq 16 12:1 13:7 14:6 15:1
Requantize   particle_1.iq        all_features          4     ap_fixed<12,9>   jet.iq 16 1:1 3:1 4:1 8:1
Dense        particle_1.dense     particle_1.iq         9     ap_fixed<13,8>   jet.iq 16 4:1 9:1 10:4 11:3
Requantize   angles_2.iq          angles_1.dense        15    ap_ufixed<8,2>   jet.iq 16 4:5 5:6 6:4
Dense        angles_2.dense       angles_2.iq           24    ap_fixed<16,5>   jet.iq 16 0:2 10:2 11:3 12:4 13:6 14:6 15:1
Requantize   weighted.iq0         get_item_2            1     ap_ufixed<8,8>   jet.iq 16 8:1
Requantize   weighted.iq1         angles_2.dense        24    ap_ufixed<7,1>   jet.iq 16 0:2 3:5 4:4 5:9 6:3 7:1
Mul          weighted             weighted.iq0,weighted.iq1 24 ap_ufixed<15,9> jet.iq 16 0:2 11:5 12:4 13:9 14:3 15:1
Requantize   particle_2.iq        particle_1.dense      9     ap_ufixed<8,6>   jet.iq 16 1:1 2:5 3:1 7:2
Dense        particle_2.dense     particle_2.iq         8     ap_fixed<12,7>   jet.iq 16 6:1 9:1 10:2 12:4
Relu         particle_2           particle_2.dense      8     ap_ufixed<11,6>  jet.iq 16 4:2 7:1 8:2 9:1 11:2
Concat       moments_and_particle weighted,particle_2   32    ap_ufixed<15,9>  jet.iq 16 0:2 4:2 7:1 8:2 9:1 11:7 12:4 13:9 14:3 15:1
Requantize   jet.iq               moments_and_particle  32    ap_ufixed<10,7>  jet.iq 16 0:2 3:1 4:2 5:6 6:6 7:7 8:7 9:1
Sum          jet.sum              jet.iq                32    ap_ufixed<14,11> -      1  0:2 7:1 8:2 9:6 10:6 11:7 12:7 13:1
Shift        jet                  jet.sum               32    ap_ufixed<14,7>  -      1  0:2 7:1 8:2 9:6 10:6 11:7 12:7 13:1
Requantize   jet_1.iq             jet                   32    ap_ufixed<9,4>   -      1  0:2 1:1 3:3 4:6 5:6 6:9 7:3 8:2
Dense        jet_1.dense          jet_1.iq              25    ap_fixed<18,7>   -      1  13:1 14:3 15:11 16:8 17:2
Requantize   jet_2.iq             jet_1.dense           25    ap_ufixed<9,4>   -      1  4:2 5:7 6:9 7:3 8:4
Dense        jet_2.dense          jet_2.iq              25    ap_fixed<18,9>   -      1  13:1 14:7 15:11 16:4 17:1 18:1
Requantize   classes.iq           jet_2.dense           25    ap_ufixed<10,5>  -      1  5:4 6:9 7:8 8:4
Dense        classes              classes.iq            5     ap_fixed<17,7>   -      1  16:2 17:3
"""  # noqa: E501
OUTPUTS = {("jet.iq", "jet.iq"), ("-", "classes")}

# region, copies, layers, and of one copy: lut, ff, carry bits, logic ns
STAGES = """
jet.iq 16 present,particle_1.iq,angles_1.iq                 58   61   16 0.92
jet.iq 16 angles_1.dense,particle_1.dense                   462  318  308 2.31
jet.iq 16 angles_1.dense,angles_2.iq,particle_2.iq          236  141  112 2.58
jet.iq 16 angles_2.dense,particle_2.dense                   618  402  440 2.44
jet.iq 16 angles_2.dense,particle_2,weighted.iq1            391  229  216 2.61
jet.iq 16 weighted,jet.iq                                   574  205  352 3.14
jet_tagger 1 jet.sum                                        2204 1510 1876 2.02
jet_tagger 1 jet.sum,jet_1.iq                               1103 168  940 2.72
jet_tagger 1 jet_1.dense                                    6120 3811 5240 2.66
jet_tagger 1 jet_1.dense,jet_2.iq                           3347 151  2290 2.93
jet_tagger 1 jet_2.dense                                    5102 3022 4310 2.71
jet_tagger 1 jet_2.dense,classes.iq,classes                 4016 83   3170 3.36
"""


def graph() -> tuple[GraphNode, ...]:
    """The graph of the jet tagger, one phi body in 16 copies."""
    return tuple(_flow_node(line.split()) for line in FLOW.strip().splitlines())


def _flow_node(words: list[str]) -> GraphNode:
    kind, name, operands, shape, hull, body, copies, *widths = words
    return GraphNode(
        name=name,
        kind=kind,
        operands=() if operands == "-" else tuple(operands.split(",")),
        shape=tuple(map(int, shape.split("x"))),
        type=hull,
        widths={int(bits): int(count) for bits, count in (pair.split(":") for pair in widths)},
        is_output=(body, name) in OUTPUTS,
        body_of=None if body == "-" else body,
        copies=int(copies),
    )


def stages() -> tuple[PipelineStage, ...]:
    """Twelve stages in two regions, one behind the other."""
    seen: dict[str, int] = {}
    out: list[PipelineStage] = []
    for cycle, line in enumerate(STAGES.strip().splitlines()):
        region, copies, layers, lut, ff, carry, logic = line.split()
        number = seen[region] = seen.get(region, -1) + 1
        counts = int(lut), int(ff), int(carry), 0, 0
        out.append(PipelineStage(region, number, int(copies), cycle, tuple(layers.split(",")), *counts, float(logic)))
    return tuple(out)


def layers() -> tuple[Layer, ...]:
    """Each stage shared out evenly over its nodes, and a layer of which nothing is left."""
    found: dict[str, NodeCost] = {}
    for stage in stages():
        for name in stage.layers:
            lut, ff = (stage.copies * count / len(stage.layers) for count in (stage.lut, stage.ff))
            owners = (name.split(".")[0],)
            old = found.get(name, NodeCost(name, owners, 0, 0, stage.first_cycle, stage.first_cycle))
            found[name] = NodeCost(name, owners, old.lut + lut, old.ff + ff, old.first_cycle, stage.first_cycle)
    names = dict.fromkeys(node.layers[0] for node in found.values())
    built = (Layer(name, "QDense", tuple(n for n in found.values() if n.layers[0] == name)) for name in names)
    return (Layer("flatten", "Flatten", ()), *built)


def sharing() -> Sharing:
    """Particles and their neighbours, sums over them, and rows that share nothing."""

    def bits(value: float, unit: str = "bits") -> Figure:
        return estimated(value, unit, value, value, PLANNED)

    def saved(apart: int, built: int) -> SavedBits:
        return SavedBits(bits(apart), bits(built))

    layers = ("angles_1", "particle_1")
    return Sharing(
        asked_interval=5,
        interval=4,
        occupancy=(
            Occupancy("jet.iq", layers, (), False, 16, 4, 4, 1, 1, 12, saved(59_192, 14_798)),
            Occupancy("jet.sum", ("jet",), (), True, 4, 1, 4, 1, 9, 14, saved(310, 914)),
        ),
        kept_apart=(KeptApart("rows", ("row",), 3, ComparedCost(bits(24.5, "LUT"), bits(1040, "LUT"))),),
        built=PlannedCost(bits(27_584), bits(120), bits(311), bits(15_155)),
        apart=PlannedCost(bits(74_140), bits(0), bits(0), bits(39_665)),
    )


def resources(*leaves: Leaf) -> Resources:
    """In the order of ``FpgaResource``."""
    return Resources(dict(zip(FpgaResource, leaves, strict=True)))


def measured(value: float, unit: str, source: str) -> Figure:
    return Figure(value, unit, Provenance.MEASURED, source)


def estimated(value: float, unit: str, low: float, high: float, source: str, outside_range: bool = False) -> Figure:
    return Figure(value, unit, Provenance.ESTIMATED, source, low, high, outside_range)


def verilog() -> Implementation:
    lut, ff, carry = (sum(getattr(s, key) * s.copies for s in stages()) for key in ("lut", "ff", "carry_bits"))
    none_placed = Missing("Vivado was not found; set XILINX_VIVADO to its installation folder")
    return Implementation(
        route=BuildRoute.RTL,
        latency=Latency(
            cycles=measured(12, "cycles", SIMULATED),
            initiation_interval=measured(1, "cycles", SIMULATED),
            clock_period_ns=estimated(4.4, "ns", 4.05, 4.75, TIMING),
            ns=estimated(52.8, "ns", 48.6, 57.0, TIMING),
        ),
        mapped=resources(
            measured(lut, "LUT", MAPPED),
            measured(ff, "FF", MAPPED),
            measured(carry, "bits", MAPPED),
            measured(0, "DSP", MAPPED),
            measured(0, "BRAM_18K", MAPPED),
            measured(0, "URAM", MAPPED),
        ),
        placed=resources(
            estimated(57_600, "LUT", 55_100, 60_200, ADDERS, outside_range=True),
            estimated(29_300, "FF", 28_800, 29_900, ADDERS),
            none_placed,
            measured(0, "DSP", MAPPED),
            measured(0, "BRAM_18K", MAPPED),
            measured(0, "URAM", MAPPED),
        ),
        stages=stages(),
        layers=layers(),
    )


def hls() -> Implementation:
    nothing = Resources.missing(FpgaResource, NO_VITIS)
    product = Multiplications("jet_1.dense", ("jet_1",), "RESOURCE", 5, "RESOURCE", 4)
    return Implementation(BuildRoute.HLS, Latency.missing(NO_VITIS), nothing, nothing, multiplications=(product,))


def budget() -> tuple[BudgetLine, ...]:
    """Two lines met, one violated, one open, and one without a figure."""
    period = estimated(227, "MHz", 210.5, 246.9, TIMING)
    latency = estimated(52.8, "ns", 48.6, 57.0, f"{SIMULATED}; {TIMING}")
    occupied = estimated(13.3, "% of an SLR", 12.8, 13.9, ADDERS, outside_range=True)
    return (
        BudgetLine("clock_mhz", 200, "MHz", period, Verdict.MET, "", at_least=True),
        BudgetLine("initiation_interval", 6, "cycles", measured(1, "cycles", SIMULATED), Verdict.MET, ""),
        BudgetLine(
            "latency_ns",
            50,
            "ns",
            latency,
            Verdict.CANNOT_TELL,
            "latency_ns: 52.8 ns, 48.6 to 57 (measured 12 cycles x estimated 4.4 ns, 4.05 to 4.75) can be above or "
            "below the budget of 50 ns; place and route it to know, or raise stage_delay_ns for fewer stages",
        ),
        BudgetLine(
            "lut_percent_of_slr",
            10,
            "% of an SLR",
            occupied,
            Verdict.VIOLATED,
            "lut_percent_of_slr: 13.3 % of an SLR, 12.8 to 13.9 (estimated 57,600 LUT, of 432,000, after place and "
            "route) is 3.3 % of an SLR over the budget of 10 % of an SLR; train with fewer bits, or set "
            "multipliers = 'DSP'",
        ),
        BudgetLine(
            "uram",
            0,
            "URAM",
            Missing("no tool here counts UltraRAM"),
            Verdict.CANNOT_TELL,
            "uram: cannot tell: no tool here counts UltraRAM",
        ),
    )


def covered_tensor(name: str, kind: str, high: tuple[int, int], copies: int = 1) -> TensorCoverage:
    return TensorCoverage(
        name=name,
        layer=name.partition("/")[0],
        kind=kind,
        copies=copies,
        shape=(2,),
        type="ap_fixed<6,4>",
        lsb=-2,
        lsb_used=0,
        width=(6, 6),
        lo=(-32, -32),
        hi=(31, 31),
        observed_lo=(-4, 0),
        observed_hi=(7, 0),
        unused_high=high,
        unused_low=(0, 0),
    )


def coverage() -> Coverage:
    """One tensor that wraps around, one that saturates, one whose saturation a Relu does anyhow, and NaN."""
    return Coverage(
        model="tiny",
        graph_digest="0" * 64,
        events=1000,
        tensors=(
            covered_tensor("x", "Input", (2, 6)),
            covered_tensor("each", "Map", (0, 0)),
            covered_tensor("each/dense", "Dense", (1, 6), copies=3),
            covered_tensor("each/q", "Requantize", (0, 6), copies=3),
            covered_tensor("y", "Requantize", (0, 6)),
        ),
        quantizers=(
            QuantizerCoverage("x", "RND", "SAT", 2000, 1900, 0, 20, False, 3),
            QuantizerCoverage("each/q", "TRN", "SAT", 6000, 5, 600, 0, True),
            QuantizerCoverage("y", "TRN", "WRAP", 2000, 0, 1, 1, True),
        ),
    )


def shared() -> BuildReport:
    """The same with slices that share instances, and stages that work on several of them."""
    report = jet_tagger()
    verilog = report.implementations[0]
    stages = tuple(replace(stage, busy_cycles=4 if stage.copies > 1 else 1) for stage in verilog.stages)
    latency = replace(verilog.latency, initiation_interval=measured(4, "cycles", SIMULATED))
    built = replace(verilog, latency=latency, stages=stages, sharing=sharing())
    return replace(report, implementations=(built, *report.implementations[1:]))


def jet_tagger() -> BuildReport:
    """The report of one build with Verilator and Yosys, without a vendor's tool."""
    return BuildReport(
        model="jet_tagger",
        graph_digest="f21609edbda38cd102759070e8179dac66567b591f25cd3c3055daa27988a667",
        design=DESIGN,
        verification=(
            Verification("hls4ml C simulation", 10_000, 5, 0),
            Verification("native emulator", 10_000, 5, 0),
            Verification("RTL simulation", 10_000, 5, 0),
            Verification("mapped netlist", 10_000, 5, 0),
        ),
        implementations=(verilog(), hls()),
        environment=ENVIRONMENT,
        budget=budget(),
        graph=graph(),
        coverage=coverage(),
        notices=("Yosys has no CARRY8 for this family and maps carry chains to CARRY4; bits of carry count the same.",),
    )
