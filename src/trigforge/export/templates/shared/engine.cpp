#include "engine.h"

#include <algorithm>
#include <cstdio>

#include "host.h"

TRIGFORGE_PORTABLE_KERNEL(KERNEL_ENTRY)

namespace trigforge_MODEL_vN {

namespace {

constexpr int64_t EVENTS_AT_ONCE = 4096;

// "3" or "2, 1": an element in the input's shape.
std::string position(const Tensor &tensor, int64_t element) {
    std::string text;
    for (int axis = tensor.rank - 1; axis >= 0; --axis) {
        text = std::to_string(element % tensor.shape[axis]) + (text.empty() ? "" : ", " + text);
        element /= tensor.shape[axis];
    }
    return text;
}

// The mantissa at the element's own scale, if it is one that its type holds.
bool holds(const Input &input, int64_t element, int64_t mantissa) {
    const ElementType &type = input.types[element];
    if (type.width == 0) return mantissa == 0;
    const int places = type.lsb - input.tensor.lsb;
    const int64_t own = mantissa >> places;
    return type.lo() <= own && own <= type.hi() && mantissa == own * (INT64_C(1) << places);
}

} // namespace

Status Engine::refuse(Status status, int number, int64_t event, int64_t element, const std::string &found) {
    const Tensor &tensor = inputs[number].tensor;
    error = std::string("input '") + tensor.name + "': event " + std::to_string(event) + ", element [" +
            position(tensor, element) + "] " + found;
    return status;
}

Status Engine::missing(const char *side, const char *name) {
    error = std::string("the array of ") + side + " '" + name + "' is missing; give one array for each";
    return BAD_ARGUMENT;
}

template <class Value>
Status Engine::encode(int number, const Value *values, int64_t events, int64_t *mantissas, int64_t first) {
    const Input &input = inputs[number];
    const int64_t elements = input.tensor.elements;
    for (int64_t event = 0; event < events; ++event, values += elements, mantissas += elements) {
        for (int64_t k = 0; k < elements; ++k) {
            const ElementType &type = input.types[k];
            const double value = static_cast<double>(values[k]);
            int64_t own;
            if (!encoded(value, input.offset[k], input.scale[k], type, input.round, input.overflow, input.nan_is_zero, own)) {
                char found[40];
                std::snprintf(found, sizeof found, "is %g", value);
                if (std::isnan(value)) std::snprintf(found, sizeof found, "is nan"); // whatever its sign
                return refuse(NOT_A_NUMBER, number, first + event, k,
                              std::string(found) + "; remove such events or export the model with nan_policy ZERO");
            }
            mantissas[k] = type.width ? own * (INT64_C(1) << (type.lsb - input.tensor.lsb)) : 0;
        }
    }
    return OK;
}

template Status Engine::encode(int, const double *, int64_t, int64_t *, int64_t);
template Status Engine::encode(int, const float *, int64_t, int64_t *, int64_t);

Status Engine::explain(const int64_t *const *in, int64_t events) {
    for (int n = 0; n < input_count; ++n) {
        const int64_t elements = inputs[n].tensor.elements;
        const int64_t count = (inputs[n].is_register ? 1 : events) * elements;
        for (int64_t k = 0; k < count; ++k)
            if (!holds(inputs[n], k % elements, in[n][k]))
                return refuse(OUTSIDE_TYPE, n, k / elements, k % elements,
                              "has mantissa " + std::to_string(in[n][k]) +
                                  ", which its type cannot hold; encode host values");
    }
    error = "the kernel was compiled wrongly: it refuses events without a reason; use another compiler or other flags";
    return WRONG_KERNEL;
}

Status Engine::prove() {
    static const std::string fault = find_fault();
    if (fault.empty()) return OK;
    error = fault;
    return WRONG_KERNEL;
}

// The sentence on the first output that the compiled kernel has wrong; empty where there is none.
std::string Engine::find_fault() {
    Engine engine;
    std::vector<std::vector<int64_t>> found(output_count);
    std::vector<int64_t *> to(std::max(1, output_count));
    for (int n = 0; n < output_count; ++n) {
        found[n].resize(proof_events * outputs[n].elements);
        to[n] = found[n].data();
    }
    if (engine.compute(proof_inputs, to.data(), proof_events)) return engine.error;
    for (int n = 0; n < output_count; ++n)
        for (int64_t k = 0; k < proof_events * outputs[n].elements; ++k)
            if (found[n][k] != proof_outputs[n][k])
                return std::string("the kernel was compiled wrongly: output '") + outputs[n].name + "': proof event " +
                       std::to_string(k / outputs[n].elements) + ", element [" +
                       position(outputs[n], k % outputs[n].elements) + "] is " + std::to_string(found[n][k]) +
                       " and must be " + std::to_string(proof_outputs[n][k]) + "; use another compiler or other flags";
    return "";
}

Status Engine::run_mantissas(const int64_t *const *in, int64_t *const *out, int64_t events) {
    const Status status = prove();
    return status ? status : compute(in, out, events);
}

Status Engine::compute(const int64_t *const *in, int64_t *const *out, int64_t events) {
    if (events < 0) {
        error = "the number of events is negative";
        return BAD_ARGUMENT;
    }
    if (events == 0) return OK;
    std::vector<const void *> from(std::max(1, input_count));
    std::vector<void *> to(std::max(1, output_count));
    std::vector<int64_t> strides(from.size()), in_bytes(from.size(), 8), out_bytes(to.size(), 8);
    for (int n = 0; n < input_count; ++n) {
        if (!in || !in[n]) return missing("input", inputs[n].tensor.name);
        from[n] = in[n];
        strides[n] = inputs[n].is_register ? 0 : inputs[n].tensor.elements;
    }
    for (int n = 0; n < output_count; ++n) {
        if (!out || !out[n]) return missing("output", outputs[n].name);
        to[n] = out[n];
    }
    const TrigforgeCall call{from.data(), strides.data(), in_bytes.data(), to.data(), out_bytes.data(), events};
    const TrigforgeKernel &kernel = KERNEL_ENTRY_kernel();
    const int64_t found = events <= kernel.block_events ? run_block(call) : trigforge_run(kernel, &call, threads);
    if (found == -2) {
        error = "there is no memory for the blocks of " + std::to_string(threads) + " threads; use fewer";
        return NO_MEMORY;
    }
    return found == -1 ? OK : explain(in, events);
}

// One block in memory that is kept: what a call with one event needs.
int64_t Engine::run_block(const TrigforgeCall &call) {
    const TrigforgeKernel &kernel = KERNEL_ENTRY_kernel();
    if (workspace.empty()) workspace.resize(static_cast<size_t>(kernel.workspace_bytes) + 128);
    char *aligned = workspace.data() + (64 - reinterpret_cast<uintptr_t>(workspace.data()) % 64);
    return kernel.block(&call, 0, aligned) ? -1 : 0;
}

Status Engine::run(const double *const *in, double *const *out, int64_t events) {
    taken.resize(input_count);
    given.resize(output_count);
    const int64_t most = std::min(std::max<int64_t>(events, 1), EVENTS_AT_ONCE * std::max(1, threads));
    std::vector<const int64_t *> from(std::max(1, input_count));
    std::vector<int64_t *> to(std::max(1, output_count));
    for (int n = 0; n < input_count; ++n) {
        if (!in || !in[n]) return missing("input", inputs[n].tensor.name);
        taken[n].resize((inputs[n].is_register ? 1 : most) * inputs[n].tensor.elements);
        from[n] = taken[n].data();
        if (inputs[n].is_register)
            if (const Status status = encode(n, in[n], 1, taken[n].data())) return status;
    }
    for (int n = 0; n < output_count; ++n) {
        if (!out || !out[n]) return missing("output", outputs[n].name);
        given[n].resize(most * outputs[n].elements);
        to[n] = given[n].data();
    }
    for (int64_t first = 0; first < events; first += most) {
        const int64_t count = std::min(most, events - first);
        for (int n = 0; n < input_count; ++n) {
            if (inputs[n].is_register) continue;
            const double *values = in[n] + first * inputs[n].tensor.elements;
            const Status status = encode(n, values, count, taken[n].data(), first);
            if (status) return status;
        }
        if (const Status status = run_mantissas(from.data(), to.data(), count)) return status;
        for (int n = 0; n < output_count; ++n)
            for (int64_t k = 0; k < count * outputs[n].elements; ++k)
                out[n][first * outputs[n].elements + k] = number(given[n][k], outputs[n].lsb);
    }
    return OK;
}

} // namespace trigforge_MODEL_vN
