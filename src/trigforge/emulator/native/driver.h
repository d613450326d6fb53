// The arrays of the caller to rows of lanes, and back, block by block.
//
// Included inside of a kernel's namespace, which defines BLOCK (events of a block, a multiple of 2 * GROUP), and IN_BYTES
// and OUT_BYTES, the sum of the lane sizes that its ports have. A row holds one tensor element of a block. Nothing here comes from the C++ library: a kernel that is compiled for several
// processors must not share code with one for another.
struct Port {
    int elements;
    int lane_bytes;
    const int32_t *rows;      // where the row of an element begins, in bytes of one lane; -1: nobody reads it
    const int64_t *lo, *hi;   // what an element may be; null for outputs
    const int64_t *step_mask; // the low bits that are always 0
};

typedef int64_t eight64 __attribute__((vector_size(64)));
template <class T> struct eight_lanes { typedef T type __attribute__((vector_size(8 * sizeof(T)))); };
template <class T> using eight = typename eight_lanes<T>::type;

template <class T> TRIGFORGE_INLINE eight<T> short_lanes(eight64 values) {
#if defined(__AVX512VL__)
    if (sizeof(T) == 2) { const __m128i part = _mm512_cvtepi64_epi16(reinterpret_cast<__m512i>(values)); eight<T> all; __builtin_memcpy(&all, &part, sizeof(all)); return all; }
    if (sizeof(T) == 4) { const __m256i part = _mm512_cvtepi64_epi32(reinterpret_cast<__m512i>(values)); eight<T> all; __builtin_memcpy(&all, &part, sizeof(all)); return all; }
#endif
    return __builtin_convertvector(values, eight<T>);
}

template <class Out, class T> TRIGFORGE_INLINE eight<Out> long_lanes(eight<T> values) {
#if defined(__AVX512VL__)
    if (sizeof(Out) == 8 && sizeof(T) == 2) { __m128i part; __builtin_memcpy(&part, &values, sizeof(part)); const __m512i wide = _mm512_cvtepi16_epi64(part); eight<Out> all; __builtin_memcpy(&all, &wide, sizeof(all)); return all; }
    if (sizeof(Out) == 8 && sizeof(T) == 4) { __m256i part; __builtin_memcpy(&part, &values, sizeof(part)); const __m512i wide = _mm512_cvtepi32_epi64(part); eight<Out> all; __builtin_memcpy(&all, &wide, sizeof(all)); return all; }
#endif
    return __builtin_convertvector(values, eight<Out>);
}

// Rows become columns: interleaving halves rotates the six bits of row and column by one, three times swap them.
template <class T> TRIGFORGE_INLINE void transpose(eight<T> (&v)[8]) {
#pragma GCC unroll 3
    for (int round = 0; round < 3; ++round) {
        eight<T> turned[8];
#pragma GCC unroll 4
        for (int i = 0; i < 4; ++i) {
            turned[2 * i] = __builtin_shufflevector(v[i], v[i + 4], 0, 8, 1, 9, 2, 10, 3, 11);
            turned[2 * i + 1] = __builtin_shufflevector(v[i], v[i + 4], 4, 12, 5, 13, 6, 14, 7, 15);
        }
#pragma GCC unroll 8
        for (int i = 0; i < 8; ++i) v[i] = turned[i];
    }
}

template <class T> TRIGFORGE_INLINE eight64 read_eight(const T *from, int count) {
    eight<T> part{};
    if (count == 8) __builtin_memcpy(&part, from, sizeof(part));
    else for (int n = 0; n < count; ++n) part[n] = from[n];
    return long_lanes<int64_t, T>(part);
}

template <class Lane> TRIGFORGE_INLINE Lane *row_of(char *ws, int32_t row) {
    return reinterpret_cast<Lane *>(ws + static_cast<int64_t>(row) * BLOCK);
}

// Up to eight elements, from `first` on, of the eight events from `lane` on; false where one is not of its type. T is at
// least as wide as Lane. Lanes behind the last event repeat it, so that no table is read outside.
template <class In, class T, class Lane>
TRIGFORGE_INLINE bool take_columns(const Port &port, const In *events, int64_t stride, int count, char *ws, int lane,
                                   int first, int width) {
    const eight64 lo = read_eight(port.lo + first, width), hi = read_eight(port.hi + first, width);
    const eight64 mask = read_eight(port.step_mask + first, width);
    const int64_t end = stride * (count - 1) + port.elements; // entries that may be read
    eight64 wrong{};
    eight<T> columns[8];
#pragma GCC unroll 8
    for (int r = 0; r < 8; ++r) {
        const int event = lane + r < count ? lane + r : count - 1;
        const int64_t at = event * stride + first;
        const eight64 values = read_eight(events + at, at + 8 <= end ? 8 : width);
        const eight64 low = values < lo ? lo : values, held = low > hi ? hi : low;
        wrong |= (held ^ values) | (values & mask);
        columns[r] = short_lanes<T>(values);
    }
    int64_t any = 0;
    for (int n = 0; n < width; ++n) any |= wrong[n];
    transpose<T>(columns);
#pragma GCC unroll 8
    for (int r = 0; r < 8; ++r) {
        if (r >= width || port.rows[first + r] < 0) continue;
        const eight<Lane> part = __builtin_convertvector(columns[r], eight<Lane>);
        __builtin_memcpy(row_of<Lane>(ws, port.rows[first + r]) + lane, &part, sizeof(part));
    }
    return any == 0;
}

