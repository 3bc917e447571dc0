// The Vulkan driver where containers put it: beside the standard folders, or as libraries without a manifest.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where the loader looks by itself. */
const standard = ['/etc/vulkan/icd.d', '/usr/share/vulkan/icd.d', '/usr/local/share/vulkan/icd.d', '/usr/local/etc/vulkan/icd.d'];
const elsewhere = ['/usr/local/nvidia/share/vulkan/icd.d', '/usr/local/nvidia/etc/vulkan/icd.d'];
const libraryFolders = ['/usr/lib/x86_64-linux-gnu', '/usr/lib64', '/usr/local/nvidia/lib64'];

const nvidiaIn = (folder) =>
  existsSync(folder)
    ? readdirSync(folder)
        .filter((file) => /nvidia.*\.json$/.test(file))
        .map((file) => join(folder, file))
    : [];

/** NVIDIA's Vulkan driver is one of these two; the second needs no X libraries. */
const nvidiaLibraries = ['libGLX_nvidia.so.0', 'libEGL_nvidia.so.0'];

function libraries(env, folders) {
  let text = '';
  try {
    text = execFileSync('ldconfig', ['-p'], { encoding: 'utf8', env, stdio: ['ignore', 'pipe', 'ignore'] });
  } catch {
    // No ldconfig: the folders below.
  }
  return nvidiaLibraries.filter((name) => text.includes(`${name} `) || folders.some((folder) => existsSync(join(folder, name))));
}

/**
 * Variables that lead the Vulkan loader to a GPU's driver, and what was found, in words.
 * @param folder where a manifest may be written when the driver has none; @param places stand in for the system's
 */
export function findDriver(env, folder, places = { standard, elsewhere, libraryFolders }) {
  if (env.VK_DRIVER_FILES || env.VK_ICD_FILENAMES)
    return { variables: {}, found: `as set: ${env.VK_DRIVER_FILES ?? env.VK_ICD_FILENAMES}` };
  const usual = places.standard.flatMap(nvidiaIn);
  if (usual.length > 0) return { variables: {}, found: usual.join(', ') };
  const [manifest] = places.elsewhere.flatMap(nvidiaIn);
  if (manifest) return { variables: { VK_DRIVER_FILES: manifest }, found: manifest };
  const [library] = libraries(env, places.libraryFolders);
  if (!library) return { variables: {}, found: 'no NVIDIA driver; the Vulkan loader looks in its usual folders' };
  mkdirSync(folder, { recursive: true });
  const path = join(folder, 'nvidia_icd.json');
  writeFileSync(path, JSON.stringify({ file_format_version: '1.0.0', ICD: { library_path: library, api_version: '1.3.0' } }));
  return { variables: { VK_DRIVER_FILES: path }, found: `${library}, which has no manifest: one was written` };
}

/** What nvidia-smi says of the cards, or nothing. */
export function cards(env) {
  const fields = [
    'name',
    'driver_version',
    'memory.total',
    'clocks.max.sm',
    'clocks.max.memory',
    'power.limit',
    'mig.mode.current',
    'utilization.gpu',
  ];
  try {
    const text = execFileSync('nvidia-smi', [`--query-gpu=${fields.join(',')}`, '--format=csv,noheader'], {
      encoding: 'utf8',
      env,
      timeout: 20_000,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return text
      .trim()
      .split('\n')
      .map((line) => Object.fromEntries(line.split(', ').map((value, i) => [fields[i], value])));
  } catch {
    return [];
  }
}
