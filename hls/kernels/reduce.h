// Sums and extrema over groups of elements.
#ifndef TRIGFORGE_REDUCE_H_
#define TRIGFORGE_REDUCE_H_

namespace trigforge {

// Element k of group i is data[CONFIG_T::index[i * CONFIG_T::n_terms + k]].

// res[i] = sum over the group. accum_t has the finest scale of the terms and holds the sum; partial sums may wrap.
template <class data_T, class res_T, class CONFIG_T> void sum(const data_T *data, res_T *res) {
    #pragma HLS INLINE
    for (unsigned i = 0; i < CONFIG_T::n_out; i++) {
        #pragma HLS UNROLL
        typename CONFIG_T::accum_t total = 0;
        for (unsigned k = 0; k < CONFIG_T::n_terms; k++) {
            #pragma HLS UNROLL
            total += data[CONFIG_T::index[i * CONFIG_T::n_terms + k]];
        }
        res[i] = total;
    }
}

// res[i] = largest of the group
template <class data_T, class res_T, class CONFIG_T> void reduce_max(const data_T *data, res_T *res) {
    #pragma HLS INLINE
    for (unsigned i = 0; i < CONFIG_T::n_out; i++) {
        #pragma HLS UNROLL
        data_T best = data[CONFIG_T::index[i * CONFIG_T::n_terms]];
        for (unsigned k = 1; k < CONFIG_T::n_terms; k++) {
            #pragma HLS UNROLL
            const data_T next = data[CONFIG_T::index[i * CONFIG_T::n_terms + k]];
            if (next > best)
                best = next;
        }
        res[i] = best;
    }
}

// res[i] = smallest of the group
template <class data_T, class res_T, class CONFIG_T> void reduce_min(const data_T *data, res_T *res) {
    #pragma HLS INLINE
    for (unsigned i = 0; i < CONFIG_T::n_out; i++) {
        #pragma HLS UNROLL
        data_T best = data[CONFIG_T::index[i * CONFIG_T::n_terms]];
        for (unsigned k = 1; k < CONFIG_T::n_terms; k++) {
            #pragma HLS UNROLL
            const data_T next = data[CONFIG_T::index[i * CONFIG_T::n_terms + k]];
            if (next < best)
                best = next;
        }
        res[i] = best;
    }
}

} // namespace trigforge

#endif
