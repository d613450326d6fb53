// trigforge: flips bits of registers of one Verilated wrapper, and compares it cycle by cycle with a twin that is spared.
//
// The wrapper is a generated module with fixed ports:
//   clk, rst, in_valid, in_ready, stimulus, out_ready, response, bus_write, bus_read, bus_address, bus_data, bus_taken
// stimulus is all that an event needs, response all that the design gives. What can be flipped are public variables of its
// instance `dut` and of those that hold register inputs beside it: every register, every word of a memory, and the masks
// `upset` of voters (firmware/simulation/tf_vote.v). Both models get the same: an event every interval cycles, which is
// offered until the spared one takes it, a sink that waits in a quarter of all cycles, and transfers on the bus.
//
// A flip: it is made while the clock is low, before the outputs are read, so it stands for the rest of this cycle and is
// there at the edge that ends it. Bits of a mask are set back behind that edge; those of a register are left to the design.
// Then all that the design gives is compared for some cycles. Registers are compared behind the edge, and at the end;
// where they differ there, the twin's are taken over, so that no flip meets what is left of another.
#pragma once

#include <algorithm>
#include <random>
#include <string>

#include "harness.h"
#include "verilated_sym_props.h"
#include "verilated_syms.h"

namespace trigforge {

// The flips in order: bit `bit` of variable `target`, `wait` cycles after the observation of the one before has ended.
struct Flips {
    const int32_t *target;
    const int32_t *bit;
    const int32_t *wait;
    int32_t *cycles_wrong;   // cycles in which something that the design gives differed
    uint8_t *state_at_once;  // 1 if a register differed behind the edge that ended the cycle of the flip
    uint8_t *state_at_end;   // 1 if one still differed when the observation ended
};

struct Timing {
    int64_t interval;
    int64_t settling;   // cycles before the first flip
    int64_t observing;  // cycles that are compared for each flip, that of the flip among them
};

// What is done on the bus, over and over; each waits until the one before is taken.
struct Transfer {
    int32_t kind;
    uint32_t address;
    uint32_t data;
};

enum Kind { PAUSE, WRITE, READ };

// The bits of a variable, by the name that this version of Verilator has for them.
template <class Variable>
auto bits_of(const Variable &variable, int) -> decltype(static_cast<int32_t>(variable.entBits())) {
    return static_cast<int32_t>(variable.entBits());
}

template <class Variable>
auto bits_of(const Variable &variable, long) -> decltype(static_cast<int32_t>(variable.packed().elements())) {
    return static_cast<int32_t>(variable.packed().elements());
}

template <class Model>
class Twin {
  public:
    struct Variable {
        std::string scope, name;
        uint8_t *data;
        size_t bytes;
        int32_t bits;
        bool is_mask;
    };

    std::unique_ptr<VerilatedContext> context{new VerilatedContext};
    std::unique_ptr<Model> model;
    std::vector<Variable> variables;
    std::vector<uint32_t> response;

    explicit Twin(uint64_t seed) {
        context->randReset(2);
        context->randSeed(static_cast<int>(seed % 1000003) + 1);
        model.reset(new Model(context.get()));
        response.resize(sizeof(model->response) / 4 + 1);
        model->clk = 0;
        model->out_ready = 1;
        model->rst = 1;
        model->in_valid = 0;
        model->eval();
        for (const auto &scope : *context->scopeNameMap()) {
            VerilatedVarNameMap *const found = scope.second->varsp();
            if (!found || !is_struck(scope.first)) continue;
            for (auto &entry : *found) {
                VerilatedVar &variable = entry.second;
                auto *const data = static_cast<uint8_t *>(variable.datap());
                const bool is_mask = std::strcmp(entry.first, "upset") == 0;
                const size_t bytes = variable.entSize(), words = variable.totalSize() / bytes;
                for (size_t word = 0; word < words; word++) {
                    const std::string name = words == 1 ? entry.first : entry.first + ("[" + std::to_string(word) + "]");
                    variables.push_back({scope.first, name, data + word * bytes, bytes, bits_of(variable, 0), is_mask});
                }
            }
        }
        std::sort(variables.begin(), variables.end(), [](const Variable &a, const Variable &b) {
            return a.scope != b.scope ? a.scope < b.scope : a.name < b.name;
        });
    }

    ~Twin() {
        Verilated::threadContextp(context.get());  // scopes look for their names there, and the last twin made is gone
        model->final();
        model.reset();
    }

    void settle() {
        model->eval();
        store(model->response, response);
    }

    void tick() {
        model->clk = 1;
        model->eval();
        model->clk = 0;
    }

    // What brings the design its inputs is spared.
    static bool is_struck(const std::string &scope) {
        return scope.find(".dut") != std::string::npos || scope.find("__weights") != std::string::npos;
    }

    void flip(int32_t target, int32_t bit) { variables[target].data[bit / 8] ^= uint8_t{1} << bit % 8; }

    bool same_state(const Twin &other) const {
        for (size_t n = 0; n < variables.size(); n++) {
            if (std::memcmp(variables[n].data, other.variables[n].data, variables[n].bytes) != 0) return false;
        }
        return true;
    }

