/* The emulator of MODEL_vN: exact integers, no file is read, no state but the handle.
 *
 * Arrays are event after event, the last axis fastest. Mantissas stand at the scale 2^lsb of their tensor. A register
 * input holds one value for all events of a call. Functions that return a status return 0 where all went well; the
 * sentence on what went wrong is trigforge_MODEL_vN_error. A handle is for one thread at a time; open one for each.
 */
#ifndef TRIGFORGE_MODEL_vN_H
#define TRIGFORGE_MODEL_vN_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
    TRIGFORGE_MODEL_vN_OK = 0,
    TRIGFORGE_MODEL_vN_NOT_A_NUMBER = 1, /* a host value is NaN or infinite, and the model refuses such */
    TRIGFORGE_MODEL_vN_OUTSIDE_TYPE = 2, /* a mantissa that the type of its element cannot hold */
    TRIGFORGE_MODEL_vN_NO_MEMORY = 3,
    TRIGFORGE_MODEL_vN_BAD_ARGUMENT = 4,
    TRIGFORGE_MODEL_vN_WRONG_KERNEL = 5 /* the compiler made something else of the kernel: there are no answers */
};

typedef struct trigforge_MODEL_vN_handle trigforge_MODEL_vN_handle;

/* Null without memory. The first one plays the events of src/proof.cpp; where an output differs, every run of this process
 * returns WRONG_KERNEL, and trigforge_MODEL_vN_error says what differs. */
trigforge_MODEL_vN_handle *trigforge_MODEL_vN_open(void);
void trigforge_MODEL_vN_close(trigforge_MODEL_vN_handle *handle);

/* Host values, encoded as the firmware's inputs are; one array an input and an output, in the order below. */
int trigforge_MODEL_vN_run(trigforge_MODEL_vN_handle *handle, const double *const *inputs, double *const *outputs,
                           int64_t events);
int trigforge_MODEL_vN_run_mantissas(trigforge_MODEL_vN_handle *handle, const int64_t *const *inputs,
                                     int64_t *const *outputs, int64_t events);
/* Only the first step of `run`: host values of one input to its mantissas. */
int trigforge_MODEL_vN_encode(trigforge_MODEL_vN_handle *handle, int input, const double *values, int64_t *mantissas,
                              int64_t events);
/* Threads that share the events of one call; 1 by default. */
void trigforge_MODEL_vN_set_threads(trigforge_MODEL_vN_handle *handle, int threads);
/* One sentence on the last error of this handle; empty before the first. */
const char *trigforge_MODEL_vN_error(const trigforge_MODEL_vN_handle *handle);

/* What this is, and of which graph. */
const char *trigforge_MODEL_vN_model(void);
int trigforge_MODEL_vN_version(void);
const char *trigforge_MODEL_vN_graph_digest(void);

/* One tensor at the boundary: value = mantissa * 2^lsb, in `width` bits. */
typedef struct {
    const char *name;
    int64_t elements;
    int rank;
    const int64_t *shape;
    int lsb, width, is_signed;
    int is_register;
} trigforge_MODEL_vN_tensor;

int trigforge_MODEL_vN_input_count(void);
int trigforge_MODEL_vN_output_count(void);
/* A status: BAD_ARGUMENT for a number that is none. */
int trigforge_MODEL_vN_input(int number, trigforge_MODEL_vN_tensor *tensor);
int trigforge_MODEL_vN_output(int number, trigforge_MODEL_vN_tensor *tensor);

#ifdef __cplusplus
}
#endif

#endif
