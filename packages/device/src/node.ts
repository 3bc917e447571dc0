import type { create as createType } from 'webgpu';
import { type AdapterKind, adapterInfo, type Backend, type Candidate, type Env, type Found, type Stage } from './adapter.js';
import { swiftShader } from './swiftshader.js';
import { installedDrivers, mapNpmLoader, mapSystemLoader, withDrivers } from './vulkan.js';

export { cacheRoots, requireOwn } from './swiftshader.js';

const linux = process.platform === 'linux';

/**
 * Every object that create() returned. When one is collected while a device of it lives, the process dies (SIGSEGV or
 * std::system_error, webgpu 0.6.2), so none is ever let go. They do not keep the process from ending.
 */
const instances: GPU[] = [];

const flags = [
  'enable-dawn-features=allow_unsafe_apis', // subgroup matrices
  'disable-dawn-features=timestamp_quantization', // else timestamps are multiples of 65,536 ns
  ...(linux ? ['backend=vulkan'] : []),
];

/** Loads Dawn only after a Vulkan loader is mapped, and at all only in a process that wants a device. */
async function loadCreate(): Promise<typeof createType> {
  const { create, globals } = await import('webgpu');
  for (const [name, value] of Object.entries(globals)) {
    if (!(name in globalThis)) Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  }
  return create;
}

function instance(create: typeof createType, adapter?: string): GPU {
  const gpu = create(adapter === undefined ? flags : [...flags, `adapter=${adapter}`]);
  instances.push(gpu);
  return gpu;
}

/**
 * A device of Dawn's null backend with all that it can pretend to have: it checks WGSL and every call, and runs nothing. For tests of kernels that
 * need what no adapter at hand has.
 * @throws Error where Dawn has no null backend
 */
export async function openNull(): Promise<GPUDevice> {
  const create = await loadCreate();
  const gpu = create(['backend=null', 'enable-dawn-features=allow_unsafe_apis']);
  instances.push(gpu);
  const adapter = await gpu.requestAdapter();
  if (!adapter) throw new Error('Dawn gives no adapter of its null backend');
  return adapter.requestDevice({ requiredFeatures: [...adapter.features] as GPUFeatureName[] });
}

/** Names of every adapter under the current environment: dawn.node lists them in the error for a name that fits none. */
async function adapterNames(create: typeof createType): Promise<string[]> {
  try {
    await instance(create, '\u0001').requestAdapter();
    return [];
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    return [...new Set([...text.matchAll(/name: '(.*)'$/gm)].map(([, name]) => name!))];
  }
}

async function enumerate(only?: RegExp): Promise<Candidate[]> {
  const create = await loadCreate();
  const candidates: Candidate[] = [];
  for (const name of (await adapterNames(create)).filter((found) => !only || only.test(found))) {
    const gpu = instance(create, name);
    const again = () => gpu.requestAdapter({ powerPreference: 'high-performance' });
    const adapter = await again();
    if (adapter) candidates.push({ info: adapterInfo(name, adapter.info), driver: adapter.info.description, adapter, again });
  }
  if (candidates.filter(({ info }) => info.kind === 'hardware').length > 1) {
    // Several GPUs: the one that Dawn itself calls the fast one goes first.
    const best = await instance(create).requestAdapter({ powerPreference: 'high-performance' });
    candidates.sort((a, b) => Number(b.adapter.info.device === best?.info.device) - Number(a.adapter.info.device === best?.info.device));
  }
  return candidates;
}

function bundled(env: Env): { icd: string; loader: string } | string {
  if (process.arch !== 'x64') return `The SwiftShader from npm is for x64, and this is ${process.arch}.`;
  try {
    return swiftShader(env);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

async function findSystem(env: Env): Promise<Found> {
  if (!linux) return { candidates: await enumerate(), problems: [] };
  const problems: string[] = [];
  if (!mapSystemLoader()) {
    // No libvulkan.so.1 here: the loader from npm reads the system's driver files as well.
    const files = bundled(env);
    if (typeof files === 'string' || !mapNpmLoader(files.loader)) {
      problems.push('No Vulkan loader (libvulkan.so.1) is installed.', ...(typeof files === 'string' ? [files] : []));
      return { candidates: [], problems };
    }
  }
  // Without a driver file there is nothing to find, and the loader would complain on stderr.
  if (!env.VK_DRIVER_FILES && !env.VK_ICD_FILENAMES && !env.VK_ADD_DRIVER_FILES && installedDrivers().length === 0) {
    return { candidates: [], problems };
  }
  const candidates = await withDrivers(env, () => enumerate());
  const lavapipe = installedDrivers().find((path) => /lvp_icd/.test(path));
  if (lavapipe && !env.VK_DRIVER_FILES && !env.VK_ICD_FILENAMES && !candidates.some(({ info }) => info.kind === 'lavapipe')) {
    problems.push(`lavapipe is installed (${lavapipe}) but Dawn refuses it: it needs Mesa 23.1 or newer.`);
  }
  return { candidates, problems };
}

async function findBundled(env: Env): Promise<Found> {
  const files = bundled(env);
  if (typeof files === 'string') return { candidates: [], problems: [files] };
  if (!mapSystemLoader() && !mapNpmLoader(files.loader)) {
    return { candidates: [], problems: [`The Vulkan loader ${files.loader} cannot be mapped (a libc other than glibc?).`] };
  }
  const drivers = { VK_DRIVER_FILES: files.icd, VK_ICD_FILENAMES: files.icd };
  const candidates = await withDrivers(drivers, () => enumerate(/swiftshader/i));
  return { candidates, problems: candidates.length > 0 ? [] : [`Dawn finds no adapter in ${files.icd}.`] };
}

const driverAdvice: Partial<Record<NodeJS.Platform, string>> = {
  linux: 'For a GPU install its Vulkan driver (NVIDIA: the proprietary driver; AMD and Intel: mesa-vulkan-drivers).',
  darwin: 'On macOS a Mac with Metal is enough: update macOS, and run outside of virtual machines without a GPU.',
  win32: 'On Windows install the GPU vendor’s driver (Direct3D 12).',
};

/** Adapters in Node, through Dawn (npm `webgpu`). On Linux also the SwiftShader of npm `@sparticuz/chromium`. */
export const nodeBackend: Backend = {
  stages: linux ? ['system', 'bundled'] : ['system'],
  find: (stage: Stage, env: Env) => (stage === 'system' ? findSystem(env) : findBundled(env)),
  advice(kinds: ReadonlySet<AdapterKind>): string[] {
    const advice: string[] = [];
    if (!kinds.has('hardware')) advice.push(driverAdvice[process.platform] ?? 'Install a GPU driver.');
    if (linux && !kinds.has('hardware') && !kinds.has('lavapipe')) {
      advice.push(
        'Without a GPU, lavapipe is about 5 times faster than SwiftShader: install mesa-vulkan-drivers 23.1 or newer and libvulkan1.',
      );
    }
    return advice;
  },
  untested(kinds: ReadonlySet<AdapterKind>): string[] {
    const untested: string[] = [];
    if (!linux) untested.push(`Kindling was never tried on ${process.platform}; Dawn chooses its native backend there.`);
    if (process.arch !== 'x64') untested.push(`Kindling was never tried on ${process.arch}.`);
    if (kinds.has('hardware')) untested.push('The choice between several GPUs was never tried.');
    return untested;
  },
};
