// Loads the shared object as CMSSW does and plays the events of events.h: 0 if every output of every event agrees.
#include <dlfcn.h>

#include <cstdint>
#include <cstdio>
#include <exception>
#include <vector>

#include "events.h"
#include "hls4ml/emulator.h"

int main(int count, char **arguments) {
    if (count != 2) {
        std::fprintf(stderr, "usage: check MODEL_vN.so\n");
        return 2;
    }
    void *library = dlopen(arguments[1], RTLD_LAZY | RTLD_LOCAL);
    if (!library) {
        std::fprintf(stderr, "%s\n", dlerror());
        return 1;
    }
    const auto create = reinterpret_cast<hls4mlEmulator::Model *(*)()>(dlsym(library, "create_model"));
    const auto destroy = reinterpret_cast<void (*)(hls4mlEmulator::Model *)>(dlsym(library, "destroy_model"));
    if (!create || !destroy) {
        std::fprintf(stderr, "create_model or destroy_model is missing\n");
        return 1;
    }
    int64_t mismatches = 0;
    try {
        hls4mlEmulator::Model *model = create();
        for (int64_t event = 0; event < EVENTS; ++event) {
            std::vector<std::any> in, out;
            std::vector<std::vector<int64_t>> results;
            for (int n = 0; n < INPUTS; ++n) in.push_back(event_inputs[n] + event * input_strides[n]);
            for (int n = 0; n < OUTPUTS; ++n) results.emplace_back(output_elements[n]);
            for (auto &result : results) out.push_back(result.data());
            model->prepare_input(INPUTS == 1 ? in[0] : std::any(in));
            model->predict();
            model->read_result(OUTPUTS == 1 ? out[0] : std::any(out));
            for (int n = 0; n < OUTPUTS; ++n)
                for (int64_t k = 0; k < output_elements[n]; ++k)
                    mismatches += results[n][k] != event_outputs[n][event * output_elements[n] + k];
        }
        destroy(model);
    } catch (const std::exception &error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
    dlclose(library);
    std::printf("%lld events, %lld mismatches\n", static_cast<long long>(EVENTS), static_cast<long long>(mismatches));
    return mismatches ? 1 : 0;
}
