// Runs the Deno example in a process of its own, on an adapter that Kindling knows.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { deviceHost, driverEnv, firstOf, packageFolder } from '../../test/suite/host.mjs';

const examples = fileURLToPath(new URL('..', import.meta.url));

function binary() {
  const folder = packageFolder(`@deno/${process.platform}-${process.arch}${process.platform === 'linux' ? '-glibc' : ''}`);
  return firstOf([process.env.KINDLING_DENO, folder && join(folder, process.platform === 'win32' ? 'deno.exe' : 'deno')]);
}

const floats = (base64) => new Float32Array(new Uint8Array(Buffer.from(base64, 'base64')).buffer);

/**
 * @param kind of adapter: hardware, lavapipe or swiftshader
 * @param plugins of esbuild, which makes one module of the example and our packages for Deno
 * @returns {missing} with a remedy, or what `main` of plain/main.js returns
 */
export async function runDeno({ kind, plugins = [] }) {
  const deno = binary();
  if (!deno) return { missing: 'run npm install without --omit=optional (package deno), or name a binary in KINDLING_DENO' };
  const module = join(examples, 'dist/deno.mjs');
  const entryPoints = [join(examples, 'deno/main.js')];
  await build({
    entryPoints,
    outfile: module,
    bundle: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    loader: { '.wgsl': 'text' },
    plugins,
  });
  const env = { ...process.env, ...driverEnv(await deviceHost(), kind), DENO_NO_UPDATE_CHECK: '1', NO_COLOR: '1' };
  const args = ['run', '--unstable-webgpu', '--allow-read', '--allow-env', '--no-config', module];
  const { stdout } = await promisify(execFile)(deno, args, { env, maxBuffer: 2 ** 24, timeout: 120_000 });
  const { labels, images, features, adapter } = JSON.parse(stdout);
  return { adapter, labels, images: floats(images), features: floats(features) };
}
