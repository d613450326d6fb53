// Plays events through several emulators in one process, as CMSSW's loader does.
//
// usage: cms_host global|local THREADS forward|backward LIBRARY EVENTS [LIBRARY EVENTS]...
// EVENTS holds int64 [events, inputs, outputs], then doubles (events, inputs), then int64 mantissas (events, outputs).
#include <dlfcn.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "hls4ml/emulator.h"

using hls4mlEmulator::Model;

struct Loaded {
    void *library;
    Model *(*create)();
    void (*destroy)(Model *);
    int64_t events, inputs, outputs;
    std::vector<double> values;
    std::vector<int64_t> expected;
};

static Loaded load(const char *path, const char *file, int mode) {
    Loaded one;
    one.library = dlopen(path, RTLD_LAZY | mode);
    if (!one.library) throw std::runtime_error(dlerror());
    one.create = reinterpret_cast<Model *(*)()>(dlsym(one.library, "create_model"));
    one.destroy = reinterpret_cast<void (*)(Model *)>(dlsym(one.library, "destroy_model"));
    std::FILE *stream = std::fopen(file, "rb");
    int64_t head[3];
    if (!stream || std::fread(head, 8, 3, stream) != 3) throw std::runtime_error("events cannot be read");
    one.events = head[0], one.inputs = head[1], one.outputs = head[2];
    one.values.resize(one.events * one.inputs);
    one.expected.resize(one.events * one.outputs);
    if (std::fread(one.values.data(), 8, one.values.size(), stream) != one.values.size() ||
        std::fread(one.expected.data(), 8, one.expected.size(), stream) != one.expected.size())
        throw std::runtime_error("events end early");
    std::fclose(stream);
    return one;
}

// Every event through every model in turn, so that none finds the state of another.
static int64_t play(std::vector<Loaded> &all, bool backward) {
    std::vector<Model *> models;
    int64_t mismatches = 0, events = 0;
    for (auto &one : all) models.push_back(one.create()), events = std::max(events, one.events);
    for (int64_t event = 0; event < events; ++event) {
        for (size_t n = 0; n < all.size(); ++n)
            models[n]->prepare_input(all[n].values.data() + event % all[n].events * all[n].inputs);
        for (auto *model : models) model->predict();
        for (size_t n = 0; n < all.size(); ++n) {
            std::vector<int64_t> found(all[n].outputs);
            models[n]->read_result(found.data());
            for (int64_t k = 0; k < all[n].outputs; ++k)
                mismatches += found[k] != all[n].expected[event % all[n].events * all[n].outputs + k];
        }
    }
    for (size_t n = 0; n < all.size(); ++n) {
        const size_t which = backward ? all.size() - 1 - n : n;
        all[which].destroy(models[which]);
    }
    return mismatches;
}

template <class Work> static void expect_complaint(Work work) {
    try {
        work();
        std::printf("nothing was said\n");
    } catch (const std::invalid_argument &error) {
        std::printf("%s\n", error.what());
    }
}

static void complaints(Loaded &one) {
    Model *model = one.create();
    int wrong[4] = {};
    double result[64], nan[64];
    int64_t huge[64];
    std::fill(nan, nan + 64, 0. / 0.);
    std::fill(huge, huge + 64, INT64_C(1) << 40);
    expect_complaint([&] { model->predict(); });
    expect_complaint([&] { model->read_result(result); });
    expect_complaint([&] { model->prepare_input(wrong); });
    expect_complaint([&] { model->prepare_input(nan); });
    expect_complaint([&] { model->prepare_input(huge), model->predict(); });
    model->prepare_input(one.values.data());
    model->predict();
    expect_complaint([&] { model->read_result(wrong); });
    one.destroy(model);
}

int main(int count, char **arguments) {
    const int mode = std::strcmp(arguments[1], "global") ? RTLD_LOCAL : RTLD_GLOBAL;
    const int threads = std::stoi(arguments[2]);
    const bool backward = !std::strcmp(arguments[3], "backward");
    std::vector<Loaded> all;
    for (int n = 4; n + 1 < count; n += 2) all.push_back(load(arguments[n], arguments[n + 1], mode));
    if (threads == 0) {
        complaints(all[0]);
        return 0;
    }
    std::atomic<int64_t> mismatches{0};
    std::vector<std::thread> workers;
    for (int n = 0; n < threads; ++n) workers.emplace_back([&] { mismatches += play(all, backward); });
    for (auto &worker : workers) worker.join();
    for (size_t n = 0; n < all.size(); ++n) dlclose(all[backward ? all.size() - 1 - n : n].library);
    std::printf("%lld mismatches\n", static_cast<long long>(mismatches));
    return mismatches != 0;
}
