// The model behind the interface of hls4mlEmulatorExtras; the two functions at the end are all that is seen from outside.
#include "hls4ml/emulator.h"

#include <stdexcept>
#include <type_traits>

#include "engine.h"

#if __has_include("ap_fixed.h")
#include "firmware_types.h"
#else
namespace trigforge_MODEL_vN {
inline bool take_firmware(int, const std::any &, int64_t *) { return false; }
inline bool give_firmware(int, const std::any &, const int64_t *) { return false; }
inline std::string firmware_input(int) { return ""; }
inline std::string firmware_output(int) { return ""; }
} // namespace trigforge_MODEL_vN
#endif

namespace trigforge_MODEL_vN {

namespace {

[[noreturn]] void complain(const std::string &what) { throw std::invalid_argument("MODEL_vN: " + what); }

// One event: arrays come in, mantissas stay.
class Emulator final : public hls4mlEmulator::Model {
  public:
    // Throws std::runtime_error where the compiled kernel does not give the outputs of src/proof.cpp.
    Emulator() : taken(input_count), given(output_count) {
        if (engine.prove()) throw std::runtime_error("MODEL_vN: " + engine.error);
        for (int n = 0; n < input_count; ++n) taken[n].resize(inputs[n].tensor.elements);
        for (int n = 0; n < output_count; ++n) given[n].resize(outputs[n].elements);
    }

    // A pointer to the elements of the input; with more than one input, a std::vector<std::any> of such pointers.
    void prepare_input(std::any input) override {
        prepared = false;
        if (input_count == 1) {
            take(0, input);
        } else {
            const auto *all = std::any_cast<std::vector<std::any>>(&input);
            if (!all || static_cast<int>(all->size()) != input_count)
                complain("give a std::vector<std::any> with " + std::to_string(input_count) + " pointers to prepare_input");
            for (int n = 0; n < input_count; ++n) take(n, (*all)[n]);
        }
        prepared = true;
    }

    void predict() override {
        if (!prepared) complain("predict was called before prepare_input");
        std::vector<const int64_t *> from;
        std::vector<int64_t *> to;
        for (const auto &array : taken) from.push_back(array.data());
        for (auto &array : given) to.push_back(array.data());
        if (engine.run_mantissas(from.data(), to.data(), 1)) complain(engine.error);
        predicted = true;
    }

    // A pointer to room for the elements of the output; with more than one output, a std::vector<std::any> of them.
    void read_result(std::any result) override {
        if (!predicted) complain("read_result was called before predict");
        if (output_count == 1) {
            give(0, result);
        } else {
            const auto *all = std::any_cast<std::vector<std::any>>(&result);
            if (!all || static_cast<int>(all->size()) != output_count)
                complain("give a std::vector<std::any> with " + std::to_string(output_count) + " pointers to read_result");
            for (int n = 0; n < output_count; ++n) give(n, (*all)[n]);
        }
    }

  private:
    template <class Value> bool take_values(int number, const std::any &input) {
        const Value *values = pointer<const Value>(input);
        if (!values) return false;
        if (engine.encode(number, values, 1, taken[number].data())) complain(engine.error);
        return true;
    }

    // A pointer to T, or to T that may be written.
    template <class T> static T *pointer(const std::any &any) {
        if (const auto *found = std::any_cast<T *>(&any)) return *found;
        typedef typename std::remove_const<T>::type Plain;
        if (const auto *found = std::any_cast<Plain *>(&any)) return *found;
        return nullptr;
    }

    void take(int number, const std::any &input) {
        if (take_values<double>(number, input) || take_values<float>(number, input)) return;
        const int64_t elements = inputs[number].tensor.elements;
        if (const auto *mantissas = pointer<const int64_t>(input)) {
            taken[number].assign(mantissas, mantissas + elements);
            return;
        }
        if (take_firmware(number, input, taken[number].data())) return;
        complain(std::string("input '") + inputs[number].tensor.name + "' comes as a pointer to " + accepted_input(number));
    }

    void give(int number, const std::any &result) {
        const Tensor &tensor = outputs[number];
        const int64_t *mantissas = given[number].data();
        if (auto *values = pointer<double>(result)) {
            for (int64_t k = 0; k < tensor.elements; ++k) values[k] = trigforge_MODEL_vN::number(mantissas[k], tensor.lsb);
        } else if (auto *values = pointer<float>(result)) {
            for (int64_t k = 0; k < tensor.elements; ++k)
                values[k] = static_cast<float>(trigforge_MODEL_vN::number(mantissas[k], tensor.lsb));
        } else if (auto *integers = pointer<int64_t>(result)) {
            for (int64_t k = 0; k < tensor.elements; ++k) integers[k] = mantissas[k];
        } else if (!give_firmware(number, result, mantissas)) {
            complain(std::string("output '") + tensor.name + "' goes to a pointer to " + accepted_output(number));
        }
    }

    static std::string accepted(const std::string &firmware) {
        return firmware.empty() ? "double, float or int64_t (mantissas)" : "double, float, int64_t (mantissas) or " + firmware;
    }
    static std::string accepted_input(int number) { return accepted(firmware_input(number)); }
    static std::string accepted_output(int number) { return accepted(firmware_output(number)); }

    Engine engine;
    std::vector<std::vector<int64_t>> taken, given;
    bool prepared = false, predicted = false;
};

} // namespace

} // namespace trigforge_MODEL_vN

#define TRIGFORGE_EXPORT extern "C" __attribute__((visibility("default")))

TRIGFORGE_EXPORT hls4mlEmulator::Model *create_model() { return new trigforge_MODEL_vN::Emulator; }

TRIGFORGE_EXPORT void destroy_model(hls4mlEmulator::Model *model) { delete model; }
