"""Ports as hls4ml's ``io_stream`` has them: an event comes in words, and leaves in words.

A word is an ``nnet::array`` of the elements along the last axis of a tensor: a constituent, a pixel, a whole vector.
The printed top becomes a function on arrays, one process of three in a ``DATAFLOW`` region: all words of an event are
read, the event is worked on as ever, and its outputs are written. So streams change no value, and reuse factors stay.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from trigforge.hls.printer import Variable, changed

_PARAMETERS, _DEFINES = '#include "parameters.h"\n', '#include "defines.h"\n'
_KERNEL = '#include "trigforge/stream.h"\n'


@dataclass(frozen=True)
class StreamedPort(Variable):
    """A printed input or output as a stream, ``row`` of its elements a word.

    ``array`` is the name of the array of an event. No tensor may have it, see ``names``.
    """

    array: str
    row: int

    @property
    def stream(self) -> str:
        """The stream's type; ``> >`` as compilers before C++11 read ``>>`` as a shift."""
        return f"hls::stream<nnet::array<{self.type_name}, {self.row}> >"

    @property
    def declared(self) -> str:
        """The declaration of the array."""
        return f"{self.type_name} {self.array}[{self.size}]"


def on_arrays(top: str) -> str:
    """The name of the function that hands an event in arrays to a streamed top, in simulation."""
    return f"{top}_on_arrays"


def with_streams(
    files: Mapping[str, str],
    top: str,
    namespace: str,
    inputs: Sequence[StreamedPort],
    outputs: Sequence[StreamedPort],
) -> dict[str, str]:
    """The files of a printed project whose top has streams as ports: header, source and hls4ml's test bench differ.

    Calls name the ``namespace``, since a tensor may be called like a function. Raises ``ProjectError`` where hls4ml
    prints a top otherwise.
    """
    header, source, bench = f"firmware/{top}.h", f"firmware/{top}.cpp", f"{top}_test.cpp"
    ports = (*inputs, *outputs)
    prototype = f"void {top}(\n" + ",\n".join(f"    {port.stream} &{port.name}" for port in ports) + "\n)"

    text, before, after = files[source], f"\nvoid {top}(\n", f"\nstatic void {top}_event(\n"
    text = changed(text, before, after, top)
    text = changed(text, f"    #pragma HLS INTERFACE ap_vld port={_listed(inputs)},{_listed(outputs)} \n", "", top)
    for port in inputs:
        text = changed(text, f"    #pragma HLS ARRAY_RESHAPE variable={port.name} complete dim=0\n", "", port.name)
    text = changed(text, _PARAMETERS, _PARAMETERS + _KERNEL, top)
    end = text.rindex("}")
    text = f"{text[:end]}{prototype} {{\n{_processes(f'{namespace}::{top}', inputs, outputs)}}}\n\n{text[end:]}"

    told = changed(files[header], _DEFINES, _DEFINES + _KERNEL, top)
    declared = re.search(rf"void {top}\([^;]*;\n", told)
    streamed = f"{prototype};\n\n{_in_simulation(top, namespace, inputs, outputs)}"
    told = changed(told, declared[0] if declared else f"void {top}(...);", streamed, top)

    called = changed(files[bench], f"            {top}(", f"            {on_arrays(top)}(", top)
    return {**files, source: text, header: told, bench: called}


def _listed(ports: Sequence[StreamedPort]) -> str:
    return ",".join(port.name for port in ports)


def _processes(top: str, inputs: Sequence[StreamedPort], outputs: Sequence[StreamedPort]) -> str:
    """The body of the top: words, the event, words."""
    ports = (*inputs, *outputs)
    lines = [f"#pragma HLS INTERFACE axis port={_listed(ports)}", "#pragma HLS DATAFLOW", ""]
    for port in ports:
        lines += [f"{port.declared};", f"#pragma HLS ARRAY_PARTITION variable={port.array} complete dim=0"]
    lines += ["", *(f"trigforge::from_words<{port.size}>({port.name}, {port.array});" for port in inputs)]
    lines.append(f"{top}_event({', '.join(port.array for port in ports)});")
    lines += [f"trigforge::to_words<{port.size}>({port.array}, {port.name});" for port in outputs]
    return "".join(f"    {line}\n" if line else "\n" for line in lines)


def _in_simulation(top: str, namespace: str, inputs: Sequence[StreamedPort], outputs: Sequence[StreamedPort]) -> str:
    """The function ``on_arrays``."""
    ports = (*inputs, *outputs)
    lines = [f'{port.stream} {port.name}("{port.name}");' for port in ports]
    lines += [f"trigforge::to_words<{port.size}>({port.array}, {port.name});" for port in inputs]
    lines.append(f"{namespace}::{top}({', '.join(port.name for port in ports)});")
    lines += [f"trigforge::from_words<{port.size}>({port.name}, {port.array});" for port in outputs]
    body = "".join(f"    {line}\n" for line in lines)
    head = f"inline void {on_arrays(top)}({', '.join(port.declared for port in ports)})"
    return (
        f"#ifndef __SYNTHESIS__\n// An event in arrays, through the streams of the top.\n{head} {{\n{body}}}\n#endif\n"
    )
