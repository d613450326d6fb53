"""The register file behind AXI4-Lite and I2C, clock by clock: checked images, and no event between two of them."""

from __future__ import annotations

import random
import struct
import zlib
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.firmware.bench import IN_BITS, OUT_BITS, Core, Instance, Top, running, tiny
from tests.firmware.conftest import Verilator
from trigforge.design import Redundancy
from trigforge.project.rtl import Shell
from trigforge.rtl.shells import library_used, shell_files

MODEL = 0xC0FFEE01
VOTED = Redundancy.TRIPLICATED
CORES = (Core(1, 0), Core(1, 3), Core(3, 5), Core(16, 17), Core(1, 3, VOTED), Core(5, 6, VOTED))
VOTED_OR_NOT = pytest.mark.parametrize("voted", (0, 1))
CONTROL, IMAGE, IDENTITY, LENGTH, CHECKSUM = 0, 4, 8, 12, 16
OKAY, SLVERR = 0, 2
_AXI_IN = {"awvalid": 1, "awaddr": 5, "wvalid": 1, "wdata": 32, "wstrb": 4, "bready": 1}
_AXI_IN |= {"arvalid": 1, "araddr": 5, "rready": 1}
_AXI_OUT = {"awready": 1, "wready": 1, "bvalid": 1, "bresp": 2, "arready": 1, "rvalid": 1, "rdata": 32, "rresp": 2}
AXI_IN, AXI_OUT = ({f"s_axi_{pin}": width for pin, width in pins.items()} for pins in (_AXI_IN, _AXI_OUT))
Start = Callable[[str], Instance]


@pytest.fixture(scope="module")
def start(verilator: Verilator, firmware: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Start]:
    """Starts the program and hands out one of its instances."""
    folder, top, texts = tmp_path_factory.mktemp("reloading"), Top(), dict[str, str]()
    for core in CORES:
        texts[f"{core.name}.v"] = core.text()
        made = shell_files(core.wrapped, MODEL)[Shell.RELOADABLE]
        texts |= {Path(path).name: text for path, text in made.items()}
        inputs = {"aresetn": 1, **AXI_IN, "s_axis_tvalid": 1, "s_axis_tdata": 72, "m_axis_tready": 1}
        outputs = {**AXI_OUT, "s_axis_tready": 1, "m_axis_tvalid": 1, "m_axis_tdata": 80}
        top.add(core.name, f"{core.name}_reloadable", {}, inputs, outputs, "aclk")
    held = {"hold": 1, "w_in": 8}
    pins = {"rst": 1, "scl": 1, "sda": 1, "quiet": 1}
    three = {"bus_write": 1, "bus_address": 5, "bus_data": 32}
    given = {"bus_read_data": 32, "bus_known": 1, "hold": 1, "registers": 96}
    for voted, core in enumerate((CORES[0], CORES[-1])):
        name, size = f"{core.name}_registers", {"WORDS": 3, "MODEL": 5, "TRIPLICATED": voted}
        axi = {"aresetn": 1, **AXI_IN, "quiet": 1}
        top.add(f"axi_{voted}", f"{name}_axi_lite", {}, axi, {**AXI_OUT, **held}, "aclk")
        top.add(f"i2c_{voted}", f"{name}_i2c", {"ADDRESS": 0x2A}, pins, {"sda_low": 1, **held})
        top.add(f"three_{voted}", "tf_register_file", size, {"rst": 1, **three, "quiet": 1}, given)
    for file, text in {**texts, "top.v": top.text()}.items():
        (folder / file).write_text(text)
    here = Path(__file__).parent
    library = [firmware / path for path in library_used(*texts.values()) if path.startswith("shell/")]
    sources = [here / "tiny.v", here / "slow.v", *library, *(folder / file for file in sorted(texts)), folder / "top.v"]
    program = verilator.build("top", *sources, *_cells(firmware), folder=folder)
    with running(top, program) as start_one:
        yield start_one


def _cells(firmware: Path) -> list[Path]:
    return sorted((firmware / "cells").glob("*.v"))


def image(payload: Sequence[int], model: int = MODEL) -> list[int]:
    """The words of an image."""
    words = [int.from_bytes(b"TFW1", "little"), model, len(payload), *payload]
    return [*words, zlib.crc32(struct.pack(f"<{len(words)}I", *words))]