template <class In, class T, class Lane> bool take_rows(const Port &port, const In *events, int64_t stride, int count, char *ws) {
    const int n = port.elements;
    for (int lane = 0; lane < BLOCK; lane += 8) {
        bool good = true;
        for (int first = 0; first + 8 <= n; first += 8)
            good &= take_columns<In, T, Lane>(port, events, stride, count, ws, lane, first, 8);
        if (n > 8 && n % 8) good &= take_columns<In, T, Lane>(port, events, stride, count, ws, lane, n - 8, 8);
        if (n < 8) good &= take_columns<In, T, Lane>(port, events, stride, count, ws, lane, 0, n);
        if (!good) return false;
    }
    TRIGFORGE_WRITTEN(ws);
    return true;
}

template <class In> bool take(const Port &port, const void *array, int64_t stride, int64_t event, int count, char *ws) {
    const In *events = static_cast<const In *>(array) + event * stride;
    if constexpr (IN_BYTES & 1)
        if (port.lane_bytes == 1) return take_rows<In, int16_t, int8_t>(port, events, stride, count, ws);
    if constexpr (IN_BYTES & 2)
        if (port.lane_bytes == 2) return take_rows<In, int16_t, int16_t>(port, events, stride, count, ws);
    if constexpr (IN_BYTES & 4)
        if (port.lane_bytes == 4) return take_rows<In, int32_t, int32_t>(port, events, stride, count, ws);
    if constexpr (IN_BYTES & 8) return take_rows<In, int64_t, int64_t>(port, events, stride, count, ws);
    return false;
}

template <class Out, class T, class Lane>
TRIGFORGE_INLINE void give_columns(const Port &port, Out *events, int count, const char *ws, int first, int width) {
    const int64_t n = port.elements, end = n * count;
    for (int lane = 0; lane < count; lane += 8) {
        eight<T> columns[8];
#pragma GCC unroll 8
        for (int r = 0; r < 8; ++r) {
            eight<Lane> part;
            const int32_t row = port.rows[first + (r < width ? r : 0)];
            __builtin_memcpy(&part, ws + static_cast<int64_t>(row) * BLOCK + lane * sizeof(Lane), sizeof(part));
            columns[r] = __builtin_convertvector(part, eight<T>);
        }
        transpose<T>(columns);
#pragma GCC unroll 8
        for (int r = 0; r < 8; ++r) {
            const int64_t at = (lane + r) * n + first;
            const eight<Out> values = long_lanes<Out, T>(columns[r]);
            // What is written too much belongs to the next event of this block, which follows.
            if (at + 8 <= end) __builtin_memcpy(events + at, &values, sizeof(values));
            else if (lane + r < count) for (int k = 0; k < width; ++k) events[at + k] = values[k];
        }
    }
}

template <class Out, class T, class Lane> void give_rows(const Port &port, Out *events, int count, const char *ws) {
    const int n = port.elements;
    if (n < 8) give_columns<Out, T, Lane>(port, events, count, ws, 0, n);
    for (int first = 0; first + 8 <= n; first += 8) give_columns<Out, T, Lane>(port, events, count, ws, first, 8);
    if (n > 8 && n % 8) give_columns<Out, T, Lane>(port, events, count, ws, n - 8, 8);
    TRIGFORGE_WRITTEN(events);
}

template <class Out> void give(const Port &port, void *array, int64_t event, int count, const char *ws) {
    Out *events = static_cast<Out *>(array) + event * port.elements;
    if constexpr (OUT_BYTES & 1)
        if (port.lane_bytes == 1) return give_rows<Out, int16_t, int8_t>(port, events, count, ws);
    if constexpr (OUT_BYTES & 2)
        if (port.lane_bytes == 2) return give_rows<Out, int16_t, int16_t>(port, events, count, ws);
    if constexpr (OUT_BYTES & 4)
        if (port.lane_bytes == 4) return give_rows<Out, int32_t, int32_t>(port, events, count, ws);
    if constexpr (OUT_BYTES & 8) give_rows<Out, int64_t, int64_t>(port, events, count, ws);
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

