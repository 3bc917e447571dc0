import { existsSync, readdirSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import type { Env } from './adapter.js';

/** Keeps a library mapped after the failed registration below; not in Node's constants (Linux, both glibc and musl). */
const RTLD_NODELETE = 0x1000;

let loader: 'system' | 'npm' | undefined;

/**
 * Maps a shared library into this process and leaves it there, so that Dawn's own dlopen of the same soname finds it: no
 * LD_LIBRARY_PATH and no second process. Node expects an addon and throws, which is the expected way out.
 * @returns false when there is no such library.
 */
function mapLibrary(path: string): boolean {
  try {
    process.dlopen({ exports: {} }, path, constants.dlopen.RTLD_NOW | RTLD_NODELETE);
  } catch (error) {
    return error instanceof Error && error.message.startsWith('Module did not self-register');
  }
  return true;
}

/** Maps the system's Vulkan loader where one is installed. Once a loader is mapped it stays for the whole process. */
export function mapSystemLoader(): boolean {
  if (loader === undefined && mapLibrary('libvulkan.so.1')) loader = 'system';
  return loader !== undefined;
}

/** Maps the loader from npm unless one is mapped: it reads the same ICD files as the system's would. */
export function mapNpmLoader(path: string): boolean {
  if (loader === undefined && mapLibrary(path)) loader = 'npm';
  return loader !== undefined;
}

const driverVariables = ['VK_DRIVER_FILES', 'VK_ICD_FILENAMES'] as const;
let turn: Promise<unknown> = Promise.resolve();

/**
 * Runs `body` with the loader's variables set to `drivers` (a missing one is unset) and restores them after. Calls wait for each
 * other, as the environment is one for the process. Node writes `process.env` through to the C environment in the main thread only.
 */
export function withDrivers<T>(drivers: Env, body: () => Promise<T>): Promise<T> {
  const run = async (): Promise<T> => {
    const saved = driverVariables.map((name) => process.env[name]);
    const set = (name: string, value: string | undefined): void => {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    };
    for (const name of driverVariables) set(name, drivers[name]);
    try {
      return await body();
    } finally {
      driverVariables.forEach((name, index) => {
        set(name, saved[index]);
      });
    }
  };
  const result = turn.then(run, run);
  turn = result.catch(() => undefined);
  return result;
}

const icdFolders = ['/etc/vulkan/icd.d', '/usr/share/vulkan/icd.d', '/usr/local/share/vulkan/icd.d', '/usr/local/etc/vulkan/icd.d'];

/** Paths of the Vulkan driver manifests that the system has installed, whether or not their hardware is there. */
export function installedDrivers(): string[] {
  return icdFolders
    .filter((folder) => existsSync(folder))
    .flatMap((folder) =>
      readdirSync(folder)
        .filter((file) => file.endsWith('.json'))
        .map((file) => join(folder, file)),
    );
}
