// trigforge: plays schedules on one Verilated wrapper and hands back integers. Nothing is judged here but the protocol;
// values are compared by whoever called.
//
// The wrapper is a generated module with fixed ports:
//   clk, rst, chosen, in_valid, in_ready, stimulus, out_valid, out_ready, response
// It holds one or several designs of the same inputs, of which the clock reaches the one that is chosen. stimulus and response are all inputs and all outputs, element after element, the first in the lowest bits.
//
// A cycle: the inputs are applied while the clock is low, everything is read, then the clock rises. So what is read in
// cycle c is what stands after the rising edge of cycle c - 1, and an event that is applied in cycle c is due in cycle
// c + latency.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <deque>
#include <memory>
#include <random>
#include <type_traits>
#include <vector>

#include "verilated.h"

namespace trigforge {

// One element of stimulus (what is applied) or response (what is read). `cycle` is how many cycles after its event it is
// read; inputs do not use it. `held` marks inputs that are held steady while events pass.
struct Field {
    int64_t offset;
    int32_t width;
    int32_t is_signed;
    int32_t held;
    int32_t cycle;
};

// Indices into the faults that are counted; toolchain/verilator_bench.py says them in words, in this order.
enum Fault { MISSING, UNEXPECTED, WITHDRAWN, CHANGED, NOT_READY, NEVER_OUT, FAULTS };

struct Count {
    int64_t number;
    int64_t first_cycle;
};

constexpr int64_t IDLE = -1;
constexpr int64_t NOT_JUDGED = -2;

// What happens in each cycle. `applied` is the event whose inputs are applied (IDLE: in_valid low, and garbage on the
// inputs), `held` the event whose held inputs stand, `due` the event whose outputs must be valid (IDLE: out_valid must be
// low). `out_valid` is what was read; it may be null.
struct Schedule {
    const int64_t *applied;
    const int64_t *held;
    const int64_t *due;
    const uint8_t *reset;
    uint8_t *out_valid;
};

// How a stream with back-pressure is played: chances in 1/256 that the source offers an event and that the sink takes
// one, and the cycle in which a reset begins (IDLE: none).
struct Stream {
    int64_t events;
    int64_t most_cycles;
    int64_t quiet_cycles;
    int32_t offered_of_256;
    int32_t taken_of_256;
    int64_t reset_at;
    int64_t reset_cycles;
    uint64_t seed;
    int64_t *taken_in;     // cycle in which each event went in, or IDLE
    int64_t *received_in;  // cycle in which each event came out, or IDLE
    uint8_t *dropped;      // 1 for events that the reset caught inside
};

template <class T>
std::enable_if_t<std::is_integral<T>::value> load(T &port, const std::vector<uint32_t> &words) {
    const uint64_t high = words.size() > 1 ? words[1] : 0;
    port = static_cast<T>(high << 32 | words[0]);
}

template <class T>
std::enable_if_t<!std::is_integral<T>::value> load(T &port, const std::vector<uint32_t> &words) {
    std::memcpy(port.data(), words.data(), sizeof(T));
}

template <class T>
std::enable_if_t<std::is_integral<T>::value> store(const T &port, std::vector<uint32_t> &words) {
    const auto value = static_cast<uint64_t>(port);
    words[0] = static_cast<uint32_t>(value);
    if (words.size() > 1) words[1] = static_cast<uint32_t>(value >> 32);
}

template <class T>
std::enable_if_t<!std::is_integral<T>::value> store(const T &port, std::vector<uint32_t> &words) {
    std::memcpy(words.data(), port.data(), sizeof(T));
}

inline uint64_t ones(int32_t width) { return width >= 64 ? ~uint64_t{0} : (uint64_t{1} << width) - 1; }

inline void insert(std::vector<uint32_t> &words, const Field &field, uint64_t value) {
    value &= ones(field.width);
    for (int32_t done = 0; done < field.width;) {
        const int64_t bit = field.offset + done;
        const int32_t place = static_cast<int32_t>(bit % 32);
        const int32_t count = field.width - done < 32 - place ? field.width - done : 32 - place;
        const auto mask = static_cast<uint32_t>(ones(count) << place);
        uint32_t &word = words[static_cast<size_t>(bit / 32)];
        word = (word & ~mask) | (static_cast<uint32_t>(value >> done << place) & mask);
        done += count;
    }
}

inline int64_t extract(const std::vector<uint32_t> &words, const Field &field) {
    uint64_t value = 0;
    for (int32_t done = 0; done < field.width;) {
        const int64_t bit = field.offset + done;
        const int32_t place = static_cast<int32_t>(bit % 32);
        value |= static_cast<uint64_t>(words[static_cast<size_t>(bit / 32)] >> place) << done;
        done += 32 - place;
    }
    value &= ones(field.width);
    const bool negative = field.is_signed && (value >> (field.width - 1) & 1);
    return static_cast<int64_t>(negative ? value | ~ones(field.width) : value);
}

template <class Model>
class Bench {
  public:
    Bench(uint8_t chosen, const Field *inputs, int64_t input_count, const Field *outputs, int64_t output_count,
          uint64_t seed)
        : inputs_(inputs, inputs + input_count), outputs_(outputs, outputs + output_count), random_(seed) {
        context_->randReset(2);  // registers without reset start with anything
        context_->randSeed(static_cast<int>(seed % 1000003) + 1);
        model_.reset(new Model(context_.get()));
        stimulus_.resize(sizeof(model_->stimulus) / 4 + 1);
        response_.resize(sizeof(model_->response) / 4 + 1);
        model_->clk = 0;
        model_->chosen = chosen;
        model_->out_ready = 1;
    }

