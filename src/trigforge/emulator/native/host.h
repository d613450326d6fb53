// The host of a kernel: picks the variant that this processor runs, and spreads the blocks over threads.
//
// TRIGFORGE_HOST(entry) defines the one symbol of a kernel that was compiled for this machine, TRIGFORGE_PORTABLE_HOST
// that of one compiled for several processors; who calls blocks of it himself needs TRIGFORGE_PORTABLE_KERNEL alone.
#ifndef TRIGFORGE_HOST_H
#define TRIGFORGE_HOST_H

#include "call.h"

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <system_error>
#include <thread>
#include <vector>

namespace {

// All events; -1, or the first event of the first block that holds a value outside of its type; -2 without memory.
int64_t trigforge_run(const TrigforgeKernel &kernel, const TrigforgeCall *call, int threads) {
    const int64_t blocks = (call->events + kernel.block_events - 1) / kernel.block_events;
    std::atomic<int64_t> next{0}, wrong{blocks};
    std::atomic<bool> memory{true};
    const auto work = [&]() {
        const size_t bytes = (static_cast<size_t>(kernel.workspace_bytes) + 64 + 63) / 64 * 64;
        char *workspace = static_cast<char *>(std::aligned_alloc(64, bytes));
        if (!workspace) {
            memory = false;
            return;
        }
        std::memset(workspace, 0, bytes);
        for (int64_t block = next++; block < blocks; block = next++) {
            if (!kernel.block(call, block * kernel.block_events, workspace)) {
                int64_t first = wrong;
                while (block < first && !wrong.compare_exchange_weak(first, block)) {
                }
                break;
            }
        }
        std::free(workspace);
    };
    std::vector<std::thread> others;
    try {
        for (int n = 1; n < threads && n < blocks; ++n) others.emplace_back(work);
    } catch (const std::system_error &) {
        // Fewer threads than asked for: those that are there do the work.
    }
    work();
    for (auto &other : others) other.join();
    if (!memory) return -2;
    return wrong == blocks ? -1 : wrong * kernel.block_events;
}

} // namespace

#define TRIGFORGE_HOST(entry)                                                                                          \
    extern "C" const TrigforgeKernel entry##_native;                                                                   \
    extern "C" int64_t entry(const TrigforgeCall *call, int threads) {                                                 \
        return trigforge_run(entry##_native, call, threads);                                                           \
    }

// entry_kernel(): the variant that this processor runs.
#if defined(__x86_64__)
#define TRIGFORGE_PORTABLE_KERNEL(entry)                                                                               \
    extern "C" const TrigforgeKernel entry##_avx512, entry##_avx2, entry##_any;                                        \
    static const TrigforgeKernel &entry##_kernel() {                                                                   \
        const bool avx512 = __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl")                   \
                            && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vnni");             \
        const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2");                            \
        return avx512 ? entry##_avx512 : avx2 ? entry##_avx2 : entry##_any;                                            \
    }
#else
#define TRIGFORGE_PORTABLE_KERNEL(entry)                                                                               \
    extern "C" const TrigforgeKernel entry##_any;                                                                      \
    static const TrigforgeKernel &entry##_kernel() { return entry##_any; }
#endif

#define TRIGFORGE_PORTABLE_HOST(entry)                                                                                 \
    TRIGFORGE_PORTABLE_KERNEL(entry)                                                                                   \
    extern "C" int64_t entry(const TrigforgeCall *call, int threads) {                                                 \
        return trigforge_run(entry##_kernel(), call, threads);                                                         \
    }

#endif
