// A device of a WebGPU library that is opened at run time, and what manifests call `adapter`.
#pragma once
#include "expression.h"
#include "webgpu.h"

typedef struct {
  WGPUHandle instance, device, queue;
  WGPULimits limits;
  const char *name;
  int software, subgroup_size;
  const char *features[4];  // ends with NULL
} Gpu;

/// Opens the library and the first adapter with all that it offers. Ends the program with exit code 3 where there is none.
Gpu open_gpu(const char *library);
/// The last validation error, NULL where there was none since the last call.
const char *take_error(void);

WGPUHandle make_buffer(const Gpu *gpu, uint64_t usage, uint64_t size, const void *contents);
void drop_buffer(WGPUHandle buffer);
/// A pipeline with its layout derived from the shader; NULL and an error where it does not compile.
WGPUHandle make_pipeline(const Gpu *gpu, const char *code, const char *entry_point, const WGPUConstant *constants, size_t count);
WGPUStringView view(const char *text);
/// Copies a buffer to the host, after all that was submitted before.
void read_buffer(const Gpu *gpu, WGPUHandle buffer, uint64_t size, void *to);
