// Arrays of ap_fixed to mantissas and back, bit by bit.
#ifndef TRIGFORGE_MODEL_vN_AP_ARRAYS_H
#define TRIGFORGE_MODEL_vN_AP_ARRAYS_H

#include <any>
#include <cstdint>
#include <string>

#include "ap_fixed.h"
#include "ap_int.h"

namespace trigforge_MODEL_vN {

namespace {

// Whether `any` holds a pointer to `Fixed`; `Integer` is the ap_int or ap_uint of its width.
template <class Fixed, class Integer> bool take_fixed(const std::any &any, int64_t elements, int64_t *mantissas) {
    const Fixed *values = nullptr;
    if (const auto *found = std::any_cast<Fixed *>(&any)) values = *found;
    if (const auto *found = std::any_cast<const Fixed *>(&any)) values = *found;
    if (!values) return false;
    for (int64_t k = 0; k < elements; ++k) {
        Integer bits;
        bits.range() = values[k].range();
        mantissas[k] = static_cast<int64_t>(bits.to_int64());
    }
    return true;
}

template <class Fixed, class Integer> bool give_fixed(const std::any &any, int64_t elements, const int64_t *mantissas) {
    const auto *found = std::any_cast<Fixed *>(&any);
    if (!found) return false;
    for (int64_t k = 0; k < elements; ++k) {
        const Integer bits = mantissas[k];
        (*found)[k].range() = bits.range();
    }
    return true;
}

} // namespace

} // namespace trigforge_MODEL_vN

#endif
