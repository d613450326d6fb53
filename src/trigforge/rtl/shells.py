"""The hand-written Verilog of ``firmware/``, and the thin wrappers that put one core into its shells."""

import re
from collections.abc import Sequence
from functools import cache

from trigforge.design import Redundancy
from trigforge.errors import ProjectError
from trigforge.files import hand_written
from trigforge.project.rtl import RtlPort, Shell
from trigforge.rtl import reloading
from trigforge.rtl.shell_text import shell_text, testbench_text
from trigforge.rtl.wrapping import WrappedCore

RESERVED_NAMES = frozenset(
    """
    clk start rst in_valid out_valid in_data out_data registers
    aclk aresetn s_axis_tvalid s_axis_tready s_axis_tdata m_axis_tvalid m_axis_tready m_axis_tdata
    in_link_valid in_link_start in_link_data out_link_valid out_link_start out_link_data framing_error overrun
    in_ready in_count in_objects out_count out_objects
    object result result_valid event_valid event_data beat unused
    wrapped_core in_flight flow receiver sender sequencer bench dut
    """.split()
)
"""Names in the wrappers, which no port of a core may have."""

_LIBRARY = ("cells", "shell", "testbench")
_INSTANCE = re.compile(r"^\s*(tf_\w+) (?:#\(|\w+ \()", re.MULTILINE)


def library_files() -> dict[str, str]:
    """The hand-written Verilog: project path (``cells/tf_add.v``, ``shell/...``, ``testbench/...``) -> text.

    Raises ``ProjectError`` if this installation lacks it.
    """
    return dict(_library())


def library_used(*texts: str) -> tuple[str, ...]:
    """The hand-written files that texts of Verilog instantiate, and those that these are made of."""
    library = library_files()
    paths = {path.rpartition("/")[2].removesuffix(".v"): path for path in library}
    found, waiting = set[str](), list(texts)
    while waiting:
        new = {paths[module] for module in _INSTANCE.findall(waiting.pop())} - found
        found |= new
        waiting += [library[path] for path in new]
    return tuple(sorted(found))


def wrapped_core(
    core: str,
    inputs: Sequence[RtlPort],
    outputs: Sequence[RtlPort],
    latency_cycles: int,
    initiation_interval: int,
    origin: str,
    redundancy: Redundancy = Redundancy.NONE,
) -> WrappedCore:
    """A core that shells can hold; ``origin`` goes into their headers, one line or several.

    Raises ``ProjectError`` for a core without event inputs or outputs, or a port with one of ``RESERVED_NAMES``.
    """
    wrapped = WrappedCore(core, tuple(inputs), tuple(outputs), latency_cycles, initiation_interval, origin, redundancy)
    for kind, ports in (("event input", wrapped.events), ("output", wrapped.outputs)):
        if not ports:
            raise ProjectError(f"core {core!r} has no {kind}; a shell needs at least one")
    reserved = RESERVED_NAMES | reloading.RESERVED_NAMES if wrapped.registers else RESERVED_NAMES
    for port in (*inputs, *outputs):
        if port.name in reserved:
            raise ProjectError(f"port {port.name!r} of core {core!r} has a name of its shells; name the port otherwise")
    return wrapped


def shell_files(wrapped: WrappedCore, identity: int) -> dict[Shell, dict[str, str]]:
    """The wrapper of a core for each shell, as project path -> text: ``shells/<core>_valid.v`` and so on.

    A wrapper is one module, which needs the sources of the core and ``library_used`` of its text. Events are all inputs
    that are no registers, side by side, first port lowest; register inputs are ports of every wrapper and are held
    steady. An input that arrives in beats does so in the shells ``valid`` and ``tmux``; events come whole in others.
    A core with an initiation interval above 1 has the port ``start`` behind ``clk``, high where an event is on its
    inputs. Ports and timing stand in ``firmware/README.md``.

    A core with register inputs has ``reloadable`` too, which comes with the shell ``axis`` and the register files that
    check images for ``identity``, that of ``model_identity``.
    """
    plain = [shell for shell in Shell if shell is not Shell.RELOADABLE]
    files = {shell: {f"shells/{wrapped.core}_{shell}.v": shell_text(shell, wrapped)} for shell in plain}
    if not wrapped.registers:
        return files
    own = {f"shells/{wrapped.core}_{Shell.RELOADABLE}.v": shell_text(Shell.RELOADABLE, wrapped)}
    around = reloading.register_files(wrapped, identity)
    return {**files, Shell.RELOADABLE: {**files[Shell.AXIS], **around, **own}}


def testbench_files(wrapped: WrappedCore) -> dict[str, str]:
    """``testbench/tf_testbench.v`` and ``testbench/tb_<core>.v``: ``tb_<core>``, with ``<core>_valid`` inside.

    They need the sources of that shell, and ``shell/tf_beats.v`` where an input arrives in beats. They read
    ``inputs.hex`` and ``outputs.hex`` in the folder in which they run.
    """
    hand_written = "testbench/tf_testbench.v"
    bench = {f"testbench/tb_{wrapped.core}.v": testbench_text(wrapped)}
    return {hand_written: library_files()[hand_written], **bench}


@cache
def _library() -> tuple[tuple[str, str], ...]:
    return tuple(
        (f"{folder}/{entry.name}", entry.read_text(encoding="utf-8"))
        for folder in _LIBRARY
        for entry in sorted(hand_written(f"firmware/{folder}").iterdir(), key=lambda entry: entry.name)
        if entry.name.endswith(".v")
    )
