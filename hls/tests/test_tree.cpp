// Sums and extrema of 1 to 9 elements, and the depth of every tree.
#include "check.h"
#include "tree.h"

struct depth {
    static int of(int a, int b) { return (a > b ? a : b) + 1; }
};

template <unsigned N> void one_size(int levels) {
    int64_t x[N];
    int leaves[N];
    int64_t total = 0, most = -100, least = 100;
    for (unsigned i = 0; i < N; i++) {
        x[i] = int64_t(i * i * 7 % 11) - 5;
        leaves[i] = 0;
        total += x[i];
        most = x[i] > most ? x[i] : most;
        least = x[i] < least ? x[i] : least;
    }
    check_equal("plus", N, trigforge::tree<N>::template of<trigforge::plus>(x), total);
    check_equal("larger", N, trigforge::tree<N>::template of<trigforge::larger>(x), most);
    check_equal("smaller", N, trigforge::tree<N>::template of<trigforge::smaller>(x), least);
    check_equal("levels", N, trigforge::tree<N>::template of<depth>(leaves), levels);
}

int main() {
    one_size<1>(0);
    one_size<2>(1);
    one_size<3>(2);
    one_size<4>(2);
    one_size<5>(3);
    one_size<8>(3);
    one_size<9>(4);
    one_size<1000>(10);
    return failures != 0;
}
