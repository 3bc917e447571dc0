// Runs exported kernels in a native program: every test case on every variant that the device takes, or with --bench their times.
//   cc -std=c11 -D_GNU_SOURCE -O2 -o run-kernels *.c -ldl -lm
//   ./run-kernels FOLDER [--ops a,b] [--bench] [--library libwebgpu_dawn.so]
// Exit code 0: all passed, 1: some did not, 2: wrong arguments or files, 3: no library or adapter.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "kernel.h"

static const char *path_of(const Kernel *kernel, const char *folder, const char *file) {
  char *path = allocate(strlen(kernel->folder) + strlen(folder) + strlen(file) + 3);
  sprintf(path, "%s/%s/%s", kernel->folder, folder, file);
  return path;
}

static const void *read_values(const Kernel *kernel, const char *folder, const Json *tensor, size_t bytes) {
  size_t length = 0;
  const char *path = path_of(kernel, folder, json_text(tensor, "file"));
  const void *contents = read_file(path, &length);
  if (!contents || length < bytes) fail("%s: %zu bytes, expected %zu", path, length, bytes);
  return contents;
}

/// Bits that no kernel computes, so that an element that was never written shows.
static void poison(const Tensor *tensor, unsigned char *to) {
  const uint32_t word = 0x7fc0dead;
  const uint16_t half = 0x7ead;
  for (size_t i = 0; i < tensor->elements; i++) memcpy(to + i * tensor->bytes, tensor->bytes == 2 ? (const void *)&half : (const void *)&word, tensor->bytes);
}

/// Fills a tensor's buffer: contents (or poison) between guards.
static void fill(const Gpu *gpu, Tensor *tensor, const void *contents) {
  tensor->bound = (tensor->elements * tensor->bytes + 3) / 4 * 4;
  size_t all = tensor->bound + 2 * GUARD;
  if (!tensor->before) tensor->before = allocate(all);
  memset(tensor->before, 0xa5, all);
  if (contents) memcpy(tensor->before + GUARD, contents, tensor->elements * tensor->bytes);
  else poison(tensor, tensor->before + GUARD);
  if (!tensor->buffer) tensor->buffer = make_buffer(gpu, USAGE_STORAGE | USAGE_COPY_SRC | USAGE_COPY_DST, all, NULL);
  wgpuQueueWriteBuffer(gpu->queue, tensor->buffer, 0, tensor->before, all);
}

static double decoded(const Tensor *tensor, const unsigned char *at) {
  if (strcmp(tensor->element, "u32") == 0) {
    uint32_t whole;
    memcpy(&whole, at, 4);
    return whole;
  }
  if (tensor->bytes == 4) {
    float real;
    memcpy(&real, at, 4);
    return real;
  }
  uint16_t half;
  memcpy(&half, at, 2);
  int exponent = (half >> 10) & 31, fraction = half & 1023;
  double size = exponent == 31 ? (fraction ? NAN : INFINITY) : exponent == 0 ? ldexp(fraction, -24) : ldexp(1024 + fraction, exponent - 25);
  return half & 0x8000 ? -size : size;
}

/// Values of a tensor with its parts added, [models, …shape]; a text says what is wrong.
static const char *read_tensor(const Gpu *gpu, const Tensor *tensor, double **values, size_t *count) {
  size_t all = tensor->bound + 2 * GUARD, end = GUARD + tensor->elements * tensor->bytes;
  unsigned char *bytes = allocate(all);
  read_buffer(gpu, tensor->buffer, all, bytes);
  for (size_t i = 0; i < all; i++)
    if ((i < GUARD || i >= end) && bytes[i] != tensor->before[i]) return "bytes beside the tensor were overwritten";
  unsigned char *poisoned = allocate(tensor->elements * tensor->bytes);
  poison(tensor, poisoned);
  for (size_t i = 0; tensor->output && i < tensor->elements; i++)
    if (memcmp(bytes + GUARD + i * tensor->bytes, poisoned, tensor->bytes) == 0) return "an element was not written";
  *count = (size_t)tensor->blocks * tensor->size;
  *values = allocate(*count * sizeof(double));
  for (int block = 0; block < tensor->blocks; block++)
    for (int part = 0; part < tensor->parts; part++)
      for (size_t i = 0; i < tensor->size; i++)
        (*values)[block * tensor->size + i] += decoded(tensor, bytes + GUARD + (block * tensor->stride + part * tensor->size + i) * tensor->bytes);
  return NULL;
}

