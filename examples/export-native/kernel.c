#include "kernel.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *joined(const char *a, const char *b, const char *c) {
  char *text = allocate(strlen(a) + strlen(b) + strlen(c) + 1);
  return strcat(strcat(strcpy(text, a), b), c);
}

static Json read_json(const char *path) {
  const char *text = read_file(path, NULL);
  if (!text) fail("%s: cannot be read", path);
  return json_parse(text, path);
}

Kernel load_kernel(const char *root, const char *name) {
  const char *folder = joined(root, "/", name);
  Kernel kernel = {.folder = folder, .manifest = read_json(joined(folder, "/", "manifest.json"))};
  if (strcmp(json_text(&kernel.manifest, "format"), "kindling-kernel") != 0 || json_number(&kernel.manifest, "version", 0) != 1)
    fail("%s: no kernel package of version 1", folder);
  kernel.cases = read_json(joined(folder, "/", json_text(&kernel.manifest, "cases")));
  kernel.bench = read_json(joined(folder, "/", json_text(&kernel.manifest, "bench")));
  return kernel;
}

/// First expression of a list of rules that does not hold: its `otherwise`.
static const char *broken_rule(const Json *rules, Environment *environment) {
  for (size_t i = 0; i < rules->count; i++)
    if (evaluate_number(json_text(&rules->items[i], "that"), environment) == 0) return json_text(&rules->items[i], "otherwise");
  return NULL;
}

static double product(Value list) {
  double all = 1;
  for (int i = 0; i < list.count; i++) all *= list.items[i].number;
  return all;
}

static int add_attributes(const Json *manifest, const Json *attrs, Environment *environment) {
  const Json *attributes = json_get(manifest, "attributes");
  for (size_t i = 0; i < attributes->count; i++) {
    const Json *value = json_get(attrs, attributes->keys[i]);
    if (!value) value = json_get(&attributes->items[i], "default");
    if (!value) return 0;
    define(environment, joined("attrs.", attributes->keys[i], ""), value_of_json(value));
  }
  return 1;
}

static const Json *input_of(const Json *inputs, const char *name) {
  const Json *found = json_get(inputs, name);
  const Json *role = json_get(found, "role");
  return found && (!role || strcmp(role->text, "input") == 0) ? found : NULL;
}

Tensor *find_tensor(Plan *plan, const char *name) {
  for (int i = 0; i < plan->count; i++)
    if (strcmp(plan->tensors[i].name, name) == 0) return &plan->tensors[i];
  return NULL;
}

Plan make_plan(const Kernel *kernel, const Gpu *gpu, int models, const Json *attrs, const Json *inputs) {
  const Json *manifest = &kernel->manifest, *tensors = json_get(manifest, "tensors");
  Plan plan = {.environment = {.definitions = json_get(manifest, "definitions"), .features = gpu->features}};
  Environment *environment = &plan.environment;
  define(environment, "models", number_value(models));
  define(environment, "adapter.software", number_value(gpu->software));
  define(environment, "adapter.subgroup_size", number_value(gpu->subgroup_size));
  define(environment, "adapter.subgroup_matrix_f16_f32_16", number_value(0));
  if (!add_attributes(manifest, attrs, environment)) {
    plan.refusal = "an attribute is missing";
    return plan;
  }
  for (size_t i = 0; i < tensors->count; i++) {
    const char *name = json_text(&tensors->items[i], "name");
    const Json *input = input_of(inputs, name), *shape = json_get(input, "shape");
    define(environment, joined(name, ".given", ""), number_value(shape != NULL));
    double stride = shape ? json_number(input, "model_stride", product(value_of_json(shape))) : 0;
    define(environment, joined(name, ".model_stride", ""), number_value(stride));
    if (shape) define(environment, joined(name, ".shape", ""), value_of_json(shape));
  }
  plan.refusal = broken_rule(json_get(manifest, "requires"), environment);
  if (plan.refusal) return plan;
  if (tensors->count > MAX_TENSORS) fail("%s: more than %d tensors", kernel->folder, MAX_TENSORS);
  for (size_t i = 0; i < tensors->count; i++) {
    const Json *json = &tensors->items[i];
    Tensor tensor = {.name = json_text(json, "name"), .output = strcmp(json_text(json, "role"), "output") == 0};
    const Json *input = json_get(input_of(inputs, tensor.name), "shape");
    if (!tensor.output && !input) continue;
    tensor.shape = tensor.output ? evaluate(json_text(json, "shape"), environment) : value_of_json(input);
    tensor.parts = (int)evaluate_number(json_text(json, "parts"), environment);
    tensor.element = evaluate_text(json_text(json, "element"), environment);
    tensor.written = evaluate_number(json_text(json, "written"), environment) != 0;
    tensor.bytes = strcmp(tensor.element, "f16") == 0 ? 2 : 4;
    tensor.size = (size_t)product(tensor.shape);
    tensor.block = tensor.size * (size_t)tensor.parts;
    if (tensor.output) {
      define(environment, joined(tensor.name, ".shape", ""), tensor.shape);
      define(environment, joined(tensor.name, ".model_stride", ""), number_value((double)tensor.block));
      define(environment, joined(tensor.name, ".given", ""), number_value(1));
    }
    tensor.stride = (size_t)evaluate_number(joined(tensor.name, ".model_stride", ""), environment);
    int per_model = json_number(json, "per_model", 1) != 0;
    tensor.blocks = per_model && (tensor.output || tensor.stride > 0) ? models : 1;
    if (tensor.blocks == 1) tensor.stride = tensor.block;
    tensor.elements = (size_t)(tensor.blocks - 1) * tensor.stride + tensor.block;
    plan.tensors[plan.count++] = tensor;
  }
  return plan;
}

