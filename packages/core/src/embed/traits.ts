import { InputError } from '../errors.js';
import type { Feature } from '../program.js';
import type { SubgroupMatrix, Traits } from '../traits.js';

/** Not in WebGPU's types yet. */
type MatrixInfo = Partial<GPUAdapterInfo> & { readonly subgroupMatrixConfigs?: Iterable<SubgroupMatrix> };

const known: readonly Feature[] = ['subgroups', 'shader-f16', 'chromium-experimental-subgroup-matrix'];
const cpu = /llvmpipe|lavapipe|swiftshader|basic render|\bwarp\b|softpipe/i;

/** Whether an adapter says of itself that it runs on the CPU. */
const isSoftware = ({ vendor, architecture, device, description, isFallbackAdapter }: Partial<GPUAdapterInfo>): boolean =>
  isFallbackAdapter === true || cpu.test([vendor, architecture, device, description].join(' '));

/** @throws InputError for what traitsOf did not give, e.g. the device itself */
export function requireTraits(subject: string, traits: Traits | undefined): void {
  if (traits === undefined || (typeof traits?.software === 'boolean' && Array.isArray(traits.features))) return;
  throw new InputError({ subject: `${subject}: traits`, got: 'something else', expected: 'traits', next: 'pass traitsOf(device)' });
}

/**
 * What plans need to know of a device: its limits and features, and its adapter's description where it gives one. Creates nothing.
 * @param options.software whether the adapter runs on the CPU, where the caller knows better: it decides between kernels, never over a result's meaning
 */
export function traitsOf(device: GPUDevice, options: { readonly software?: boolean } = {}): Traits {
  const info: MatrixInfo = device.adapterInfo ?? {};
  const { subgroupMinSize = 0, subgroupMaxSize = 0 } = info;
  const features = known.filter((feature) => device.features.has(feature));
  const matrices = features.includes('chromium-experimental-subgroup-matrix');
  const { limits } = device;
  return {
    software: options.software ?? isSoftware(info),
    subgroupSize: features.includes('subgroups') && subgroupMinSize === subgroupMaxSize ? subgroupMinSize : 0,
    features,
    ...(matrices
      ? {
          subgroupMatrices: [...(info.subgroupMatrixConfigs ?? [])].map(({ componentType, resultComponentType, M, N, K }) => ({
            componentType,
            resultComponentType,
            M,
            N,
            K,
          })),
        }
      : {}),
    maxStorageBufferBindingSize: limits.maxStorageBufferBindingSize,
    maxStorageBuffersPerShaderStage: limits.maxStorageBuffersPerShaderStage,
    maxComputeWorkgroupStorageSize: limits.maxComputeWorkgroupStorageSize,
    maxComputeInvocationsPerWorkgroup: limits.maxComputeInvocationsPerWorkgroup,
  };
}
