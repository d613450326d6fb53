// Dot products: dense linear ops on rows of events, by the instructions that multiply and add 8- or 16-bit integers.
//
// Included inside of a kernel's namespace, which defines BLOCK. Four bytes, or two 16-bit integers, of one event stand in one 32-bit lane. Sums are modulo 2^32.
constexpr int LANES32 = sizeof(lanes32) / 4;
constexpr int DOT_TILE = 4;

// sum + x0 * w0 + x1 * w1 + x2 * w2 + x3 * w3, where x are unsigned bytes and w signed ones.
TRIGFORGE_INLINE lanes32 dot_bytes(lanes32 sum, lanes32 x, lanes32 w) {
#if defined(__AVX512VNNI__) && defined(__AVX512BW__)
    typedef __m512i v;
    return reinterpret_cast<lanes32>(_mm512_dpbusd_epi32(reinterpret_cast<v>(sum), reinterpret_cast<v>(x), reinterpret_cast<v>(w)));
#elif defined(__AVXVNNI__) && defined(__AVX2__)
    typedef __m256i v;
    return reinterpret_cast<lanes32>(_mm256_dpbusd_avx_epi32(reinterpret_cast<v>(sum), reinterpret_cast<v>(x), reinterpret_cast<v>(w)));
#else
    const lanes16 x16 = reinterpret_cast<lanes16>(x), w16 = reinterpret_cast<lanes16>(w);
    const lanes16 even = x16 & static_cast<int16_t>(255), odd = (x16 >> 8) & static_cast<int16_t>(255);
    const lanes16 first = (w16 << 8) >> 8, second = w16 >> 8;
#if defined(__AVX512BW__)
    typedef __m512i v;
    return sum + reinterpret_cast<lanes32>(_mm512_madd_epi16(reinterpret_cast<v>(even), reinterpret_cast<v>(first)))
         + reinterpret_cast<lanes32>(_mm512_madd_epi16(reinterpret_cast<v>(odd), reinterpret_cast<v>(second)));
#elif defined(__AVX2__)
    typedef __m256i v;
    return sum + reinterpret_cast<lanes32>(_mm256_madd_epi16(reinterpret_cast<v>(even), reinterpret_cast<v>(first)))
         + reinterpret_cast<lanes32>(_mm256_madd_epi16(reinterpret_cast<v>(odd), reinterpret_cast<v>(second)));
#elif defined(__x86_64__)
    typedef __m128i v;
    return sum + reinterpret_cast<lanes32>(_mm_madd_epi16(reinterpret_cast<v>(even), reinterpret_cast<v>(first)))
         + reinterpret_cast<lanes32>(_mm_madd_epi16(reinterpret_cast<v>(odd), reinterpret_cast<v>(second)));
#else
    const lanes32 e = reinterpret_cast<lanes32>(even), o = reinterpret_cast<lanes32>(odd);
    const lanes32 f = reinterpret_cast<lanes32>(first), s = reinterpret_cast<lanes32>(second);
    return sum + (e & 65535) * ((f << 16) >> 16) + (e >> 16) * (f >> 16) + (o & 65535) * ((s << 16) >> 16) + (o >> 16) * (s >> 16);
#endif
#endif
}

// sum + x0 * w0 + x1 * w1, where all are signed 16-bit integers.
TRIGFORGE_INLINE lanes32 dot_pairs(lanes32 sum, lanes32 x, lanes32 w) {
#if defined(__AVX512VNNI__) && defined(__AVX512BW__)
    typedef __m512i v;
    return reinterpret_cast<lanes32>(_mm512_dpwssd_epi32(reinterpret_cast<v>(sum), reinterpret_cast<v>(x), reinterpret_cast<v>(w)));
#elif defined(__AVX512BW__)
    typedef __m512i v;
    return sum + reinterpret_cast<lanes32>(_mm512_madd_epi16(reinterpret_cast<v>(x), reinterpret_cast<v>(w)));
#elif defined(__AVX2__)
    typedef __m256i v;
    return sum + reinterpret_cast<lanes32>(_mm256_madd_epi16(reinterpret_cast<v>(x), reinterpret_cast<v>(w)));
#elif defined(__x86_64__)
    typedef __m128i v;
    return sum + reinterpret_cast<lanes32>(_mm_madd_epi16(reinterpret_cast<v>(x), reinterpret_cast<v>(w)));
#else
    return sum + ((x << 16) >> 16) * ((w << 16) >> 16) + (x >> 16) * (w >> 16);
#endif
}

template <int bytes> TRIGFORGE_INLINE lanes32 row_lanes(const char *ws, int64_t row, int lane) {
    return row < 0 ? lanes32{} : load<bytes, lanes32>(ws + row * BLOCK + lane * bytes, 0);
}

// One position: `steps` lanes of factors from rows (-1: zeros), packed into `x`, and `outs` sums into rows (-1: nowhere),
// shifted right by `places`. `outs` is a multiple of DOT_TILE. `flip` turns the top bits of bytes over, so that signed
// ones become unsigned; `bias` takes back what that adds.
template <int bytes, bool quads, int out_bytes>
TRIGFORGE_INLINE void dot_position(const char *ws, char *out, lanes32 *x, const int32_t *rows, int steps,
                                   const int32_t *weights, const int32_t *bias, const int32_t *out_rows, int outs,
                                   int flip, int places) {
    constexpr int factors = quads ? 4 : 2, tile = DOT_TILE;
    for (int lane = 0; lane < BLOCK; lane += tile * LANES32) {
        for (int k = 0; k < steps; ++k) {
            const int32_t *of = rows + k * factors;
#pragma GCC unroll 4
            for (int t = 0; t < tile; ++t) {
                const int at = lane + t * LANES32;
                if (quads) {
                    lanes32 all = (row_lanes<bytes>(ws, of[0], at) & 255) | (row_lanes<bytes>(ws, of[1], at) & 255) << 8
                                | (row_lanes<bytes>(ws, of[2], at) & 255) << 16 | row_lanes<bytes>(ws, of[3], at) << 24;
                    x[k * tile + t] = all ^ flip;
                } else {
                    x[k * tile + t] = (row_lanes<bytes>(ws, of[0], at) & 65535) | row_lanes<bytes>(ws, of[1], at) << 16;
                }
            }
        }
        for (int o = 0; o < outs; o += tile) {
            lanes32 sum[tile][tile];
#pragma GCC unroll 4
            for (int j = 0; j < tile; ++j)
#pragma GCC unroll 4
                for (int t = 0; t < tile; ++t) sum[j][t] = every<lanes32>(bias[o + j]);
            for (int k = 0; k < steps; ++k) {
#pragma GCC unroll 4
                for (int j = 0; j < tile; ++j) {
                    const lanes32 w = every<lanes32>(weights[(o + j) * steps + k]);
#pragma GCC unroll 4
                    for (int t = 0; t < tile; ++t)
                        sum[j][t] = quads ? dot_bytes(sum[j][t], x[k * tile + t], w) : dot_pairs(sum[j][t], x[k * tile + t], w);
                }
            }
#pragma GCC unroll 4
            for (int j = 0; j < tile; ++j) {
                if (out_rows[o + j] < 0) continue;
                char *row = out + static_cast<int64_t>(out_rows[o + j]) * BLOCK;
#pragma GCC unroll 4
                for (int t = 0; t < tile; ++t)
                    store<out_bytes>(row + (lane + t * LANES32) * out_bytes, 0, sum[j][t] >> places);
            }
        }
    }
}

