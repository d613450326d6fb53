// What the tests of the kernels share. A test is a program that returns 0.
#ifndef TRIGFORGE_TESTS_CHECK_H_
#define TRIGFORGE_TESTS_CHECK_H_

#include "mantissa.h"
#include <cstdint>
#include <cstdio>

static int failures = 0;

static void check_equal(const char *what, int64_t at, int64_t found, int64_t expected) {
    if (found != expected) {
        std::printf("%s at %lld: found %lld, expected %lld\n", what, (long long)at, (long long)found, (long long)expected);
        failures++;
    }
}

// floor(m * 2**places)
static int64_t scaled(int64_t m, int places) { return places >= 0 ? m * (int64_t(1) << places) : m >> -places; }

template <class T> static int64_t integer(const T &x) { return trigforge::mantissa(x).to_int64(); }

#endif
