// What only the C simulation needs: integers in, integers out, and every tensor on demand. Never synthesized.
#ifndef TRIGFORGE_SIMULATION_H_
#define TRIGFORGE_SIMULATION_H_

#ifndef __SYNTHESIS__

#include "mantissa.h"
#include <cstdint>

namespace trigforge {

// The mantissa as a machine integer. Types have at most 63 bits.
template <class T> int64_t to_machine(const T &x) { return mantissa(x).to_int64(); }

template <class T> bool load(T *values, const int64_t *mantissas, unsigned size) {
    for (unsigned i = 0; i < size; i++)
        values[i] = from_mantissa<T>(mantissas[i]);
    return true;
}

template <class T> void store(const T *values, int64_t *mantissas, unsigned size) {
    for (unsigned i = 0; i < size; i++)
        mantissas[i] = to_machine(values[i]);
}

// Where the event in flight leaves its tensors; null while nobody asks.
struct trace_sink {
    int64_t *const *tensors;
    int64_t event;
};

inline trace_sink &current_sink() {
    static __thread trace_sink sink = {nullptr, 0}; // not thread_local: the compiler of Vivado HLS is older
    return sink;
}

// Hand back one tensor of the event in flight.
template <class T> void trace(const T *values, unsigned tensor, unsigned size) {
    const trace_sink &sink = current_sink();
    if (sink.tensors != nullptr)
        store(values, sink.tensors[tensor] + sink.event * size, size);
}

} // namespace trigforge

#endif
#endif
