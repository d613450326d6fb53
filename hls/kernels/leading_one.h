// The exponent of the highest bit that is set.
#ifndef TRIGFORGE_LEADING_ONE_H_
#define TRIGFORGE_LEADING_ONE_H_

#include "mantissa.h"

namespace trigforge {

// res[i] = floor(log2(data[i])); CONFIG_T::at_zero[i] where data[i] == 0. CONFIG_T::scale is the exponent of data_T's last
// bit. data_T holds no negative value.
template <class data_T, class res_T, class CONFIG_T> void leading_one(const data_T *data, res_T *res) {
    #pragma HLS INLINE
    for (unsigned i = 0; i < CONFIG_T::n_out; i++) {
        #pragma HLS UNROLL
        const typename fixed_traits<data_T>::mantissa_t m = mantissa(data[i]);
        int exponent = CONFIG_T::at_zero[i];
        for (int bit = 0; bit < fixed_traits<data_T>::width; bit++) {
            #pragma HLS UNROLL
            if (m[bit])
                exponent = bit + CONFIG_T::scale;
        }
        res[i] = exponent;
    }
}

} // namespace trigforge

#endif
