// Arrays of ap_fixed through the emulator of the smallest graph: integers in, integers out.
#include <cstdio>

#include "hls4ml/emulator.h"
#include "small_v1.h"

extern "C" hls4mlEmulator::Model *create_model();
extern "C" void destroy_model(hls4mlEmulator::Model *);

int main() {
    hls4mlEmulator::Model *model = create_model();
    const double events[3][2] = {{-8, 3.25}, {7.5, -0.25}, {1.5, 2}};
    for (const auto &event : events) {
        small_v1::input0_t in[small_v1::input0_elements] = {event[0], event[1]};
        small_v1::output0_t out[small_v1::output0_elements];
        double values[small_v1::output0_elements];
        model->prepare_input(in);
        model->predict();
        model->read_result(out);
        model->prepare_input(static_cast<const double *>(event));
        model->predict();
        model->read_result(values);
        for (int n = 0; n < small_v1::output0_elements; ++n)
            std::printf("%g %g\n", out[n].to_double(), values[n]);
    }
    destroy_model(model);
}
