// What the runners share: adapters as Node sees them, and a loop that survives a crash of what it drives.
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { out, root } from './build.mjs';

/** `listAdapters`, `installedDrivers` and `swiftShader` of @kindling/device, from its sources. */
export async function deviceHost() {
  const outfile = join(out, 'device-host.mjs');
  await build({
    stdin: {
      contents: ['open', 'vulkan', 'swiftshader'].map((file) => `export * from './packages/device/src/${file}.ts';`).join('\n'),
      resolveDir: root,
    },
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    external: ['webgpu', '@sparticuz/chromium'],
    alias: {
      '@kindling/device/node': join(root, 'packages/device/src/node.ts'),
      '@kindling/core': join(root, 'packages/core/src/index.ts'),
    },
    logLevel: 'warning',
  });
  return import(pathToFileURL(outfile).href);
}

/** The environment in which a child process finds one kind of Vulkan adapter; `hardware` leaves the machine's own. */
export function driverEnv({ installedDrivers, swiftShader }, kind) {
  if (kind === 'hardware') return {};
  if (kind === 'lavapipe') {
    const icd = process.env.VK_DRIVER_FILES ?? installedDrivers().find((path) => /lvp_icd/.test(path));
    return { VK_DRIVER_FILES: icd, VK_ICD_FILENAMES: icd };
  }
  const { icd, loader } = swiftShader(process.env);
  const libraries = [dirname(loader), process.env.LD_LIBRARY_PATH].filter(Boolean).join(':');
  return { VK_DRIVER_FILES: icd, VK_ICD_FILENAMES: icd, LD_LIBRARY_PATH: libraries };
}

/** The first of the paths that is there. */
export const firstOf = (paths) => paths.find((path) => path && existsSync(path));

/** Where an installed npm package lies, or undefined. */
export function packageFolder(name) {
  const folders = createRequire(join(root, 'test/package.json')).resolve.paths(name);
  return folders.map((folder) => join(folder, name)).find((folder) => existsSync(folder));
}

/** A result for a file whose run ended in a crash or took too long. */
export const crashed = (file, error) => ({
  file,
  passed: 0,
  failed: [{ name: `${file} (the whole file)`, error }],
  skipped: [],
  ms: 0,
  shares: [],
});

/** One line on stderr for each file. */
export function progress({ file, passed, failed, skipped, ms }) {
  const counts = `${passed} passed${failed.length > 0 ? `, ${failed.length} FAILED` : ''}${skipped.length > 0 ? `, ${skipped.length} skipped` : ''}`;
  process.stderr.write(`  ${file}: ${counts}, ${(ms / 1000).toFixed(1)} s\n`);
}
