// Times of the problems that an export names: medians of rounds that each run long enough to be told apart.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "kernel.h"

enum { ROUNDS = 7 };
static const double ROUND_MS = 20;

static double random_unit(void) { return rand() / (RAND_MAX + 1.0); }

/// One value of contents, as docs/kernel-packages.md says.
static double drawn(const char *kind, double below, size_t i, size_t elements) {
  if (strcmp(kind, "positive") == 0) return 0.25 + 1.5 * random_unit();
  if (strcmp(kind, "sixteenths") == 0) return floor(33 * random_unit() - 16) / 16;
  if (strcmp(kind, "integers") == 0) return floor(random_unit() * below);
  if (strcmp(kind, "distinct") == 0) return 0.01 * (double)(i * 7919 % elements);
  if (strcmp(kind, "nibbles") == 0) {
    double word = 0;
    for (int k = 0; k < 8; k++) word = word * 16 + floor(random_unit() * below);
    return word;
  }
  return 2 * random_unit() - 1;
}

/// f16 bits of a small number, truncated.
static uint16_t half_of(float value) {
  uint32_t bits;
  memcpy(&bits, &value, 4);
  int exponent = (int)((bits >> 23) & 255) - 112;
  return (uint16_t)(((bits >> 16) & 0x8000) | (exponent <= 0 ? 0 : ((uint32_t)exponent << 10) | ((bits >> 13) & 1023)));
}

static void upload(const Kernel *kernel, const Gpu *gpu, Plan *plan, Tensor *tensor, const Json *listed) {
  tensor->bound = (tensor->elements * tensor->bytes + 3) / 4 * 4;
  size_t all = tensor->bound + 2 * GUARD;
  unsigned char *bytes = allocate(all);
  const Json *contents = json_get(listed, "contents");
  if (json_get(listed, "file")) {
    char path[4096];
    size_t length = 0;
    snprintf(path, sizeof path, "%s/bench/%s", kernel->folder, json_text(listed, "file"));
    const char *file = read_file(path, &length);
    if (!file || length > tensor->bound) fail("%s: cannot be read", path);
    memcpy(bytes + GUARD, file, length);
  } else if (contents) {
    const char *kind = json_text(contents, "kind");
    const Json *json = json_get(contents, "below");
    double below = !json ? 0 : json->kind == JSON_TEXT ? evaluate_number(json->text, &plan->environment) : json->number;
    for (size_t i = 0; i < tensor->elements; i++) {
      double value = drawn(kind, below, i, tensor->elements);
      float real = (float)value;
      uint32_t whole = (uint32_t)value;
      uint16_t half = half_of(real);
      const void *from = tensor->bytes == 2 ? (void *)&half : strcmp(tensor->element, "u32") == 0 ? (void *)&whole : (void *)&real;
      memcpy(bytes + GUARD + i * tensor->bytes, from, tensor->bytes);
    }
  }
  tensor->buffer = make_buffer(gpu, USAGE_STORAGE | USAGE_COPY_SRC | USAGE_COPY_DST, all, bytes);
  free(bytes);
}

static double now_ms(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return 1e3 * (double)time.tv_sec + 1e-6 * (double)time.tv_nsec;
}

/// Milliseconds a run, of `times` runs in one submit; reading four bytes waits for them.
static double timed(const Gpu *gpu, const Dispatches *dispatches, const Tensor *tensor, int times) {
  uint32_t word;
  double began = now_ms();
  run_dispatches(gpu, dispatches, times);
  read_buffer(gpu, tensor->buffer, 4, &word);
  return (now_ms() - began) / times;
}

static int ascending(const void *a, const void *b) {
  double difference = *(const double *)a - *(const double *)b;
  return (difference > 0) - (difference < 0);
}

void bench_kernel(const Kernel *kernel, const Gpu *gpu) {
  const Json *list = json_get(&kernel->bench, "bench");
  for (size_t i = 0; i < list->count; i++) {
    const Json *one = &list->items[i], *tensors = json_get(one, "tensors");
    Plan plan = make_plan(kernel, gpu, (int)json_number(one, "models", 1), json_get(one, "attrs"), tensors);
    if (plan.refusal) {
      printf("%s %s: %s\n", json_text(&kernel->manifest, "name"), json_text(one, "name"), plan.refusal);
      continue;
    }
    for (int j = 0; j < plan.count; j++) upload(kernel, gpu, &plan, &plan.tensors[j], json_get(tensors, plan.tensors[j].name));
    const char *names[32];
    int count = allowed_variants(kernel, gpu, &plan, names);
    for (int j = 0; j < count; j++) {
      Dispatches dispatches = prepare(kernel, gpu, &plan, names[j]);
      const Tensor *last = &plan.tensors[plan.count - 1];
      timed(gpu, &dispatches, last, 1);
      double first = timed(gpu, &dispatches, last, 1), ms[ROUNDS];
      int times = first < ROUND_MS ? (int)ceil(ROUND_MS / first) : 1;
      for (int round = 0; round < ROUNDS; round++) ms[round] = timed(gpu, &dispatches, last, times);
      qsort(ms, ROUNDS, sizeof *ms, ascending);
      double median = ms[ROUNDS / 2], flops = json_number(one, "flops", 0);
      double bytes = json_number(one, "bytes_read", 0) + json_number(one, "bytes_written", 0);
      printf("%s %s %s: %.3g ms (%d × %d), %.3g GB/s", json_text(&kernel->manifest, "name"), json_text(one, "name"), names[j], median, ROUNDS,
             times, bytes / median / 1e6);
      if (flops > 0) printf(", %.3g GFLOP/s", flops / median / 1e6);
      putchar('\n');
      const char *error = take_error();
      if (error) printf("  %s\n", error);
      drop_dispatches(&dispatches);
    }
    for (int j = 0; j < plan.count; j++) drop_buffer(plan.tensors[j].buffer);
  }
}
