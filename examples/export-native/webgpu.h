// The part of the standard C API webgpu.h that a compute program needs, for libraries that are opened at run time. Layouts hold for Dawn
// and wgpu-native from 2025 on. Structures that grow at their end have room there.
#pragma once
#include <stddef.h>
#include <stdint.h>

typedef struct WGPUObject *WGPUHandle;  // instance, adapter, device, queue, buffer …

typedef struct {
  const char *data;
  size_t length;
} WGPUStringView;

typedef struct {
  const void *next;
  uint32_t sType;
} WGPUChain;
enum { STYPE_SHADER_SOURCE_WGSL = 2 };

typedef struct {
  const void *next;
  uint32_t mode;
  void *callback;
  void *userdata1;
  void *userdata2;
} WGPUCallback;
enum { CALLBACK_ON_PROCESS_EVENTS = 2, CALLBACK_SPONTANEOUS = 3 };

typedef struct {
  const void *next;
  void *callback;
  void *userdata1;
  void *userdata2;
} WGPUErrorCallback;

typedef struct {
  const void *next;
  uint32_t featureLevel, powerPreference, forceFallbackAdapter, backendType;
  WGPUHandle compatibleSurface;
} WGPUAdapterOptions;
enum { FEATURE_LEVEL_CORE = 2, POWER_HIGH_PERFORMANCE = 2 };

typedef struct {
  void *next;
  uint32_t texture1D, texture2D, texture3D, textureLayers, bindGroups, bindGroupsPlusVertexBuffers, bindingsPerBindGroup;
  uint32_t dynamicUniformBuffers, dynamicStorageBuffers, sampledTextures, samplers, storageBuffers, storageTextures, uniformBuffers;
  uint64_t uniformBufferBindingSize, storageBufferBindingSize;
  uint32_t uniformAlignment, storageAlignment, vertexBuffers;
  uint64_t bufferSize;
  uint32_t vertexAttributes, vertexStride, interStageVariables, colorAttachments, colorBytes;
  uint32_t workgroupStorage, workgroupInvocations, workgroupX, workgroupY, workgroupZ, workgroupsPerDimension;
  uint32_t more[32];
} WGPULimits;

typedef struct {
  void *next;
  WGPUStringView vendor, architecture, device, description;
  uint32_t backendType, adapterType, vendorID, deviceID, subgroupMinSize, subgroupMaxSize;
  uint32_t more[16];
} WGPUAdapterInfo;
enum { ADAPTER_TYPE_CPU = 3 };

typedef struct {
  size_t count;
  const uint32_t *features;
} WGPUFeatures;

typedef struct {
  const void *next;
  WGPUStringView label;
  size_t featureCount;
  const uint32_t *features;
  const WGPULimits *limits;
  struct {
    const void *next;
    WGPUStringView label;
  } queue;
  WGPUCallback lost;
  WGPUErrorCallback error;
} WGPUDeviceDescriptor;

typedef struct {
  const void *next;
  WGPUStringView label;
  uint64_t usage, size;
  uint32_t mappedAtCreation;
} WGPUBufferDescriptor;
enum { USAGE_MAP_READ = 1, USAGE_COPY_SRC = 4, USAGE_COPY_DST = 8, USAGE_UNIFORM = 64, USAGE_STORAGE = 128, MAP_READ = 1 };

typedef struct {
  WGPUChain chain;
  WGPUStringView code;
} WGPUShaderSource;

typedef struct {
  const void *next;
  WGPUStringView label;
} WGPUModuleDescriptor;

typedef struct {
  const void *next;
  WGPUStringView key;
  double value;
} WGPUConstant;

typedef struct {
  const void *next;
  WGPUStringView label;
  WGPUHandle layout;
  struct {
    const void *next;
    WGPUHandle module;
    WGPUStringView entryPoint;
    size_t constantCount;
    const WGPUConstant *constants;
  } compute;
} WGPUPipelineDescriptor;

typedef struct {
  const void *next;
  uint32_t binding;
  WGPUHandle buffer;
  uint64_t offset, size;
  WGPUHandle sampler, textureView;
} WGPUBinding;

