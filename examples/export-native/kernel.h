// One exported kernel: its rules and formulas for a request, and its dispatches on a device.
#pragma once
#include "gpu.h"

enum { GUARD = 256, MAX_TENSORS = 32, MAX_DISPATCHES = 256 };

typedef struct {
  const char *folder;
  Json manifest, cases, bench;
} Kernel;

typedef struct {
  const char *name, *element;  // f32, f16 or u32
  int output, written, parts, blocks;
  size_t bytes;                    // of an element
  size_t size, block, stride, elements;  // elements of the shape, with parts, from block to block, of all blocks
  Value shape;
  WGPUHandle buffer;
  unsigned char *before;  // what the buffer held, guards included
  size_t bound;           // bytes between the guards
} Tensor;

typedef struct {
  Environment environment;
  Tensor tensors[MAX_TENSORS];
  int count;
  const char *refusal;  // why the kernel does not take the request, NULL where it does
} Plan;

typedef struct {
  WGPUHandle pipeline, group, uniform;
  uint32_t workgroups[3];
} Dispatch;

typedef struct {
  Dispatch items[MAX_DISPATCHES];
  int count;
} Dispatches;

Kernel load_kernel(const char *folder, const char *name);
/// `inputs` are tensors as in cases.json or bench.json.
Plan make_plan(const Kernel *kernel, const Gpu *gpu, int models, const Json *attrs, const Json *inputs);
/// Names of the variants that request and device allow, the chosen one first; returns their number.
int allowed_variants(const Kernel *kernel, const Gpu *gpu, Plan *plan, const char **names);
/// Pipelines and bind groups of a variant; a validation error is left for take_error.
Dispatches prepare(const Kernel *kernel, const Gpu *gpu, Plan *plan, const char *variant);
void run_dispatches(const Gpu *gpu, const Dispatches *dispatches, int times);
void drop_dispatches(Dispatches *dispatches);
Tensor *find_tensor(Plan *plan, const char *name);
