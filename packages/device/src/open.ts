import { InputError, KindlingError } from '@kindling/core';
import {
  type AdapterInfo,
  adapterInfo,
  type Backend,
  type Candidate,
  type Env,
  noAdapter,
  rank,
  stagesFor,
  wantedAdapter,
} from './adapter.js';
import { browserBackend } from './browser.js';
import { Device } from './device.js';
import { inNode } from './environment.js';

export interface OpenOptions {
  /** `hardware`, `lavapipe`, `swiftshader`, `software` (any of the CPU ones) or a part of a name. Wins over `KINDLING_ADAPTER`. */
  readonly adapter?: string;
  /** Stands in for `process.env`: KINDLING_ADAPTER, VK_DRIVER_FILES, VK_ICD_FILENAMES, XDG_CACHE_HOME, HOME, TMPDIR. */
  readonly env?: Record<string, string | undefined>;
  /** `all` (the default) takes what kernels can use and the adapter has; a list is required in full, `[]` is core WebGPU. */
  readonly features?: 'all' | readonly string[];
  /** Told, in one line, when a CPU runs the shaders, or an adapter failed and another is taken. Default: `console.warn`. */
  readonly notice?: (line: string) => void;
}

/** One adapter as `kindling doctor` shows it. */
export interface AdapterReport extends AdapterInfo {
  /** Driver name and version, empty where the platform does not tell. */
  readonly driver: string;
  readonly features: readonly string[];
  /** The limits that Kindling raises to the adapter's maximum; bytes where the name says size. */
  readonly limits: Readonly<Record<string, number>>;
  /** Lanes of a subgroup; 0 where the adapter has none or does not tell. */
  readonly subgroupMinSize: number;
  readonly subgroupMaxSize: number;
  /** True for the one that `openDevice` would take with the same options. */
  readonly chosen: boolean;
  readonly why: string;
}

/** All that `kindling doctor` says about adapters. */
export interface AdapterSurvey {
  readonly adapters: AdapterReport[];
  /** What would be faster, one sentence each. */
  readonly advice: string[];
  /** What stood in the way, one sentence each. */
  readonly problems: string[];
  /** What on this machine was never tried by Kindling's authors. */
  readonly untested: string[];
}

/** Features that kernels can use; taken where present. */
const usefulFeatures = ['subgroups', 'shader-f16', 'timestamp-query', 'chromium-experimental-subgroup-matrix'];

/** Limits that are raised to the adapter's maximum. */
const raisedLimits = [
  'maxStorageBufferBindingSize',
  'maxBufferSize',
  'maxStorageBuffersPerShaderStage',
  'maxComputeWorkgroupStorageSize',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX',
  'maxComputeWorkgroupSizeY',
  'maxComputeWorkgroupSizeZ',
] as const;

const limitsOf = (limits: GPUSupportedLimits): Record<string, number> =>
  Object.fromEntries(raisedLimits.map((name) => [name, Number(limits[name])]));

async function backendHere(): Promise<Backend> {
  return inNode() ? (await import('@kindling/device/node')).nodeBackend : browserBackend;
}

const envHere = (options: OpenOptions): Env => options.env ?? (inNode() ? process.env : {});

/** @throws InputError when the adapter lacks a feature that was asked for. */
async function requestDevice(candidate: Candidate, wanted: 'all' | readonly string[], env: Env): Promise<Device> {
  const { adapter, info } = candidate;
  const requiredFeatures = wanted === 'all' ? usefulFeatures.filter((name) => adapter.features.has(name)) : [...wanted];
  const missing = requiredFeatures.filter((name) => !adapter.features.has(name));
  if (missing.length > 0) {
    throw new InputError({
      subject: `${info.kind} (${info.name})`,
      got: `a request for ${missing.join(', ')}`,
      expected: `features that this adapter has: ${[...adapter.features].sort().join(', ')}`,
      next: 'choose another adapter, or kernels that do without',
    });
  }
  const request = (from: GPUAdapter): Promise<GPUDevice> =>
    from.requestDevice({
      label: 'kindling',
      requiredFeatures: requiredFeatures as GPUFeatureName[],
      requiredLimits: limitsOf(from.limits),
    });
  const { again } = candidate;
  const openSecond = async (): Promise<Device> => {
    const second = await again!();
    if (!second) throw new Error(`${info.name} is not found a second time`);
    return new Device(await request(second), info, { owned: true });
  };
  // Only lavapipe compiles on one thread a device, and only its cache on disk hands the result over. Never a real GPU.
  const pays = info.kind === 'lavapipe' && again && !isOn(env.MESA_SHADER_CACHE_DISABLE) && !isOn(env.MESA_GLSL_CACHE_DISABLE);
  return new Device(await request(adapter), info, { owned: true, ...(pays ? { openSecond } : {}) });
}

