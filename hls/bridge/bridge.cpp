// trigforge: integers in, integers out. Arrays are (events, elements), row by row, one array for each input, output and
// traced tensor; `tensors` may be null.
#include "../firmware/@TOP@.h"
#include "trigforge/simulation.h"

#include <cstdint>

extern "C" void @NAMESPACE@_run(const int64_t *const *inputs, int64_t *const *outputs, int64_t *const *tensors,
                                int64_t events) {
    using namespace @NAMESPACE@;
    for (int64_t event = 0; event < events; event++) {
        trigforge::current_sink() = {tensors, event};
        // @EVENT@
    }
    trigforge::current_sink() = {nullptr, 0};
}
