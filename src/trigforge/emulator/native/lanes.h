// Lanes: vectors of integers, one event a lane, for any compiler with GNU vector extensions (g++ 12, clang 14 or later).
//
// GROUP events go through the kernel side by side: one vector of 16-bit lanes, two of 32 bits, four of 64 bits.
#ifndef TRIGFORGE_LANES_H
#define TRIGFORGE_LANES_H

#include <cstdint>
#include <cstring>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

#if defined(__AVX512BW__)
#define TRIGFORGE_VECTOR_BYTES 64
#elif defined(__AVX2__)
#define TRIGFORGE_VECTOR_BYTES 32
#else
#define TRIGFORGE_VECTOR_BYTES 16
#endif

#define TRIGFORGE_NOINLINE static __attribute__((noinline))
#define TRIGFORGE_INLINE static inline __attribute__((always_inline))
// The last line of each function that writes rows: the compiler must take the memory for written. Without it, g++ 12 at
// -O1 and -O2 may lose sight of a pointer (ivopts), find that the function writes nothing, and delete its calls.
#define TRIGFORGE_WRITTEN(memory) __asm__ volatile("" : : "r"(memory) : "memory")

namespace {

constexpr int GROUP = TRIGFORGE_VECTOR_BYTES / 2;

typedef int16_t lanes16 __attribute__((vector_size(TRIGFORGE_VECTOR_BYTES)));
typedef int32_t lanes32 __attribute__((vector_size(TRIGFORGE_VECTOR_BYTES)));
typedef int64_t lanes64 __attribute__((vector_size(TRIGFORGE_VECTOR_BYTES)));

template <int bytes> struct memory_lane;
template <> struct memory_lane<1> { typedef int8_t type; };
template <> struct memory_lane<2> { typedef int16_t type; };
template <> struct memory_lane<4> { typedef int32_t type; };
template <> struct memory_lane<8> { typedef int64_t type; };

// The piece `piece` of a group in memory, whose lanes have `bytes` bytes, as lanes of type V.
template <int bytes, class V> inline __attribute__((always_inline)) V load(const char *memory, int piece) {
    typedef typename memory_lane<bytes>::type lane;
    constexpr int count = sizeof(V) / sizeof(V{}[0]);
    typedef lane narrow __attribute__((vector_size(count * sizeof(lane)), aligned(count * sizeof(lane)), may_alias));
    return __builtin_convertvector(*reinterpret_cast<const narrow *>(memory + piece * count * sizeof(lane)), V);
}

template <int bytes, class V> inline __attribute__((always_inline)) void store(char *memory, int piece, V values) {
    typedef typename memory_lane<bytes>::type lane;
    constexpr int count = sizeof(V) / sizeof(V{}[0]);
    typedef lane narrow __attribute__((vector_size(count * sizeof(lane)), aligned(count * sizeof(lane)), may_alias));
    *reinterpret_cast<narrow *>(memory + piece * count * sizeof(lane)) = __builtin_convertvector(values, narrow);
}

// Half of the lanes, twice as wide, with their signs.
TRIGFORGE_INLINE lanes32 widened(lanes16 values, int half) {
#if defined(__AVX512BW__)
    const __m512i v = reinterpret_cast<__m512i>(values);
    return reinterpret_cast<lanes32>(_mm512_cvtepi16_epi32(half ? _mm512_extracti64x4_epi64(v, 1) : _mm512_castsi512_si256(v)));
#elif defined(__AVX2__)
    const __m256i v = reinterpret_cast<__m256i>(values);
    return reinterpret_cast<lanes32>(_mm256_cvtepi16_epi32(half ? _mm256_extracti128_si256(v, 1) : _mm256_castsi256_si128(v)));
#else
    typedef int16_t part __attribute__((vector_size(TRIGFORGE_VECTOR_BYTES / 2)));
    part piece;
    std::memcpy(&piece, reinterpret_cast<const char *>(&values) + half * sizeof(part), sizeof(part));
    return __builtin_convertvector(piece, lanes32);
#endif
}

TRIGFORGE_INLINE lanes64 widened(lanes32 values, int half) {
#if defined(__AVX512BW__)
    const __m512i v = reinterpret_cast<__m512i>(values);
    return reinterpret_cast<lanes64>(_mm512_cvtepi32_epi64(half ? _mm512_extracti64x4_epi64(v, 1) : _mm512_castsi512_si256(v)));
#elif defined(__AVX2__)
    const __m256i v = reinterpret_cast<__m256i>(values);
    return reinterpret_cast<lanes64>(_mm256_cvtepi32_epi64(half ? _mm256_extracti128_si256(v, 1) : _mm256_castsi256_si128(v)));
#else
    typedef int32_t part __attribute__((vector_size(TRIGFORGE_VECTOR_BYTES / 2)));
    part piece;
    std::memcpy(&piece, reinterpret_cast<const char *>(&values) + half * sizeof(part), sizeof(part));
    return __builtin_convertvector(piece, lanes64);
#endif
}

// The low halves of all lanes of two vectors.
TRIGFORGE_INLINE lanes16 narrowed(lanes32 low, lanes32 high) {
#if defined(__AVX512BW__)
    return reinterpret_cast<lanes16>(_mm512_inserti64x4(
        _mm512_castsi256_si512(_mm512_cvtepi32_epi16(reinterpret_cast<__m512i>(low))),
        _mm512_cvtepi32_epi16(reinterpret_cast<__m512i>(high)), 1));
#else
    typedef int16_t part __attribute__((vector_size(TRIGFORGE_VECTOR_BYTES / 2)));
    const part parts[2] = {__builtin_convertvector(low, part), __builtin_convertvector(high, part)};
    lanes16 whole;
    std::memcpy(&whole, parts, sizeof(whole));
    return whole;
#endif
}

TRIGFORGE_INLINE lanes32 narrowed(lanes64 low, lanes64 high) {
#if defined(__AVX512BW__)
    return reinterpret_cast<lanes32>(_mm512_inserti64x4(
        _mm512_castsi256_si512(_mm512_cvtepi64_epi32(reinterpret_cast<__m512i>(low))),
        _mm512_cvtepi64_epi32(reinterpret_cast<__m512i>(high)), 1));
#else
    typedef int32_t part __attribute__((vector_size(TRIGFORGE_VECTOR_BYTES / 2)));
    const part parts[2] = {__builtin_convertvector(low, part), __builtin_convertvector(high, part)};
    lanes32 whole;
    std::memcpy(&whole, parts, sizeof(whole));
    return whole;
#endif
}

// What compilers do not find by themselves: one instruction for a change of the lanes' width.
#define TRIGFORGE_LOAD(bytes, lanes, source, convert)                                                          \
    template <> inline __attribute__((always_inline)) lanes load<bytes, lanes>(const char *memory, int piece) {        \
        source part;                                                                                                   \
        std::memcpy(&part, memory + piece * static_cast<int>(sizeof(lanes) / sizeof(lanes{}[0])) * bytes,              \
                    sizeof(lanes) / sizeof(lanes{}[0]) * bytes);                                                       \
        return reinterpret_cast<lanes>(convert(part));                                                                 \
    }
#define TRIGFORGE_STORE(bytes, lanes, vector, convert)                                                                 \
    template <> inline __attribute__((always_inline)) void store<bytes, lanes>(char *memory, int piece, lanes values) {\
        const auto part = convert(reinterpret_cast<vector>(values));                                                   \
        std::memcpy(memory + piece * static_cast<int>(sizeof(lanes) / sizeof(lanes{}[0])) * bytes, &part,              \
                    sizeof(lanes) / sizeof(lanes{}[0]) * bytes);                                                       \
    }
#if defined(__AVX512BW__)
TRIGFORGE_LOAD(1, lanes16, __m256i, _mm512_cvtepi8_epi16)
TRIGFORGE_LOAD(1, lanes32, __m128i, _mm512_cvtepi8_epi32)
TRIGFORGE_LOAD(1, lanes64, __m128i, _mm512_cvtepi8_epi64)
TRIGFORGE_LOAD(2, lanes32, __m256i, _mm512_cvtepi16_epi32)
TRIGFORGE_LOAD(2, lanes64, __m128i, _mm512_cvtepi16_epi64)
TRIGFORGE_LOAD(4, lanes64, __m256i, _mm512_cvtepi32_epi64)
TRIGFORGE_STORE(1, lanes16, __m512i, _mm512_cvtepi16_epi8)
TRIGFORGE_STORE(1, lanes32, __m512i, _mm512_cvtepi32_epi8)
TRIGFORGE_STORE(1, lanes64, __m512i, _mm512_cvtepi64_epi8)
TRIGFORGE_STORE(2, lanes32, __m512i, _mm512_cvtepi32_epi16)
TRIGFORGE_STORE(2, lanes64, __m512i, _mm512_cvtepi64_epi16)
TRIGFORGE_STORE(4, lanes64, __m512i, _mm512_cvtepi64_epi32)
#elif defined(__AVX2__)
TRIGFORGE_LOAD(1, lanes16, __m128i, _mm256_cvtepi8_epi16)
TRIGFORGE_LOAD(1, lanes32, __m128i, _mm256_cvtepi8_epi32)
TRIGFORGE_LOAD(1, lanes64, __m128i, _mm256_cvtepi8_epi64)
TRIGFORGE_LOAD(2, lanes32, __m128i, _mm256_cvtepi16_epi32)
TRIGFORGE_LOAD(2, lanes64, __m128i, _mm256_cvtepi16_epi64)
TRIGFORGE_LOAD(4, lanes64, __m128i, _mm256_cvtepi32_epi64)
#endif

template <class V> TRIGFORGE_INLINE V every(int64_t value) {
    return V{} + static_cast<typename memory_lane<sizeof(V{}[0])>::type>(value);
}

template <class V> TRIGFORGE_INLINE V maximum(V a, V b) { return a > b ? a : b; }
template <class V> TRIGFORGE_INLINE V minimum(V a, V b) { return a < b ? a : b; }
template <class V> TRIGFORGE_INLINE V select(V condition, V x, V y, int64_t threshold) {
    return condition >= every<V>(threshold) ? x : y;
}

// floor(log2(x)) + lsb, and `zero` for 0.
template <class V> TRIGFORGE_INLINE V leading_one(V values, int64_t lsb, int64_t zero) {
    V result{};
    for (unsigned lane = 0; lane < sizeof(V) / sizeof(V{}[0]); ++lane) {
        const uint64_t x = static_cast<uint64_t>(static_cast<int64_t>(values[lane]));
        result[lane] = x ? 63 - __builtin_clzll(x) + lsb : zero;
    }
    return result;
}

// Entries of a table: lanes of V from the lanes of `index` that begin with `first`. Through memory, one lane after the
// other: faster than a gather where this was measured (Zen 4), and short.
template <class V, class T, class I> TRIGFORGE_INLINE V lookup(const T *table, I index, int first, int64_t offset) {
    typedef typename memory_lane<sizeof(I{}[0])>::type number;
    constexpr int count = sizeof(V) / sizeof(V{}[0]);
    alignas(64) number numbers[sizeof(I) / sizeof(number)];
    alignas(64) T entries[count];
    std::memcpy(numbers, &index, sizeof(I));
    for (int lane = 0; lane < count; ++lane) entries[lane] = table[offset + numbers[first + lane]];
    V result;
    std::memcpy(&result, entries, sizeof(V));
    return result;
}

// The same from two pieces of the index.
template <class V, class T, class I> TRIGFORGE_INLINE V lookup(const T *table, I low, I high, int64_t offset) {
    typedef typename memory_lane<sizeof(I{}[0])>::type number;
    constexpr int count = sizeof(V) / sizeof(V{}[0]);
    alignas(64) number numbers[2 * sizeof(I) / sizeof(number)];
    alignas(64) T entries[count];
    std::memcpy(numbers, &low, sizeof(I));
    std::memcpy(numbers + count / 2, &high, sizeof(I));
    for (int lane = 0; lane < count; ++lane) entries[lane] = table[offset + numbers[lane]];
    V result;
    std::memcpy(&result, entries, sizeof(V));
    return result;
}

// Rounding of numbers so long that a carry may need a 65th bit.
enum class Rounding { trn, trn_zero, rnd, rnd_zero, rnd_inf, rnd_min_inf, rnd_conv };

template <Rounding mode> TRIGFORGE_INLINE lanes64 round_long(lanes64 values, int places) {
    lanes64 result{};
    for (unsigned lane = 0; lane < sizeof(values) / sizeof(values[0]); ++lane) {
        const __int128 x = values[lane], unit = static_cast<__int128>(1) << places, half = unit / 2;
        __int128 added = 0;
        switch (mode) {
        case Rounding::trn: break;
        case Rounding::trn_zero: added = x < 0 ? unit - 1 : 0; break;
        case Rounding::rnd: added = half; break;
        case Rounding::rnd_inf: added = x >= 0 ? half : half - 1; break;
        case Rounding::rnd_zero: added = x < 0 ? half : half - 1; break;
        case Rounding::rnd_min_inf: added = half - 1; break;
        case Rounding::rnd_conv: added = half - 1 + (x >> places & 1); break;
        }
        result[lane] = static_cast<int64_t>((x + added) >> places);
    }
    return result;
}

} // namespace

#endif
