#include "gpu.h"

#include <ctype.h>
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define WGPU_DEFINE(result, name, arguments) result(*wgpu##name) arguments;
WGPU_FUNCTIONS(WGPU_DEFINE)

static char *error_text;

WGPUStringView view(const char *text) { return (WGPUStringView){text, strlen(text)}; }

static char *copied(WGPUStringView from) {
  size_t length = from.data ? (from.length == SIZE_MAX ? strlen(from.data) : from.length) : 0;
  char *text = allocate(length + 1);
  if (length) memcpy(text, from.data, length);
  return text;
}

static void on_error(const WGPUHandle *device, uint32_t type, WGPUStringView message, void *one, void *two) {
  (void)device, (void)type, (void)one, (void)two;
  if (!error_text) error_text = copied(message);
}

const char *take_error(void) {
  const char *found = error_text;
  error_text = NULL;
  return found;
}

/// What a request for an adapter, a device or a mapping ends with.
typedef struct {
  int done;
  uint32_t status;
  WGPUHandle object;
} Answer;

static void on_object(uint32_t status, WGPUHandle object, WGPUStringView message, void *answer, void *unused) {
  (void)message, (void)unused;
  *(Answer *)answer = (Answer){1, status, object};
}

static void on_map(uint32_t status, WGPUStringView message, void *answer, void *unused) {
  (void)message, (void)unused;
  *(Answer *)answer = (Answer){1, status, NULL};
}

static void await(WGPUHandle instance, Answer *answer) {
  while (!answer->done) {
    wgpuInstanceProcessEvents(instance);
    if (!answer->done) nanosleep(&(struct timespec){0, 50000}, NULL);
  }
}

static void *open_library(const char *wanted) {
  const char *names[] = {wanted, getenv("WEBGPU_LIBRARY"), "libwebgpu_dawn.so", "libwgpu_native.so", "libwebgpu_wrapper.so"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    void *library = names[i] && *names[i] ? dlopen(names[i], RTLD_NOW | RTLD_LOCAL) : NULL;
    if (library) return library;
    // A library that was named must be the one.
    if (names[i] && i < 2) break;
  }
  const char *problem = dlerror();
  fprintf(stderr, "no WebGPU library: %s\nname one with --library or WEBGPU_LIBRARY\n", problem ? problem : "none found");
  exit(3);
}

static _Noreturn void no_adapter(void) {
  fprintf(stderr, "no WebGPU adapter\n");
  exit(3);
}

/// Whether the device's compiler takes a directive: numbers of features differ between versions of the API, names in WGSL do not.
static int takes(const Gpu *gpu, const char *directive) {
  char code[128];
  snprintf(code, sizeof code, "enable %s;\n@compute @workgroup_size(1) fn main() {}\n", directive);
  WGPUHandle pipeline = make_pipeline(gpu, code, "main", NULL, 0);
  int taken = take_error() == NULL;
  if (pipeline) wgpuComputePipelineRelease(pipeline);
  return taken;
}

static int contains(const char *text, const char *part) {
  for (; *text; text++) {
    size_t i = 0;
    while (part[i] && tolower((unsigned char)text[i]) == part[i]) i++;
    if (!part[i]) return 1;
  }
  return 0;
}

Gpu open_gpu(const char *path) {
  void *library = open_library(path);
#define WGPU_LOAD(result, name, arguments)                       \
  *(void **)&wgpu##name = dlsym(library, "wgpu" #name);          \
  if (!wgpu##name) fail("the library lacks wgpu" #name);
  WGPU_FUNCTIONS(WGPU_LOAD)
  Gpu gpu = {.instance = wgpuCreateInstance(NULL)};
  if (!gpu.instance) no_adapter();

  Answer answer = {0};
  WGPUAdapterOptions options = {.featureLevel = FEATURE_LEVEL_CORE, .powerPreference = POWER_HIGH_PERFORMANCE};
  wgpuInstanceRequestAdapter(gpu.instance, &options, (WGPUCallback){NULL, CALLBACK_ON_PROCESS_EVENTS, (void *)on_object, &answer, NULL});
  await(gpu.instance, &answer);
  WGPUHandle adapter = answer.object;
  if (!adapter) no_adapter();

  WGPUAdapterInfo info = {0};
  wgpuAdapterGetInfo(adapter, &info);
  char *name = allocate(512);
  snprintf(name, 512, "%s %s %s", copied(info.vendor), copied(info.device), copied(info.description));
  gpu.name = name;
  gpu.software = info.adapterType == ADAPTER_TYPE_CPU || contains(name, "llvmpipe") || contains(name, "swiftshader");
  gpu.subgroup_size = info.subgroupMinSize == info.subgroupMaxSize ? (int)info.subgroupMinSize : 0;
  wgpuAdapterGetLimits(adapter, &gpu.limits);

  // All features that are WebGPU's own: an implementation's extras have numbers far above.
  WGPUFeatures listed = {0};
  wgpuAdapterGetFeatures(adapter, &listed);
  uint32_t *wanted = allocate(listed.count * sizeof *wanted);
  size_t count = 0;
  for (size_t i = 0; i < listed.count; i++)
    if (listed.features[i] < 0x10000) wanted[count++] = listed.features[i];
  WGPUDeviceDescriptor descriptor = {
      .featureCount = count,
      .features = wanted,
      .limits = &gpu.limits,
      .lost = {.mode = CALLBACK_SPONTANEOUS},
      .error = {.callback = (void *)on_error},
  };
  answer = (Answer){0};
  wgpuAdapterRequestDevice(adapter, &descriptor, (WGPUCallback){NULL, CALLBACK_ON_PROCESS_EVENTS, (void *)on_object, &answer, NULL});
  await(gpu.instance, &answer);
  gpu.device = answer.object;
  if (!gpu.device) no_adapter();
  gpu.queue = wgpuDeviceGetQueue(gpu.device);
  int features = 0;
  if (takes(&gpu, "f16")) gpu.features[features++] = "shader-f16";
  if (takes(&gpu, "subgroups")) gpu.features[features++] = "subgroups";
  return gpu;
}

WGPUHandle make_buffer(const Gpu *gpu, uint64_t usage, uint64_t size, const void *contents) {
  WGPUHandle buffer = wgpuDeviceCreateBuffer(gpu->device, &(WGPUBufferDescriptor){.usage = usage, .size = size});
  if (!buffer) fail("no buffer of %llu bytes", (unsigned long long)size);
  if (contents) wgpuQueueWriteBuffer(gpu->queue, buffer, 0, contents, size);
  return buffer;
}

void drop_buffer(WGPUHandle buffer) {
  wgpuBufferDestroy(buffer);
  wgpuBufferRelease(buffer);
}

WGPUHandle make_pipeline(const Gpu *gpu, const char *code, const char *entry_point, const WGPUConstant *constants, size_t count) {
  WGPUShaderSource source = {{NULL, STYPE_SHADER_SOURCE_WGSL}, view(code)};
  WGPUHandle module = wgpuDeviceCreateShaderModule(gpu->device, &(WGPUModuleDescriptor){.next = &source});
  WGPUPipelineDescriptor descriptor = {0};
  descriptor.compute.module = module;
  descriptor.compute.entryPoint = view(entry_point);
  descriptor.compute.constantCount = count;
  descriptor.compute.constants = constants;
  WGPUHandle pipeline = wgpuDeviceCreateComputePipeline(gpu->device, &descriptor);
  wgpuShaderModuleRelease(module);
  wgpuInstanceProcessEvents(gpu->instance);
  return pipeline;
}

void read_buffer(const Gpu *gpu, WGPUHandle buffer, uint64_t size, void *to) {
  WGPUHandle staging = make_buffer(gpu, USAGE_MAP_READ | USAGE_COPY_DST, size, NULL);
  WGPUHandle encoder = wgpuDeviceCreateCommandEncoder(gpu->device, NULL);
  wgpuCommandEncoderCopyBufferToBuffer(encoder, buffer, 0, staging, 0, size);
  WGPUHandle commands = wgpuCommandEncoderFinish(encoder, NULL);
  wgpuQueueSubmit(gpu->queue, 1, &commands);
  Answer answer = {0};
  wgpuBufferMapAsync(staging, MAP_READ, 0, size, (WGPUCallback){NULL, CALLBACK_ON_PROCESS_EVENTS, (void *)on_map, &answer, NULL});
  await(gpu->instance, &answer);
  const void *mapped = wgpuBufferGetConstMappedRange(staging, 0, size);
  if (!mapped) fail("a buffer cannot be read (status %u)", answer.status);
  memcpy(to, mapped, size);
  wgpuBufferUnmap(staging);
  drop_buffer(staging);
  wgpuCommandBufferRelease(commands);
  wgpuCommandEncoderRelease(encoder);
}
