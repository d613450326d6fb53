// A balanced tree over the elements of an array, so that no depth depends on what a compiler does with long expressions.
#ifndef TRIGFORGE_TREE_H_
#define TRIGFORGE_TREE_H_

namespace trigforge {

// The sum, modulo the width of T.
struct plus {
    template <class T> static T of(const T &a, const T &b) {
        #pragma HLS INLINE
        return a + b;
    }
};

// The larger and the smaller of two.
struct larger {
    template <class T> static T of(const T &a, const T &b) {
        #pragma HLS INLINE
        return b > a ? b : a;
    }
};

struct smaller {
    template <class T> static T of(const T &a, const T &b) {
        #pragma HLS INLINE
        return b < a ? b : a;
    }
};

// tree<N>::of<operation_T>(x) joins x[0] to x[N - 1] in their order, in ceil(log2(N)) levels.
template <unsigned N> struct tree {
    template <class operation_T, class T> static T of(const T *x) {
        #pragma HLS INLINE
        return operation_T::of(tree<N / 2>::template of<operation_T>(x),
                               tree<N - N / 2>::template of<operation_T>(x + N / 2));
    }
};

template <> struct tree<1> {
    template <class operation_T, class T> static T of(const T *x) {
        #pragma HLS INLINE
        return x[0];
    }
};

} // namespace trigforge

#endif
