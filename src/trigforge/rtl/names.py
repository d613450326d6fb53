"""Names in Verilog from names of the graph: never a word of the language, never one for two things.

An identifier made here holds no two underscores in a row, so that the generator can join names with two of them.
"""

import re
from collections import Counter
from collections.abc import Iterable

from trigforge.rtl.hierarchy import Region

_WORDS = frozenset(
    """
    accept_on alias always always_comb always_ff always_latch and assert assign assume automatic before begin bind bins
    binsof bit break buf bufif0 bufif1 byte case casex casez cell chandle checker class clocking cmos config const
    constraint context continue cover covergroup coverpoint cross deassign default defparam design disable dist do edge
    else end endcase endchecker endclass endclocking endconfig endfunction endgenerate endgroup endinterface endmodule
    endpackage endprimitive endprogram endproperty endsequence endspecify endtable endtask enum event eventually expect
    export extends extern final first_match for force foreach forever fork forkjoin function generate genvar global
    highz0 highz1 if iff ifnone ignore_bins illegal_bins implements implies import incdir include initial inout input
    inside instance int integer interconnect interface intersect join join_any join_none large let liblist library local
    localparam logic longint macromodule matches medium modport module nand negedge nettype new nexttime nmos nor
    noshowcancelled not notif0 notif1 null or output package packed parameter pmos posedge primitive priority program
    property protected pull0 pull1 pulldown pullup pulsestyle_ondetect pulsestyle_onevent pure rand randc randcase
    randsequence rcmos real realtime ref reg reject_on release repeat restrict return rnmos rpmos rtran rtranif0
    rtranif1 s_always s_eventually s_nexttime s_until s_until_with scalared sequence shortint shortreal showcancelled
    signed small soft solve specify specparam static string strong strong0 strong1 struct super supply0 supply1
    sync_accept_on sync_reject_on table tagged task this throughout time timeprecision timeunit tran tranif0 tranif1 tri
    tri0 tri1 triand trior trireg type typedef union unique unique0 unsigned until until_with untyped use uwire var
    vectored virtual void wait wait_order wand weak weak0 weak1 while wildcard wire with within wor xnor xor
    clk start probe unused
    """.split()
)
"""Keywords of SystemVerilog (IEEE 1800-2017, annex B), with Verilog's among them, and names that any module may use."""


def identifier(text: str) -> str:
    """A name of Verilog from a name of the graph.

    >>> identifier("jet.iq"), identifier("case"), identifier("a__b")
    ('jet_iq', 'case_', 'a_b')
    """
    plain = re.sub(r"[^A-Za-z0-9]+", "_", text).strip("_") or "x"
    plain = f"x{plain}" if plain[0].isdigit() else plain
    return f"{plain}_" if plain in _WORDS else plain


def distinct(names: Iterable[str], taken: Iterable[str] = ()) -> list[str]:
    """The same names, with numbers behind those that come again or are ``taken``.

    >>> distinct(["a", "b", "a"], taken=["b"])
    ['a', 'b_1x', 'a_1x']
    """
    seen: Counter[str] = Counter()
    out: list[str] = []
    used = set(taken)
    for name in names:
        candidate = name
        while candidate in used:
            seen[name] += 1
            candidate = f"{name}_{seen[name]}x"
        used.add(candidate)
        out.append(candidate)
    return out


def gate_names(region: Region) -> list[str]:
    """One name a gate: tensor and element, or the tensor it is on the way to and a number."""
    counts: Counter[str] = Counter()
    names: list[str] = []
    for number, gate in enumerate(region.circuit.gates):
        if number in region.names:
            tensor, element = region.names[number]
            names.append(f"{identifier(tensor)}_{element}")
        else:
            names.append(f"{identifier(gate.tensor)}_t{counts[gate.tensor]}")
            counts[gate.tensor] += 1
    return distinct(names)