    ~Bench() { model_->final(); }

    // Cycles `start` to `stop` of a schedule whose arrays begin at cycle 0. `values` is (events, inputs), `results`
    // (events, outputs).
    void play(int64_t start, int64_t stop, const Schedule &plan, const int64_t *values, int64_t *results, Count *faults) {
        for (int64_t cycle = start; cycle < stop; cycle++) {
            apply(plan.applied[cycle], plan.held[cycle], values);
            model_->rst = plan.reset[cycle];
            model_->in_valid = plan.applied[cycle] != IDLE;
            model_->eval();
            read(plan.applied, cycle, results);
            const bool valid = model_->out_valid;
            const int64_t due = plan.due[cycle];
            if (due >= 0 && !valid) count(faults[MISSING], cycle);
            if (due == IDLE && valid) count(faults[UNEXPECTED], cycle);
            if (plan.out_valid) plan.out_valid[cycle] = valid;
            tick();
        }
    }

    // Offers all events in order and takes what comes out, until the last has come out and some cycles more, or until
    // `most_cycles`. Returns the number of cycles.
    int64_t stream(const Stream &plan, const int64_t *values, int64_t *results, Count *faults) {
        std::mt19937_64 chances(plan.seed);
        std::deque<int64_t> inside;
        std::vector<uint32_t> before;
        int64_t next = 0, quiet = 0, cycle = 0;
        bool offering = false, stalled = false;
        for (; cycle < plan.most_cycles && quiet < plan.quiet_cycles; cycle++) {
            const bool start = cycle < START_CYCLES;
            const bool reset = start || (plan.reset_at >= 0 && cycle >= plan.reset_at &&
                                         cycle < plan.reset_at + plan.reset_cycles);
            const uint64_t dice = chances();
            offering = !reset && next < plan.events &&
                       (offering || static_cast<int32_t>(dice & 255) < plan.offered_of_256);
            apply(offering ? next : IDLE, next < plan.events ? next : plan.events - 1, values);
            model_->rst = reset;
            model_->in_valid = offering;
            model_->out_ready = static_cast<int32_t>(dice >> 8 & 255) < plan.taken_of_256;
            model_->eval();
            store(model_->response, response_);
            const bool valid = model_->out_valid;
            if (reset) {
                for (int64_t event : inside) plan.dropped[event] = 1;
                inside.clear();
                offering = stalled = false;
            } else {
                if (stalled && !valid) count(faults[WITHDRAWN], cycle);
                if (stalled && valid && before != response_) count(faults[CHANGED], cycle);
                if (valid && inside.empty()) count(faults[UNEXPECTED], cycle);
                if (valid && model_->out_ready && !inside.empty()) {
                    collect(inside.front(), results);
                    plan.received_in[inside.front()] = cycle;
                    inside.pop_front();
                }
                if (offering && model_->in_ready) {
                    plan.taken_in[next] = cycle;
                    inside.push_back(next++);
                    offering = false;
                }
                stalled = valid && !model_->out_ready;
                before = response_;
            }
            quiet = next == plan.events && inside.empty() ? quiet + 1 : 0;
            tick();
        }
        if (next < plan.events) faults[NOT_READY] = {plan.events - next, cycle};
        if (!inside.empty()) faults[NEVER_OUT] = {static_cast<int64_t>(inside.size()), cycle};
        return cycle;
    }