/// Share of its tolerance that an output uses at most; 1 is all of it.
static double share_of(const double *got, const double *want, size_t count, const Json *tolerance) {
  double largest = 0, share = 0;
  for (size_t i = 0; i < count; i++) largest = fmax(largest, fabs(want[i]));
  for (size_t i = 0; i < count; i++) {
    double error = fabs(got[i] - want[i]);
    if (error == 0) continue;
    double allowed = json_number(tolerance, "absolute", 0) * largest + json_number(tolerance, "relative", 0) * fabs(want[i]) + json_number(tolerance, "floor", 0);
    share = isnan(error) ? INFINITY : fmax(share, error / allowed);
  }
  return share;
}

/// Compares one expected output; a text says what is wrong.
static const char *compare(const Kernel *kernel, const Gpu *gpu, Plan *plan, const char *key, const Json *expected, double *share) {
  char name[64];
  snprintf(name, sizeof name, "%s", key);
  // What a kernel changes in place is listed as NAME.after.
  char *after = strstr(name, ".after");
  if (after) *after = 0;
  const Tensor *tensor = find_tensor(plan, name);
  Value shape = value_of_json(json_get(expected, "shape"));
  if (!tensor || !values_equal(tensor->shape, shape)) return "the shape's formula gives another shape";
  double *got, *want;
  size_t count;
  const char *problem = read_tensor(gpu, tensor, &got, &count);
  if (problem) return problem;
  int whole = strcmp(json_text(expected, "element"), "u32") == 0;
  const void *raw = read_values(kernel, "cases", expected, count * (whole ? 4 : 8));
  want = allocate(count * sizeof(double));
  for (size_t i = 0; i < count; i++) want[i] = whole ? ((const uint32_t *)raw)[i] : ((const double *)raw)[i];
  *share = fmax(*share, share_of(got, want, count, json_get(expected, "tolerance")));
  return *share <= 1 ? NULL : "the values are off";
}

typedef struct {
  int passed, failed;
  double share;
} Score;

/// Attributes that ask for f16 on a device that has none.
static int needs_f16(const Json *attrs) {
  const Json *storage = json_get(attrs, "storage");
  return (storage && strcmp(storage->text, "f16") == 0) || json_get(attrs, "to");
}

static int has(const Gpu *gpu, const char *feature) {
  for (int i = 0; gpu->features[i]; i++)
    if (strcmp(gpu->features[i], feature) == 0) return 1;
  return 0;
}

static void test_case(const Kernel *kernel, const Gpu *gpu, const Json *one, Score *score) {
  const Json *tensors = json_get(one, "tensors"), *attrs = json_get(one, "attrs");
  if (needs_f16(attrs) && !has(gpu, "shader-f16")) return;
  Plan plan = make_plan(kernel, gpu, (int)json_number(one, "models", 1), attrs, tensors);
  const char *names[32];
  int count = plan.refusal ? 0 : allowed_variants(kernel, gpu, &plan, names);
  if (plan.refusal) {
    printf("  %s: %s\n", json_text(one, "name"), plan.refusal);
    score->failed++;
  }
  for (int i = 0; i < count; i++) {
    for (int j = 0; j < plan.count; j++) {
      Tensor *tensor = &plan.tensors[j];
      fill(gpu, tensor, tensor->output ? NULL : read_values(kernel, "cases", json_get(tensors, tensor->name), tensor->elements * tensor->bytes));
    }
    Dispatches dispatches = prepare(kernel, gpu, &plan, names[i]);
    run_dispatches(gpu, &dispatches, 1);
    double share = 0;
    const char *problem = NULL, *key = "";
    for (size_t j = 0; j < tensors->count && !problem; j++) {
      if (strcmp(json_text(&tensors->items[j], "role"), "output") != 0) continue;
      key = tensors->keys[j];
      problem = compare(kernel, gpu, &plan, key, &tensors->items[j], &share);
    }
    const char *error = take_error();
    if (error) problem = error;
    if (problem) printf("  %s %s, %s: %s (%.0f %% of the tolerance)\n", json_text(one, "name"), names[i], key, problem, 100 * share);
    score->passed += !problem;
    score->failed += problem != NULL;
    score->share = fmax(score->share, share);
    drop_dispatches(&dispatches);
  }
  for (int j = 0; j < plan.count; j++)
    if (plan.tensors[j].buffer) drop_buffer(plan.tensors[j].buffer);
}