/// Whether the device's limits allow all passes.
static int fits(const Json *passes, const WGPULimits *limits) {
  for (size_t i = 0; i < passes->count; i++) {
    const Json *pass = &passes->items[i], *needs = json_get(pass, "limits");
    if (json_get(pass, "variable")) {
      if (!fits(json_get(pass, "passes"), limits)) return 0;
      continue;
    }
    if (json_number(needs, "storage_buffers", 0) > limits->storageBuffers || json_number(needs, "workgroup_invocations", 0) > limits->workgroupInvocations ||
        json_number(needs, "workgroup_bytes", 0) > limits->workgroupStorage)
      return 0;
  }
  return 1;
}

static int enabled(const Json *features, const Gpu *gpu) {
  for (size_t i = 0; i < features->count; i++) {
    int found = 0;
    for (int j = 0; gpu->features[j]; j++) found = found || strcmp(gpu->features[j], features->items[i].text) == 0;
    if (!found) return 0;
  }
  return 1;
}

static const Json *variant_of(const Kernel *kernel, const char *name) {
  const Json *variants = json_get(&kernel->manifest, "variants");
  for (size_t i = 0; i < variants->count; i++)
    if (strcmp(json_text(&variants->items[i], "name"), name) == 0) return &variants->items[i];
  fail("%s: no variant %s", kernel->folder, name);
}

int allowed_variants(const Kernel *kernel, const Gpu *gpu, Plan *plan, const char **names) {
  const Json *variants = json_get(&kernel->manifest, "variants"), *choose = json_get(&kernel->manifest, "choose");
  int count = 0;
  for (size_t i = 0; i < variants->count; i++) {
    const Json *variant = &variants->items[i];
    if (!enabled(json_get(variant, "features"), gpu) || broken_rule(json_get(variant, "needs"), &plan->environment)) continue;
    if (fits(json_get(variant, "passes"), &gpu->limits)) names[count++] = json_text(variant, "name");
  }
  for (size_t i = 0; i < choose->count; i++)
    for (int j = 0; j < count; j++)
      if (strcmp(names[j], json_text(&choose->items[i], "variant")) == 0 && evaluate_number(json_text(&choose->items[i], "when"), &plan->environment) != 0) {
        const char *first = names[j];
        names[j] = names[0];
        names[0] = first;
        return count;
      }
  return count;
}

static WGPUHandle uniform_of(const Gpu *gpu, const Json *uniform, Environment *environment, uint64_t *size) {
  *size = (uint64_t)json_number(uniform, "bytes", 0);
  unsigned char *bytes = allocate(*size);
  const Json *fields = json_get(uniform, "fields");
  for (size_t i = 0; i < fields->count; i++) {
    double number = evaluate_number(json_text(&fields->items[i], "value"), environment);
    unsigned char *at = bytes + (size_t)json_number(&fields->items[i], "offset", 0);
    float real = (float)number;
    uint32_t whole = (uint32_t)(int64_t)number;
    memcpy(at, *json_text(&fields->items[i], "type") == 'f' ? (void *)&real : (void *)&whole, 4);
  }
  return make_buffer(gpu, USAGE_UNIFORM | USAGE_COPY_DST, *size, bytes);
}