    void take_state(const Twin &other) {
        for (size_t n = 0; n < variables.size(); n++) {
            std::memcpy(variables[n].data, other.variables[n].data, variables[n].bytes);
        }
    }
};

template <class Model>
class Campaign {
  public:
    Campaign(const Field *inputs, int64_t input_count, const Transfer *transfers, int64_t transfer_count, uint64_t seed)
        : inputs_(inputs, inputs + input_count), transfers_(transfers, transfers + transfer_count), chances_(seed),
          spared_(seed), struck_(seed) {
        stimulus_.resize(sizeof(spared_.model->stimulus) / 4 + 1);
        for (const auto &variable : spared_.variables) {
            told_ += variable.scope + "\t" + variable.name + "\t" + std::to_string(variable.bits) + "\n";
        }
    }

    // A line a variable: its scope, its name and its bits, with tabs between.
    const std::string &told() const { return told_; }

    // Flips `start` to `stop`; `values` is (events, inputs).
    void inject(int64_t start, int64_t stop, const Timing &timing, const int64_t *values, int64_t events, const Flips &flips) {
        for (int64_t n = start; n < stop; n++) {
            const int64_t settling = n == 0 ? RESET_CYCLES + timing.settling : 0;
            for (int64_t cycle = 0; cycle < settling + flips.wait[n]; cycle++) pass(timing, values, events);
            flips.cycles_wrong[n] = 0;
            for (int64_t cycle = 0; cycle < timing.observing; cycle++) {
                apply(timing, values, events);
                if (cycle == 0) struck_.flip(flips.target[n], flips.bit[n]);
                spared_.settle();
                struck_.settle();
                if (spared_.response != struck_.response) flips.cycles_wrong[n]++;
                tick();
                if (cycle == 0) {
                    if (struck_.variables[flips.target[n]].is_mask) struck_.flip(flips.target[n], flips.bit[n]);
                    flips.state_at_once[n] = !struck_.same_state(spared_);
                }
            }
            flips.state_at_end[n] = !struck_.same_state(spared_);
            if (flips.state_at_end[n]) struck_.take_state(spared_);
        }
    }

  private:
    static constexpr int64_t RESET_CYCLES = 4;

    std::vector<Field> inputs_;
    std::vector<Transfer> transfers_;
    std::mt19937_64 chances_;
    Twin<Model> spared_, struck_;
    std::vector<uint32_t> stimulus_;
    std::string told_;
    int64_t cycle_ = 0, event_ = 0, last_ = 0;
    size_t transfer_ = 0;
    bool offering_ = false;

    void apply(const Timing &timing, const int64_t *values, int64_t events) {
        const bool reset = cycle_ < RESET_CYCLES;
        if (!reset && !offering_ && (cycle_ == RESET_CYCLES || cycle_ - last_ >= timing.interval)) {
            offering_ = true;
            last_ = cycle_;
        }
        if ((offering_ && last_ == cycle_) || cycle_ == 0) {
            const size_t columns = inputs_.size();
            for (size_t n = 0; n < columns; n++) {
                const int64_t row = inputs_[n].held ? 0 : event_;
                insert(stimulus_, inputs_[n], static_cast<uint64_t>(values[row * columns + n]));
            }
            if (offering_) event_ = (event_ + 1) % events;
        }
        const Transfer &transfer = transfers_[transfer_];
        const bool ready = (chances_() & 3) != 0;
        for (Twin<Model> *twin : {&spared_, &struck_}) {
            Model &model = *twin->model;
            load(model.stimulus, stimulus_);
            model.rst = reset;
            model.in_valid = offering_;
            model.out_ready = ready;
            model.bus_write = !reset && transfer.kind == WRITE;
            model.bus_read = !reset && transfer.kind == READ;
            model.bus_address = transfer.address;
            model.bus_data = transfer.data;
        }
    }

    void tick() {
        const bool taken = transfers_[transfer_].kind == PAUSE || spared_.model->bus_taken;
        if (cycle_ >= RESET_CYCLES && taken) transfer_ = (transfer_ + 1) % transfers_.size();
        if (offering_ && spared_.model->in_ready) offering_ = false;
        spared_.tick();
        struck_.tick();
        cycle_++;
    }

    void pass(const Timing &timing, const int64_t *values, int64_t events) {
        apply(timing, values, events);
        spared_.settle();
        struck_.settle();
        tick();
    }
};

}  // namespace trigforge

// The C functions of a wrapper: `NAME_open` and so on.
#define TRIGFORGE_UPSETS(MODEL, NAME, CHOSEN)                                                                           \
    extern "C" void *NAME##_open(const trigforge::Field *inputs, int64_t input_count,                                   \
                                 const trigforge::Transfer *transfers, int64_t transfer_count, uint64_t seed) {         \
        return new trigforge::Campaign<MODEL>(inputs, input_count, transfers, transfer_count, seed);                    \
    }                                                                                                                   \
    extern "C" const char *NAME##_told(void *campaign) {                                                                \
        return static_cast<trigforge::Campaign<MODEL> *>(campaign)->told().c_str();                                     \
    }                                                                                                                   \
    extern "C" void NAME##_inject(void *campaign, int64_t start, int64_t stop, const trigforge::Timing *timing,         \
                                  const int64_t *values, int64_t events, const trigforge::Flips *flips) {               \
        static_cast<trigforge::Campaign<MODEL> *>(campaign)->inject(start, stop, *timing, values, events, *flips);      \
    }                                                                                                                   \
    extern "C" void NAME##_close(void *campaign) { delete static_cast<trigforge::Campaign<MODEL> *>(campaign); }