@dataclass
class Controller:
    """An AXI4-Lite manager that does one transfer after the other, pausing at random."""

    numbers: random.Random
    waiting: deque[tuple[int, int | None]] = field(default_factory=deque)
    answers: list[tuple[int, int]] = field(default_factory=list)
    _address_sent: bool = False
    _data_sent: bool = False

    def write(self, address: int, *words: int) -> None:
        self.waiting += [(address, word) for word in words]

    def read(self, address: int) -> None:
        self.waiting.append((address, None))

    def pins(self) -> dict[str, int]:
        """What it drives."""
        found = {"s_axi_bready": self.numbers.getrandbits(1), "s_axi_rready": self.numbers.getrandbits(1)}
        self._driven = found
        if not self.waiting or self.numbers.random() < 0.2:
            return found
        address, word = self.waiting[0]
        if word is None:
            found |= {"s_axi_arvalid": int(not self._address_sent), "s_axi_araddr": address}
        else:
            found |= {"s_axi_awvalid": int(not self._address_sent), "s_axi_awaddr": address}
            found |= {"s_axi_wvalid": int(not self._data_sent), "s_axi_wdata": word, "s_axi_wstrb": 15}
        return found

    def see(self, got: Mapping[str, int]) -> None:
        """What the subordinate answered in the same clock."""
        driven = self._driven
        for kind in "aw", "ar":
            self._address_sent |= bool(driven.get(f"s_axi_{kind}valid") and got[f"s_axi_{kind}ready"])
        self._data_sent |= bool(driven.get("s_axi_wvalid") and got["s_axi_wready"])
        for kind, data in ("b", 0), ("r", got["s_axi_rdata"]):
            if driven[f"s_axi_{kind}ready"] and got[f"s_axi_{kind}valid"]:
                self.answers.append((got[f"s_axi_{kind}resp"], data))
                self._address_sent = self._data_sent = False
                self.waiting.popleft()


def run(instance: Instance, controller: Controller, **pins: int) -> Mapping[str, int]:
    """Step until the controller has nothing left to do."""
    got: Mapping[str, int] = {}
    for _ in range(20_000):
        got = instance.step(**controller.pins(), **pins)
        controller.see(got)
        if not controller.waiting:
            return instance.step(**pins)
    raise AssertionError("the bus is stuck")


@pytest.mark.parametrize("core", CORES, ids=lambda core: core.name)
def test_each_event_sees_one_image_and_what_is_damaged_changes_nothing(core: Core, start: Start) -> None:
    shell, numbers = start(core.name), random.Random(core.latency)
    controller = Controller(numbers)
    shell.step(aresetn=0)
    inside: deque[int] = deque()
    weight: int | None = None
    coming: deque[int] = deque()
    offered: int | None = None
    seen: list[int] = []
    done = 0
    for step in range(12_000):
        if not controller.waiting and numbers.random() < 0.05 and step < 11_000:
            good = image([numbers.getrandbits(8) | numbers.getrandbits(24) << 8])
            damaged = list(good)
            at = numbers.randrange(len(good))
            damaged[at] ^= 1 << numbers.randrange(32)
            if numbers.random() < 0.5 and seen:
                controller.write(IMAGE, *damaged[: numbers.randint(1, len(damaged))])
                controller.write(CONTROL, 0)
            else:
                controller.write(CONTROL, 0)
                controller.write(IMAGE, *good)
                coming.append(good[3] & 0xFF)
                seen.append(good[3] & 0xFF)
        if offered is None and numbers.random() < 0.7:
            offered = numbers.getrandbits(IN_BITS)
        ready = int(numbers.random() < 0.8)
        axi = controller.pins()
        stream = {"s_axis_tvalid": int(offered is not None), "s_axis_tdata": offered or 0, "m_axis_tready": ready}
        got = shell.step(aresetn=1, **axi, **stream)
        controller.see(got)
        if got["m_axis_tvalid"] and ready:
            result, event = got["m_axis_tdata"] & (1 << OUT_BITS) - 1, inside.popleft()
            while weight is None or result != tiny(event, weight):
                assert coming, f"after {done} events: {result:x} is of no image"
                weight = coming.popleft()
            done += 1
        if offered is not None and got["s_axis_tready"]:
            assert seen, "an event was let in before there was an image"
            inside.append(offered)
            offered = None
    assert done > 300 and len(seen) > 20 and len(inside) < 64
    assert all(answer == OKAY for answer, _ in controller.answers)


@VOTED_OR_NOT
def test_the_status_tells_each_fault(voted: int, start: Start) -> None:
    instance, controller = start(f"axi_{voted}"), Controller(random.Random(1))
    instance.step(aresetn=0)
    good = image([0xA5])

    def status_after(words: Sequence[int], quiet: int = 1) -> int:
        controller.write(IMAGE, *words)
        controller.read(CONTROL)
        run(instance, controller, aresetn=1, quiet=quiet)
        controller.write(CONTROL, 0)
        run(instance, controller, aresetn=1, quiet=quiet)
        return next(data for _, data in reversed(controller.answers[:-1]))

    assert status_after([1, *good[1:]]) == 1 << 4
    assert status_after(image([0xA5], model=7)) == 2 << 4
    assert status_after(image([0xA5, 0])) == 3 << 4
    assert status_after([*good[:-1], good[-1] ^ 1]) == 4 << 4
    assert status_after(good[:3]) == 1 << 1
    assert status_after(good, quiet=0) == 1 << 2
    assert run(instance, controller, aresetn=1, quiet=1)["hold"] == 1
    assert status_after(good) & ~2 == 1 | 1 << 16
    got = run(instance, controller, aresetn=1, quiet=1)
    assert (got["hold"], got["w_in"]) == (0, 0xA5)
    assert status_after([*good[:-1], good[-1] ^ 1 << 31]) == 1 | 4 << 4 | 1 << 16
    assert run(instance, controller, aresetn=1, quiet=1)["w_in"] == 0xA5
    controller.answers.clear()
    for address in (IDENTITY, LENGTH, CHECKSUM, IMAGE, 20, 6):
        controller.read(address)
    controller.write(24, 1)
    run(instance, controller, aresetn=1, quiet=1)
    values = [(OKAY, MODEL), (OKAY, 1), (OKAY, good[-1]), (OKAY, 0), (SLVERR, 0), (SLVERR, 0)]
    assert controller.answers[:-1] == values and controller.answers[-1][0] == SLVERR
    instance.step(aresetn=0)
    assert run(instance, controller, aresetn=1, quiet=1)["hold"] == 1