static Dispatch dispatch_of(const Kernel *kernel, const Gpu *gpu, Plan *plan, const Json *pass, Environment *environment) {
  const char *code = read_file(joined(kernel->folder, "/", json_text(pass, "shader")), NULL);
  if (!code) fail("%s: %s is missing", kernel->folder, json_text(pass, "shader"));
  const Json *constants = json_get(pass, "constants"), *bindings = json_get(pass, "bindings");
  WGPUConstant *values = allocate(constants->count * sizeof *values);
  for (size_t i = 0; i < constants->count; i++)
    values[i] = (WGPUConstant){.key = view(constants->keys[i]), .value = evaluate_number(constants->items[i].text, environment)};
  Dispatch made = {.pipeline = make_pipeline(gpu, code, json_text(pass, "entry_point"), values, constants->count)};

  WGPUBinding *entries = allocate(bindings->count * sizeof *entries);
  for (size_t i = 0; i < bindings->count; i++) {
    const Json *binding = &bindings->items[i];
    entries[i].binding = (uint32_t)json_number(binding, "index", 0);
    if (strcmp(json_text(binding, "access"), "uniform") == 0) {
      entries[i].buffer = made.uniform = uniform_of(gpu, json_get(pass, "uniform"), environment, &entries[i].size);
      continue;
    }
    Tensor *tensor = find_tensor(plan, json_text(binding, "tensor"));
    if (!tensor) tensor = find_tensor(plan, json_text(binding, "instead"));
    entries[i].buffer = tensor->buffer;
    entries[i].offset = GUARD;
    entries[i].size = tensor->bound;
  }
  WGPUHandle layout = wgpuComputePipelineGetBindGroupLayout(made.pipeline, 0);
  made.group = wgpuDeviceCreateBindGroup(gpu->device, &(WGPUGroupDescriptor){.layout = layout, .count = bindings->count, .entries = entries});
  wgpuBindGroupLayoutRelease(layout);

  const Json *count = json_get(pass, "count");
  Environment counted = count ? environment_with(environment, "count", number_value(evaluate_number(count->text, environment))) : *environment;
  for (int i = 0; i < 3; i++) made.workgroups[i] = (uint32_t)evaluate_number(json_get(pass, "workgroups")->items[i].text, &counted);
  return made;
}

static void walk(const Kernel *kernel, const Gpu *gpu, Plan *plan, const Json *passes, Environment *environment, Dispatches *found) {
  for (size_t i = 0; i < passes->count; i++) {
    const Json *pass = &passes->items[i], *when = json_get(pass, "when");
    if (json_get(pass, "variable")) {
      Value values = evaluate(json_text(pass, "values"), environment);
      for (int j = 0; j < values.count; j++) {
        Environment inner = environment_with(environment, json_text(pass, "variable"), values.items[j]);
        walk(kernel, gpu, plan, json_get(pass, "passes"), &inner, found);
      }
      continue;
    }
    if (when && evaluate_number(when->text, environment) == 0) continue;
    if (found->count == MAX_DISPATCHES) fail("%s: more than %d dispatches", kernel->folder, MAX_DISPATCHES);
    found->items[found->count++] = dispatch_of(kernel, gpu, plan, pass, environment);
  }
}

Dispatches prepare(const Kernel *kernel, const Gpu *gpu, Plan *plan, const char *variant) {
  Dispatches found = {0};
  walk(kernel, gpu, plan, json_get(variant_of(kernel, variant), "passes"), &plan->environment, &found);
  return found;
}

void run_dispatches(const Gpu *gpu, const Dispatches *dispatches, int times) {
  WGPUHandle encoder = wgpuDeviceCreateCommandEncoder(gpu->device, NULL);
  WGPUHandle pass = wgpuCommandEncoderBeginComputePass(encoder, NULL);
  for (int i = 0; i < times; i++)
    for (int j = 0; j < dispatches->count; j++) {
      const Dispatch *dispatch = &dispatches->items[j];
      wgpuComputePassEncoderSetPipeline(pass, dispatch->pipeline);
      wgpuComputePassEncoderSetBindGroup(pass, 0, dispatch->group, 0, NULL);
      wgpuComputePassEncoderDispatchWorkgroups(pass, dispatch->workgroups[0], dispatch->workgroups[1], dispatch->workgroups[2]);
    }
  wgpuComputePassEncoderEnd(pass);
  WGPUHandle commands = wgpuCommandEncoderFinish(encoder, NULL);
  wgpuQueueSubmit(gpu->queue, 1, &commands);
  wgpuComputePassEncoderRelease(pass);
  wgpuCommandBufferRelease(commands);
  wgpuCommandEncoderRelease(encoder);
}

void drop_dispatches(Dispatches *dispatches) {
  for (int i = 0; i < dispatches->count; i++) {
    wgpuComputePipelineRelease(dispatches->items[i].pipeline);
    wgpuBindGroupRelease(dispatches->items[i].group);
    if (dispatches->items[i].uniform) drop_buffer(dispatches->items[i].uniform);
  }
}
