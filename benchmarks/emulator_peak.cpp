// How many byte products a core multiplies and adds in a second, by the kernel's own dot product.
#include "lanes.h"

#include <chrono>

namespace peak {
namespace {
constexpr int BLOCK = 2 * GROUP;
#include "dot.h"
} // namespace
} // namespace peak

extern "C" double products_per_second(int64_t rounds) {
    constexpr int chains = 12; // enough to hide the latency of one
    lanes32 sums[chains], x = every<lanes32>(0x01020304), w = every<lanes32>(0x04030201);
    for (int chain = 0; chain < chains; ++chain) sums[chain] = every<lanes32>(chain);
    const auto start = std::chrono::steady_clock::now();
    for (int64_t n = 0; n < rounds; ++n) {
#pragma GCC unroll 12
        for (int chain = 0; chain < chains; ++chain) sums[chain] = peak::dot_bytes(sums[chain], x, w);
    }
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    volatile int32_t kept = 0;
    for (const lanes32 &sum : sums) kept = kept + sum[0];
    return 4.0 * peak::LANES32 * chains * static_cast<double>(rounds) / seconds.count();
}