@VOTED_OR_NOT
def test_several_words_stand_in_their_order(voted: int, start: Start) -> None:
    instance = start(f"three_{voted}")
    instance.step(rst=1)
    for word in image([1, 2, 3], model=5):
        instance.step(bus_write=1, bus_address=IMAGE, bus_data=word, quiet=1)
    for _ in range(2):
        got = instance.step(quiet=1)
    assert got["registers"] == 1 | 2 << 32 | 3 << 64


@dataclass
class Wires:
    """An I2C controller, bit by bit; ``quarter`` clocks are a quarter of a period of the clock line."""

    instance: Instance
    quarter: int = 6
    scl: int = 1
    sda: int = 1
    got: Mapping[str, int] = field(default_factory=dict)

    def wait(self, quarters: int = 1) -> int:
        """The data line at the end."""
        for _ in range(quarters * self.quarter):
            line = self.sda & (1 - self.got.get("sda_low", 0))
            self.got = self.instance.step(scl=self.scl, sda=line, quiet=1)
        return self.sda & (1 - self.got["sda_low"])

    def set(self, scl: int, sda: int) -> None:
        self.scl, self.sda = scl, sda
        self.wait()

    def begin(self) -> None:
        self.set(self.scl, 1)
        self.set(1, 1)
        self.set(1, 0)
        self.set(0, 0)

    def end(self) -> None:
        self.set(0, 0)
        self.set(1, 0)
        self.set(1, 1)

    def bit(self, value: int) -> int:
        self.set(0, value)
        self.scl = 1
        line = self.wait(2)
        self.set(0, value)
        return line

    def send(self, value: int) -> bool:
        """True if the byte was acknowledged."""
        for n in range(7, -1, -1):
            self.bit(value >> n & 1)
        return self.bit(1) == 0

    def receive(self, *, more: bool) -> int:
        value = 0
        for _ in range(8):
            value = value << 1 | self.bit(1)
        self.bit(int(not more))
        return value

    def write(self, address: int, *words: int) -> None:
        self.begin()
        assert self.send(0x2A << 1) and self.send(address)
        for word in words:
            assert all(self.send(octet) for octet in struct.pack("<I", word))
        self.end()

    def read(self, address: int, words: int = 1) -> list[int]:
        self.begin()
        assert self.send(0x2A << 1) and self.send(address)
        self.begin()
        assert self.send(0x2A << 1 | 1)
        octets = bytes(self.receive(more=n < 4 * words - 1) for n in range(4 * words))
        self.end()
        return list(struct.unpack(f"<{words}I", octets))


@VOTED_OR_NOT
def test_i2c_writes_and_reads_whole_words(voted: int, start: Start) -> None:
    wires = Wires(start(f"i2c_{voted}"))
    wires.instance.step(rst=1, scl=1, sda=1)
    wires.wait(4)
    assert wires.read(CONTROL) == [0] and wires.got["hold"] == 1
    wires.write(IMAGE, *image([0x3C]))
    assert (wires.got["hold"], wires.got["w_in"]) == (0, 0x3C)
    assert wires.read(CONTROL, 2) == [1 | 1 << 16] * 2
    assert wires.read(IDENTITY) == [MODEL] and wires.read(LENGTH) == [1]
    assert wires.read(CHECKSUM) == [image([0x3C])[-1]]
    wires.write(CONTROL, 0)
    wires.write(IMAGE, *image([0x3D])[:-1], 0)
    assert wires.read(CONTROL) == [1 | 4 << 4 | 1 << 16] and wires.got["w_in"] == 0x3C


@VOTED_OR_NOT
def test_i2c_leaves_others_alone_and_drops_unfinished_words(voted: int, start: Start) -> None:
    wires = Wires(start(f"i2c_{voted}"), quarter=9)
    wires.instance.step(rst=1, scl=1, sda=1)
    wires.wait(4)
    wires.begin()
    assert not wires.send(0x2B << 1) and not wires.send(IMAGE)
    wires.end()
    for unknown in (20, 5, 0x80):
        wires.begin()
        assert wires.send(0x2A << 1) and not wires.send(unknown)
        wires.end()
    wires.begin()
    assert wires.send(0x2A << 1) and wires.send(IMAGE) and wires.send(1) and wires.send(2)
    wires.end()
    wires.write(IMAGE, *image([0x77]))
    assert wires.got["w_in"] == 0x77 and wires.read(CONTROL) == [1 | 1 << 16]
