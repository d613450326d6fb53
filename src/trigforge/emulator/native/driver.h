// The driver of a kernel: events in blocks, blocks over threads, arrays of the caller to rows of lanes and back.
//
// A row holds one tensor element of BLOCK events. The kernel that includes this file defines, before it, `BLOCK` (events
// of a block, a multiple of GROUP), and gives `run` a `Kernel` with
//   ports in and out, the bytes of its workspace, and `block(workspace)`, which makes output rows from input rows.
#ifndef TRIGFORGE_DRIVER_H
#define TRIGFORGE_DRIVER_H

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <thread>
#include <vector>

namespace {

struct Port {
    int elements;
    int lane_bytes;
    const int32_t *rows;      // where the row of an element begins, in bytes of one lane; -1: nobody reads it
    const int64_t *lo, *hi;   // what an element may be; null for outputs
    const int64_t *step_mask; // the low bits that are always 0
};

template <class T> T value_at(const void *array, int64_t index) { return static_cast<const T *>(array)[index]; }

// Whether every element of `count` events is one that the port's types hold.
template <class In> bool valid(const Port &port, const In *events, int64_t stride, int count) {
    for (int event = 0; event < (stride ? count : 1); ++event) {
        const In *values = events + event * stride;
        int64_t wrong = 0;
        for (int e = 0; e < port.elements; ++e) {
            const int64_t value = values[e];
            wrong |= (value < port.lo[e]) | (value > port.hi[e]) | ((value & port.step_mask[e]) != 0);
        }
        if (wrong) return false;
    }
    return true;
}

// Lanes behind the last event repeat it, so that no table is read outside.
template <class In, class Lane> void take_rows(const Port &port, const In *events, int64_t stride, int count, char *ws) {
    for (int e = 0; e < port.elements; ++e) {
        if (port.rows[e] < 0) continue;
        Lane *row = reinterpret_cast<Lane *>(ws + static_cast<int64_t>(port.rows[e]) * BLOCK);
        const In *column = events + e;
        for (int lane = 0; lane < count; ++lane) row[lane] = static_cast<Lane>(column[lane * stride]);
        for (int lane = count; lane < BLOCK; ++lane) row[lane] = row[count - 1];
    }
}

template <class In> bool take(const Port &port, const void *array, int64_t stride, int64_t event, int count, char *ws) {
    const In *events = static_cast<const In *>(array) + event * stride;
    if (!valid(port, events, stride, count)) return false;
    switch (port.lane_bytes) {
    case 1: take_rows<In, int8_t>(port, events, stride, count, ws); break;
    case 2: take_rows<In, int16_t>(port, events, stride, count, ws); break;
    case 4: take_rows<In, int32_t>(port, events, stride, count, ws); break;
    default: take_rows<In, int64_t>(port, events, stride, count, ws); break;
    }
    return true;
}

template <class Out, class Lane> void give_rows(const Port &port, Out *events, int count, const char *ws) {
    for (int e = 0; e < port.elements; ++e) {
        const Lane *row = reinterpret_cast<const Lane *>(ws + static_cast<int64_t>(port.rows[e]) * BLOCK);
        Out *column = events + e;
        for (int lane = 0; lane < count; ++lane) column[static_cast<int64_t>(lane) * port.elements] = row[lane];
    }
}

template <class Out> void give(const Port &port, void *array, int64_t event, int count, const char *ws) {
    Out *events = static_cast<Out *>(array) + event * port.elements;
    switch (port.lane_bytes) {
    case 1: give_rows<Out, int8_t>(port, events, count, ws); break;
    case 2: give_rows<Out, int16_t>(port, events, count, ws); break;
    case 4: give_rows<Out, int32_t>(port, events, count, ws); break;
    default: give_rows<Out, int64_t>(port, events, count, ws); break;
    }
}

struct Call {
    const void *const *inputs;
    const int64_t *strides;  // elements from one event to the next; 0: one event stands for all
    const int64_t *in_bytes; // of one entry of each array: 2, 4 or 8
    void *const *outputs;
    const int64_t *out_bytes;
    int64_t events;
};

template <class Kernel> bool run_block(const Call &call, int64_t event, char *workspace) {
    const int count = static_cast<int>(std::min<int64_t>(BLOCK, call.events - event));
    for (int n = 0; n < Kernel::n_inputs; ++n) {
        const Port &port = Kernel::inputs()[n];
        const void *array = call.inputs[n];
        const bool good = call.in_bytes[n] == 2   ? take<int16_t>(port, array, call.strides[n], event, count, workspace)
                          : call.in_bytes[n] == 4 ? take<int32_t>(port, array, call.strides[n], event, count, workspace)
                                                  : take<int64_t>(port, array, call.strides[n], event, count, workspace);
        if (!good) return false;
    }
    Kernel::block(workspace);
    for (int n = 0; n < Kernel::n_outputs; ++n) {
        const Port &port = Kernel::outputs()[n];
        if (call.out_bytes[n] == 2) give<int16_t>(port, call.outputs[n], event, count, workspace);
        else if (call.out_bytes[n] == 4) give<int32_t>(port, call.outputs[n], event, count, workspace);
        else give<int64_t>(port, call.outputs[n], event, count, workspace);
    }
    return true;
}

// All events; -1, or the first event of the first block that holds a value outside of its type; -2 without memory.
template <class Kernel> int64_t run(const Call &call, int threads) {
    const int64_t blocks = (call.events + BLOCK - 1) / BLOCK;
    std::atomic<int64_t> next{0}, wrong{blocks};
    std::atomic<bool> memory{true};
    const auto work = [&]() {
        const size_t bytes = (Kernel::workspace_bytes() + 63) / 64 * 64 + 64;
        char *workspace = static_cast<char *>(std::aligned_alloc(64, bytes));
        if (!workspace) { memory = false; return; }
        std::memset(workspace, 0, bytes);
        for (int64_t block = next++; block < blocks; block = next++) {
            if (!run_block<Kernel>(call, block * BLOCK, workspace)) {
                int64_t first = wrong;
                while (block < first && !wrong.compare_exchange_weak(first, block)) {}
                break;
            }
        }
        std::free(workspace);
    };
    std::vector<std::thread> others;
    for (int n = 1; n < threads && n < blocks; ++n) others.emplace_back(work);
    work();
    for (auto &other : others) other.join();
    if (!memory) return -2;
    return wrong == blocks ? -1 : wrong * BLOCK;
}

} // namespace

#endif
