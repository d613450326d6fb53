// trigforge: integers in, integers out. Arrays are (events, elements), row by row, one array for each input, output and
// traced tensor; `tensors` may be null.
#include "../firmware/small_v1.h"
#include "trigforge/simulation.h"

#include <cstdint>

extern "C" void trigforge_small_v1_run(const int64_t *const *inputs, int64_t *const *outputs, int64_t *const *tensors,
                                int64_t events) {
    using namespace trigforge_small_v1;
    for (int64_t event = 0; event < events; event++) {
        trigforge::current_sink() = {tensors, event};
        input_t in_0[6];
        result_t out_0[2];
        trigforge::load(in_0, inputs[0] + event * 6, 6);
        small_v1_on_arrays(in_0, out_0);
        trigforge::store(out_0, outputs[0] + event * 2, 2);
    }
    trigforge::current_sink() = {nullptr, 0};
}