typedef struct {
  const void *next;
  WGPUStringView label;
  WGPUHandle layout;
  size_t count;
  const WGPUBinding *entries;
} WGPUGroupDescriptor;

typedef struct {
  uint64_t id;
} WGPUFuture;

/// Every function that is used, as `F(result, name, arguments)`.
#define WGPU_FUNCTIONS(F)                                                                           \
  F(WGPUHandle, CreateInstance, (const void *))                                                     \
  F(void, InstanceProcessEvents, (WGPUHandle))                                                      \
  F(WGPUFuture, InstanceRequestAdapter, (WGPUHandle, const WGPUAdapterOptions *, WGPUCallback))     \
  F(uint32_t, AdapterGetLimits, (WGPUHandle, WGPULimits *))                                         \
  F(uint32_t, AdapterGetInfo, (WGPUHandle, WGPUAdapterInfo *))                                      \
  F(void, AdapterGetFeatures, (WGPUHandle, WGPUFeatures *))                                         \
  F(WGPUFuture, AdapterRequestDevice, (WGPUHandle, const WGPUDeviceDescriptor *, WGPUCallback))     \
  F(WGPUHandle, DeviceGetQueue, (WGPUHandle))                                                       \
  F(WGPUHandle, DeviceCreateBuffer, (WGPUHandle, const WGPUBufferDescriptor *))                     \
  F(WGPUHandle, DeviceCreateShaderModule, (WGPUHandle, const WGPUModuleDescriptor *))               \
  F(WGPUHandle, DeviceCreateComputePipeline, (WGPUHandle, const WGPUPipelineDescriptor *))          \
  F(WGPUHandle, DeviceCreateBindGroup, (WGPUHandle, const WGPUGroupDescriptor *))                   \
  F(WGPUHandle, DeviceCreateCommandEncoder, (WGPUHandle, const void *))                             \
  F(WGPUHandle, ComputePipelineGetBindGroupLayout, (WGPUHandle, uint32_t))                          \
  F(WGPUHandle, CommandEncoderBeginComputePass, (WGPUHandle, const void *))                         \
  F(void, CommandEncoderCopyBufferToBuffer, (WGPUHandle, WGPUHandle, uint64_t, WGPUHandle, uint64_t, uint64_t)) \
  F(WGPUHandle, CommandEncoderFinish, (WGPUHandle, const void *))                                   \
  F(void, ComputePassEncoderSetPipeline, (WGPUHandle, WGPUHandle))                                  \
  F(void, ComputePassEncoderSetBindGroup, (WGPUHandle, uint32_t, WGPUHandle, size_t, const uint32_t *)) \
  F(void, ComputePassEncoderDispatchWorkgroups, (WGPUHandle, uint32_t, uint32_t, uint32_t))         \
  F(void, ComputePassEncoderEnd, (WGPUHandle))                                                      \
  F(void, QueueSubmit, (WGPUHandle, size_t, const WGPUHandle *))                                    \
  F(void, QueueWriteBuffer, (WGPUHandle, WGPUHandle, uint64_t, const void *, size_t))               \
  F(WGPUFuture, BufferMapAsync, (WGPUHandle, uint64_t, size_t, size_t, WGPUCallback))               \
  F(const void *, BufferGetConstMappedRange, (WGPUHandle, size_t, size_t))                          \
  F(void, BufferUnmap, (WGPUHandle))                                                                \
  F(void, BufferDestroy, (WGPUHandle))                                                              \
  F(void, BufferRelease, (WGPUHandle))                                                              \
  F(void, ShaderModuleRelease, (WGPUHandle))                                                        \
  F(void, ComputePipelineRelease, (WGPUHandle))                                                     \
  F(void, BindGroupLayoutRelease, (WGPUHandle))                                                     \
  F(void, BindGroupRelease, (WGPUHandle))                                                           \
  F(void, CommandEncoderRelease, (WGPUHandle))                                                      \
  F(void, CommandBufferRelease, (WGPUHandle))                                                       \
  F(void, ComputePassEncoderRelease, (WGPUHandle))

#define WGPU_DECLARE(result, name, arguments) extern result(*wgpu##name) arguments;
WGPU_FUNCTIONS(WGPU_DECLARE)
#undef WGPU_DECLARE