  private:
    static constexpr int64_t START_CYCLES = 4;

    std::vector<Field> inputs_, outputs_;
    std::mt19937_64 random_;
    std::unique_ptr<VerilatedContext> context_{new VerilatedContext};
    std::unique_ptr<Model> model_;
    std::vector<uint32_t> stimulus_, response_;

    void apply(int64_t event, int64_t held, const int64_t *values) {
        const size_t columns = inputs_.size();
        for (size_t n = 0; n < columns; n++) {
            const int64_t row = inputs_[n].held ? held : event;
            insert(stimulus_, inputs_[n], row < 0 ? random_() : static_cast<uint64_t>(values[row * columns + n]));
        }
        load(model_->stimulus, stimulus_);
    }

    void read(const int64_t *applied, int64_t cycle, int64_t *results) {
        store(model_->response, response_);
        const size_t columns = outputs_.size();
        for (size_t n = 0; n < columns; n++) {
            const int64_t then = cycle - outputs_[n].cycle;
            if (then >= 0 && applied[then] >= 0) {
                results[applied[then] * columns + n] = extract(response_, outputs_[n]);
            }
        }
    }

    void collect(int64_t event, int64_t *results) {
        const size_t columns = outputs_.size();
        for (size_t n = 0; n < columns; n++) results[event * columns + n] = extract(response_, outputs_[n]);
    }

    void tick() {
        model_->clk = 1;
        model_->eval();
        model_->clk = 0;  // falls together with the next inputs
    }

    static void count(Count &fault, int64_t cycle) {
        if (fault.number++ == 0) fault.first_cycle = cycle;
    }
};

}  // namespace trigforge

// The C functions of one design inside of a wrapper, which is its number CHOSEN: `NAME_open` and so on.
#define TRIGFORGE_SIMULATION(MODEL, NAME, CHOSEN)                                                                      \
    extern "C" void *NAME##_open(const trigforge::Field *inputs, int64_t input_count, const trigforge::Field *outputs, \
                                 int64_t output_count, uint64_t seed) {                                                \
        return new trigforge::Bench<MODEL>(CHOSEN, inputs, input_count, outputs, output_count, seed);                  \
    }                                                                                                                  \
    extern "C" void NAME##_play(void *bench, int64_t start, int64_t stop, const trigforge::Schedule *plan,             \
                                const int64_t *values, int64_t *results, trigforge::Count *faults) {                   \
        static_cast<trigforge::Bench<MODEL> *>(bench)->play(start, stop, *plan, values, results, faults);              \
    }                                                                                                                  \
    extern "C" int64_t NAME##_stream(void *bench, const trigforge::Stream *plan, const int64_t *values,                \
                                     int64_t *results, trigforge::Count *faults) {                                     \
        return static_cast<trigforge::Bench<MODEL> *>(bench)->stream(*plan, values, results, faults);                  \
    }                                                                                                                  \
    extern "C" void NAME##_close(void *bench) { delete static_cast<trigforge::Bench<MODEL> *>(bench); }
