// How host values become mantissas: (value - offset) * scale, rounded to the element's last bit, then brought into its range.
//
// The same integers, bit for bit, as trigforge's GraphInput.encode, for all 7 roundings and 4 overflows. The product with
// the scale is a double; everything behind it is exact.
#ifndef TRIGFORGE_MODEL_vN_ENCODING_H
#define TRIGFORGE_MODEL_vN_ENCODING_H

#include <cmath>
#include <cstdint>

namespace trigforge_MODEL_vN {

enum class Round { TRN, TRN_ZERO, RND, RND_ZERO, RND_INF, RND_MIN_INF, RND_CONV };
enum class Overflow { WRAP, SAT, SAT_ZERO, SAT_SYM };

// An element's own type: value = mantissa * 2^lsb. Width 0 is an element that is always 0.
// `per_lsb` is 2^-lsb, or 0 where a double cannot hold that.
struct ElementType {
    int width;
    bool is_signed;
    int lsb;
    double per_lsb;

    int64_t lo() const { return is_signed && width ? -(INT64_C(1) << (width - 1)) : 0; }
    int64_t hi() const { return width ? (INT64_C(1) << (width - is_signed)) - 1 : 0; }
};

// 4 * host / 2^lsb: two bits below the point, of which the last is set if anything at all is left there. Values too large
// for any type are cut where neither rounding nor overflow can tell.
inline int64_t quarters(double host, const ElementType &type, Overflow overflow) {
    double scaled = type.per_lsb != 0 ? host * type.per_lsb : std::ldexp(host, -type.lsb);
    const bool vanished = scaled == 0; // what is too small for a double is still not zero
    if (overflow == Overflow::WRAP) {
        if (!(std::fabs(scaled) < 0x1p58)) scaled = std::isinf(scaled) ? 0 : std::fmod(scaled, 0x1p58);
    } else {
        scaled = scaled < -0x1p59 ? -0x1p59 : scaled > 0x1p59 ? 0x1p59 : scaled;
    }
    const int64_t whole = static_cast<int64_t>(scaled);
    const double twice = (scaled - static_cast<double>(whole)) * 2;
    const int half = static_cast<int>(twice);
    const double rest = vanished ? host : twice - half;
    return whole * 4 + half * 2 + (rest > 0) - (rest < 0);
}

inline int64_t rounded(int64_t quarter, Round round) {
    const int64_t floor = quarter >> 2;
    const bool half = quarter & 2, below = quarter & 1, negative = quarter < 0;
    switch (round) {
    case Round::TRN: return floor;
    case Round::TRN_ZERO: return floor + (negative && (half || below));
    case Round::RND: return floor + half;
    case Round::RND_ZERO: return floor + (half && (below || negative));
    case Round::RND_INF: return floor + (half && (below || !negative));
    case Round::RND_MIN_INF: return floor + (half && below);
    case Round::RND_CONV: return floor + (half && (below || (floor & 1)));
    }
    return floor;
}

inline int64_t overflowed(int64_t mantissa, const ElementType &type, Overflow overflow) {
    const int64_t lo = type.lo(), hi = type.hi();
    switch (overflow) {
    case Overflow::WRAP: {
        const int64_t span = hi - lo + 1, over = (mantissa - lo) % span;
        return over + (over < 0 ? span : 0) + lo;
    }
    case Overflow::SAT: return mantissa < lo ? lo : mantissa > hi ? hi : mantissa;
    case Overflow::SAT_ZERO: return mantissa < lo || mantissa > hi ? 0 : mantissa;
    case Overflow::SAT_SYM: {
        const int64_t least = lo < 0 ? -hi : lo;
        return mantissa < least ? least : mantissa > hi ? hi : mantissa;
    }
    }
    return mantissa;
}

// The mantissa, at the element's own lsb, of a host value; false for a value that the NaN policy refuses.
inline bool encoded(double value, double offset, double scale, const ElementType &type, Round round, Overflow overflow,
                    bool nan_is_zero, int64_t &mantissa) {
    double host = (value - offset) * scale;
    if (!std::isfinite(host)) {
        if (!nan_is_zero) return false;
        if (std::isnan(host)) host = 0;
    }
    if (std::isinf(host))
        mantissa = overflowed(host > 0 ? type.hi() : type.lo(), type, overflow);
    else
        mantissa = overflowed(rounded(quarters(host, type, overflow), round), type, overflow);
    return true;
}

} // namespace trigforge_MODEL_vN

#endif
