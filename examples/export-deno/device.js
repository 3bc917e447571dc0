// A WebGPU device with all that its adapter offers, and what manifests call `adapter`.

const FEATURES = ['subgroups', 'shader-f16', 'chromium-experimental-subgroup-matrix', 'timestamp-query'];
const SOFTWARE = /llvmpipe|lavapipe|swiftshader|softpipe|basic render|\bwarp\b/i;

export async function openDevice() {
  const adapter = await navigator.gpu?.requestAdapter({ powerPreference: 'high-performance' });
  if (!adapter) return undefined;
  const features = FEATURES.filter((name) => adapter.features.has(name));
  const requiredLimits = {};
  for (const name of [
    'maxStorageBufferBindingSize',
    'maxBufferSize',
    'maxStorageBuffersPerShaderStage',
    'maxComputeWorkgroupStorageSize',
    'maxComputeInvocationsPerWorkgroup',
    'maxComputeWorkgroupSizeX',
  ]) {
    if (adapter.limits[name] !== undefined) requiredLimits[name] = adapter.limits[name];
  }
  const device = await adapter.requestDevice({ requiredFeatures: features, requiredLimits });
  const info = adapter.info ?? {};
  const name = [info.vendor, info.architecture, info.device, info.description].filter(Boolean).join(' ');
  const [least, most] = [info.subgroupMinSize ?? 0, info.subgroupMaxSize ?? 0];
  const matrices = info.subgroupMatrixConfigs ?? [];
  return {
    device,
    name: name || 'unnamed adapter',
    features: new Set(features),
    values: {
      'adapter.software': Number(Boolean(info.isFallbackAdapter) || SOFTWARE.test(name)),
      'adapter.subgroup_size': least === most ? least : 0,
      'adapter.subgroup_matrix_f16_f32_16': Number(
        [...matrices].some((m) => m.componentType === 'f16' && m.resultComponentType === 'f32' && m.M === 16 && m.N === 16 && m.K === 16),
      ),
    },
  };
}
