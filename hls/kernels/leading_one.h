// The exponent of the highest bit that is set.
#ifndef TRIGFORGE_LEADING_ONE_H_
#define TRIGFORGE_LEADING_ONE_H_

#include "mantissa.h"
#include "tree.h"

namespace trigforge {

// The highest bit of some neighbours that is set, if any is.
struct found_bit {
    bool any;
    ap_uint<6> bit;
};

// The finding of two neighbours together, of which b holds the higher bits.
struct higher {
    static found_bit of(const found_bit &a, const found_bit &b) {
        #pragma HLS INLINE
        found_bit both;
        both.any = a.any || b.any;
        both.bit = b.any ? b.bit : a.bit;
        return both;
    }
};

// res[i] = floor(log2(data[i])); CONFIG_T::at_zero[i] where data[i] == 0. CONFIG_T::scale is the exponent of data_T's last
// bit. data_T holds no negative value, and at most 64 bits.
template <class data_T, class res_T, class CONFIG_T>
void leading_one(const data_T data[CONFIG_T::n_in], res_T res[CONFIG_T::n_out]) {
    #pragma HLS INLINE // PIPELINE under DATAFLOW
    for (unsigned i = 0; i < CONFIG_T::n_out; i++) {
        #pragma HLS UNROLL
        const typename fixed_traits<data_T>::mantissa_t m = mantissa(data[i]);
        found_bit bits[fixed_traits<data_T>::width];
        #pragma HLS ARRAY_PARTITION variable=bits complete
        for (int bit = 0; bit < fixed_traits<data_T>::width; bit++) {
            #pragma HLS UNROLL
            bits[bit].any = m[bit];
            bits[bit].bit = bit;
        }
        const found_bit highest = tree<fixed_traits<data_T>::width>::template of<higher>(bits);
        if (highest.any)
            res[i] = highest.bit.to_int() + CONFIG_T::scale;
        else
            res[i] = CONFIG_T::at_zero[i];
    }
}

} // namespace trigforge

#endif
