// The C interface: no exception leaves it.
#include "trigforge_MODEL_vN.h"

#include <new>

#include "engine.h"

namespace engine = trigforge_MODEL_vN;

struct trigforge_MODEL_vN_handle {
    engine::Engine engine;
    bool exhausted = false;
};

namespace {

constexpr char NO_MEMORY[] = "there is no memory for the arrays of one call";

template <class Work> int guarded(trigforge_MODEL_vN_handle *handle, Work work) {
    if (!handle) return engine::BAD_ARGUMENT;
    handle->exhausted = false;
    try {
        return work(handle->engine);
    } catch (const std::bad_alloc &) {
        handle->exhausted = true;
        return engine::NO_MEMORY;
    }
}

void describe(const engine::Tensor &from, bool is_register, trigforge_MODEL_vN_tensor *to) {
    *to = {from.name, from.elements, from.rank, from.shape, from.lsb, from.width, from.is_signed, is_register};
}

} // namespace

#define TRIGFORGE_EXPORT extern "C" __attribute__((visibility("default")))

TRIGFORGE_EXPORT trigforge_MODEL_vN_handle *trigforge_MODEL_vN_open(void) {
    auto *handle = new (std::nothrow) trigforge_MODEL_vN_handle;
    guarded(handle, [](engine::Engine &e) { return e.prove(); });
    return handle;
}

TRIGFORGE_EXPORT void trigforge_MODEL_vN_close(trigforge_MODEL_vN_handle *handle) { delete handle; }

TRIGFORGE_EXPORT int trigforge_MODEL_vN_run(trigforge_MODEL_vN_handle *handle, const double *const *inputs,
                                            double *const *outputs, int64_t events) {
    return guarded(handle, [&](engine::Engine &e) { return e.run(inputs, outputs, events); });
}

TRIGFORGE_EXPORT int trigforge_MODEL_vN_run_mantissas(trigforge_MODEL_vN_handle *handle, const int64_t *const *inputs,
                                                      int64_t *const *outputs, int64_t events) {
    return guarded(handle, [&](engine::Engine &e) { return e.run_mantissas(inputs, outputs, events); });
}

TRIGFORGE_EXPORT int trigforge_MODEL_vN_encode(trigforge_MODEL_vN_handle *handle, int input, const double *values,
                                               int64_t *mantissas, int64_t events) {
    return guarded(handle, [&](engine::Engine &e) {
        if (input >= 0 && input < engine::input_count && values && mantissas && events >= 0)
            return e.encode(input, values, events, mantissas);
        e.error = "encode takes the number of an input and two arrays";
        return engine::BAD_ARGUMENT;
    });
}

TRIGFORGE_EXPORT void trigforge_MODEL_vN_set_threads(trigforge_MODEL_vN_handle *handle, int threads) {
    if (handle) handle->engine.threads = threads < 1 ? 1 : threads;
}

TRIGFORGE_EXPORT const char *trigforge_MODEL_vN_error(const trigforge_MODEL_vN_handle *handle) {
    if (!handle) return "there is no handle; open one";
    return handle->exhausted ? NO_MEMORY : handle->engine.error.c_str();
}

TRIGFORGE_EXPORT const char *trigforge_MODEL_vN_model(void) { return engine::model; }
TRIGFORGE_EXPORT int trigforge_MODEL_vN_version(void) { return engine::version; }
TRIGFORGE_EXPORT const char *trigforge_MODEL_vN_graph_digest(void) { return engine::graph_digest; }
TRIGFORGE_EXPORT int trigforge_MODEL_vN_input_count(void) { return engine::input_count; }
TRIGFORGE_EXPORT int trigforge_MODEL_vN_output_count(void) { return engine::output_count; }

TRIGFORGE_EXPORT int trigforge_MODEL_vN_input(int number, trigforge_MODEL_vN_tensor *tensor) {
    if (number < 0 || number >= engine::input_count || !tensor) return engine::BAD_ARGUMENT;
    describe(engine::inputs[number].tensor, engine::inputs[number].is_register, tensor);
    return engine::OK;
}

TRIGFORGE_EXPORT int trigforge_MODEL_vN_output(int number, trigforge_MODEL_vN_tensor *tensor) {
    if (number < 0 || number >= engine::output_count || !tensor) return engine::BAD_ARGUMENT;
    describe(engine::outputs[number], false, tensor);
    return engine::OK;
}
