// Fixed-point values as the integers they are: the one place where bits are reinterpreted.
#ifndef TRIGFORGE_MANTISSA_H_
#define TRIGFORGE_MANTISSA_H_

#include "ap_fixed.h"
#include "ap_int.h"

namespace trigforge {

// Width and integer type of a fixed-point type.
template <class T> struct fixed_traits;

template <int W, int I, ap_q_mode Q, ap_o_mode O, int N> struct fixed_traits<ap_fixed<W, I, Q, O, N>> {
    static const int width = W;
    typedef ap_int<W> mantissa_t;
};

template <int W, int I, ap_q_mode Q, ap_o_mode O, int N> struct fixed_traits<ap_ufixed<W, I, Q, O, N>> {
    static const int width = W;
    typedef ap_uint<W> mantissa_t;
};

// The mantissa m of x = m * 2**(I - W).
template <class T> typename fixed_traits<T>::mantissa_t mantissa(const T &x) {
    #pragma HLS INLINE
    const ap_uint<fixed_traits<T>::width> bits = x.range(fixed_traits<T>::width - 1, 0);
    return bits;
}

// The value of a mantissa; bits beyond the width of T are dropped.
template <class T, class integer_T> T from_mantissa(const integer_T &m) {
    #pragma HLS INLINE
    T x;
    const ap_uint<fixed_traits<T>::width> bits = m;
    x.range(fixed_traits<T>::width - 1, 0) = bits;
    return x;
}

// m * 2**places; places below zero drop bits.
template <class integer_T> integer_T shifted(const integer_T &m, int places) {
    #pragma HLS INLINE
    return places >= 0 ? integer_T(m << places) : integer_T(m >> -places);
}

} // namespace trigforge

#endif
