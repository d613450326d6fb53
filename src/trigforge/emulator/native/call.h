// What a kernel and its host say to each other.
#ifndef TRIGFORGE_CALL_H
#define TRIGFORGE_CALL_H

#include <stdint.h>

struct TrigforgeCall {
    const void *const *inputs;
    const int64_t *strides;  // entries from one event to the next; 0: one event stands for all
    const int64_t *in_bytes; // of one entry of each array: 2, 4 or 8
    void *const *outputs;
    const int64_t *out_bytes;
    int64_t events;
};

struct TrigforgeKernel {
    int64_t block_events;
    int64_t workspace_bytes;
    int (*block)(const struct TrigforgeCall *, int64_t event, char *workspace);
};

#endif