/// The evaluator against the export's own list of expressions; returns how many differ.
static int test_expressions(const char *folder) {
  char path[4096];
  snprintf(path, sizeof path, "%s/expressions.json", folder);
  const char *text = read_file(path, NULL);
  if (!text) fail("%s: cannot be read", path);
  Json file = json_parse(text, path);
  const Json *list = json_get(&file, "expressions");
  int wrong = 0;
  for (size_t i = 0; i < list->count; i++) {
    const Json *one = &list->items[i], *values = json_get(one, "values"), *listed = json_get(one, "features");
    const char *features[8] = {0};
    for (size_t j = 0; j < listed->count && j < 7; j++) features[j] = listed->items[j].text;
    Environment environment = {.definitions = json_get(one, "definitions"), .features = features};
    for (size_t j = 0; j < values->count; j++) define(&environment, values->keys[j], value_of_json(&values->items[j]));
    if (values_equal(evaluate(json_text(one, "expression"), &environment), value_of_json(json_get(one, "result")))) continue;
    printf("expression: %s differs\n", json_text(one, "expression"));
    wrong++;
  }
  return wrong;
}

void bench_kernel(const Kernel *kernel, const Gpu *gpu);

static int wanted(const char *ops, const char *name) {
  size_t length = strlen(name);
  for (const char *at = ops; at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL)
    if (strncmp(at, name, length) == 0 && (at[length] == ',' || !at[length])) return 1;
  return !ops;
}

int main(int count, char **arguments) {
  const char *folder = NULL, *ops = NULL, *library = NULL;
  int bench = 0;
  for (int i = 1; i < count; i++) {
    if (strcmp(arguments[i], "--bench") == 0) bench = 1;
    else if (strcmp(arguments[i], "--ops") == 0 && i + 1 < count) ops = arguments[++i];
    else if (strcmp(arguments[i], "--library") == 0 && i + 1 < count) library = arguments[++i];
    else if (*arguments[i] == '-' || folder) fail("got %s; expected FOLDER [--ops a,b] [--bench] [--library FILE]", arguments[i]);
    else folder = arguments[i];
  }
  if (!folder) fail("got no folder; expected one that kernels:export wrote");
  char path[4096];
  snprintf(path, sizeof path, "%s/kernels.json", folder);
  const char *text = read_file(path, NULL);
  if (!text) fail("got %s; expected a folder that kernels:export wrote", folder);
  Json index = json_parse(text, path);
  Gpu gpu = open_gpu(library);
  printf("adapter: %s (subgroups of %d%s%s)\n", gpu.name, gpu.subgroup_size, gpu.features[0] ? ", " : "", gpu.features[0] ? gpu.features[0] : "");
  Score all = {.failed = test_expressions(folder)};
  const Json *kernels = json_get(&index, "kernels");
  for (size_t i = 0; i < kernels->count; i++) {
    const char *name = json_text(&kernels->items[i], "name");
    if (!wanted(ops, name)) continue;
    Kernel kernel = load_kernel(folder, json_text(&kernels->items[i], "folder"));
    if (bench) {
      bench_kernel(&kernel, &gpu);
      continue;
    }
    Score score = {0};
    const Json *cases = json_get(&kernel.cases, "cases");
    for (size_t j = 0; j < cases->count; j++) test_case(&kernel, &gpu, &cases->items[j], &score);
    printf("%-30s %3d passed, %d failed, largest share of tolerance %3.0f %%\n", name, score.passed, score.failed, 100 * score.share);
    fflush(stdout);
    all.passed += score.passed;
    all.failed += score.failed;
  }
  if (!bench) printf("%d passed, %d failed\n", all.passed, all.failed);
  return all.failed > 0;
}
