// The arrays of the caller to rows of lanes, and back, block by block.
//
// Included inside of a kernel's namespace, which defines BLOCK (events of a block, a multiple of 2 * GROUP). A row holds
// one tensor element of a block. Nothing here comes from the C++ library: a kernel that is compiled for several
// processors must not share code with one for another.
struct Port {
    int elements;
    int lane_bytes;
    const int32_t *rows;      // where the row of an element begins, in bytes of one lane; -1: nobody reads it
    const int64_t *lo, *hi;   // what an element may be; null for outputs
    const int64_t *step_mask; // the low bits that are always 0
};

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

// One block of events, from arrays to arrays; 0 where a value is not one of its type.
template <class Kernel> int run_block(const TrigforgeCall *arrays, int64_t event, char *workspace) {
    const TrigforgeCall &call = *arrays;
    const int64_t left = call.events - event;
    const int count = left < BLOCK ? static_cast<int>(left) : BLOCK;
    for (int n = 0; n < Kernel::n_inputs; ++n) {
        const Port &port = Kernel::inputs()[n];
        const void *array = call.inputs[n];
        const bool good = call.in_bytes[n] == 2   ? take<int16_t>(port, array, call.strides[n], event, count, workspace)
                          : call.in_bytes[n] == 4 ? take<int32_t>(port, array, call.strides[n], event, count, workspace)
                                                  : take<int64_t>(port, array, call.strides[n], event, count, workspace);
        if (!good) return 0;
    }
    Kernel::block(workspace);
    for (int n = 0; n < Kernel::n_outputs; ++n) {
        const Port &port = Kernel::outputs()[n];
        if (call.out_bytes[n] == 2) give<int16_t>(port, call.outputs[n], event, count, workspace);
        else if (call.out_bytes[n] == 4) give<int32_t>(port, call.outputs[n], event, count, workspace);
        else give<int64_t>(port, call.outputs[n], event, count, workspace);
    }
    return 1;
}