/** As Mesa reads its switches. */
const isOn = (value: string | undefined): boolean => /^(1|true|t|yes|y)$/i.test(value ?? '');

/** The line for a choice that a user must not miss, undefined for a GPU. */
function announcement(info: AdapterInfo, wanted: string | undefined): string | undefined {
  if (!info.software) return undefined;
  return `running on software adapter ${info.name} (${wanted === undefined ? 'no GPU found' : `asked for: ${wanted}`})`;
}

/**
 * Opens the best adapter: a GPU, else lavapipe, else SwiftShader from npm. All useful features and the largest limits are taken.
 * In Node it must run in the main thread, as the Vulkan loader reads environment variables that a worker cannot set.
 * @throws DeviceError when nothing usable is found, InputError for an adapter name or feature that does not exist here.
 */
export async function openDevice(options: OpenOptions = {}): Promise<Device> {
  const env = envHere(options);
  const wanted = wantedAdapter(options.adapter, env);
  const notice = options.notice ?? ((line: string) => console.warn(`kindling: ${line}`));
  const backend = await backendHere();
  const candidates: Candidate[] = [];
  const problems: string[] = [];
  for (const stage of stagesFor(wanted, backend.stages)) {
    const found = await backend.find(stage, env);
    candidates.push(...found.candidates);
    problems.push(...found.problems);
    for (const candidate of rank(found.candidates, wanted)) {
      try {
        const device = await requestDevice(candidate, options.features ?? 'all', env);
        const line = announcement(candidate.info, wanted);
        if (line !== undefined) notice(line);
        return device;
      } catch (error) {
        if (error instanceof KindlingError) throw error;
        const problem = `${candidate.info.name} gives no device: ${error instanceof Error ? error.message : String(error)}.`;
        problems.push(problem);
        notice(problem);
      }
    }
  }
  throw noAdapter(wanted, { candidates, problems }, backend.advice(new Set(candidates.map(({ info }) => info.kind))));
}

/** Looks at every adapter of this machine, also those that `openDevice` would not take. Opens no device. */
export async function listAdapters(options: Pick<OpenOptions, 'adapter' | 'env'> = {}): Promise<AdapterSurvey> {
  const env = envHere(options);
  const wanted = wantedAdapter(options.adapter, env);
  const backend = await backendHere();
  const candidates: Candidate[] = [];
  const problems: string[] = [];
  for (const stage of backend.stages) {
    const found = await backend.find(stage, env);
    problems.push(...found.problems);
    candidates.push(...found.candidates.filter(({ info }) => !candidates.some((other) => other.info.name === info.name)));
  }
  const chosen = rank(candidates, wanted)[0];
  if (!chosen && wanted !== undefined) problems.push(noAdapter(wanted, { candidates, problems: [] }, []).message);
  const kinds = new Set(candidates.map(({ info }) => info.kind));
  return {
    adapters: rank(candidates, undefined).map((candidate) => report(candidate, chosen, wanted)),
    advice: backend.advice(kinds),
    problems,
    untested: backend.untested(kinds),
  };
}

function report(candidate: Candidate, chosen: Candidate | undefined, wanted: string | undefined): AdapterReport {
  const { adapter, info, driver } = candidate;
  const why = (): string => {
    if (candidate === chosen) return wanted === undefined ? 'the best that was found' : `asked for: ${wanted}`;
    if (rank([candidate], wanted).length === 0) return `not asked for: ${wanted}`;
    return `${chosen?.info.kind === info.kind ? 'another' : 'a better'} one was found: ${chosen?.info.name}`;
  };
  return {
    ...info,
    driver,
    features: [...adapter.features].sort(),
    limits: limitsOf(adapter.limits),
    subgroupMinSize: adapter.info.subgroupMinSize ?? 0,
    subgroupMaxSize: adapter.info.subgroupMaxSize ?? 0,
    chosen: candidate === chosen,
    why: why(),
  };
}

/**
 * Wraps a GPUDevice that somebody else opened, e.g. another engine's. Its methods are instrumented too, so the meter sees both.
 * `destroy()` of the wrapper frees only what was made through it and leaves the GPUDevice alive.
 */
export function fromDevice(gpu: GPUDevice, info: AdapterInfo = adapterInfo('', gpu.adapterInfo)): Device {
  return new Device(gpu, info, { owned: false });
}
