// The suite on Deno's WebGPU (wgpu, whose WGSL compiler is naga), in a child process on one Vulkan adapter.
import { execFileSync, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { out, root } from './build.mjs';
import { crashed, driverEnv, firstOf, packageFolder, progress } from './host.mjs';

/** A file that says nothing for this long is given up. */
const PATIENCE_MS = 600_000;

function binary() {
  const libc = process.platform === 'linux' ? '-glibc' : '';
  const folder = packageFolder(`@deno/${process.platform}-${process.arch}${libc}`);
  return firstOf([process.env.KINDLING_DENO, folder && join(folder, process.platform === 'win32' ? 'deno.exe' : 'deno')]);
}

/**
 * @param kind of adapter: hardware, lavapipe or swiftshader.
 * @returns {missing} with a remedy, or {version, adapters, results}
 */
export async function runDeno({ files, kind, device }) {
  const deno = binary();
  if (!deno) return { missing: 'run npm install without --omit=optional (package deno), or name a binary in KINDLING_DENO' };
  const version = execFileSync(deno, ['--version'], { encoding: 'utf8' }).split('\n')[0];
  const env = { ...process.env, ...driverEnv(device, kind), DENO_NO_UPDATE_CHECK: '1', NO_COLOR: '1' };
  const results = [];
  let adapters;
  const errors = [];

  /** One process over the rest of the files; it ends early when it crashes or hangs. */
  const attempt = (rest) =>
    new Promise((resolve) => {
      const bundle = pathToFileURL(join(out, 'suite.js')).href;
      const args = ['run', '--unstable-webgpu', '--allow-all', '--no-config', join(root, 'test/suite/in-deno.mjs'), bundle, ...rest];
      const child = spawn(deno, args, { env, cwd: out, stdio: ['ignore', 'pipe', 'pipe'] });
      let current;
      let last = '';
      let timer;
      const patience = () => {
        clearTimeout(timer);
        timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
      };
      patience();
      child.stderr.on('data', (data) => {
        last = (last + data).slice(-2000);
      });
      const lines = createInterface({ input: child.stdout });
      lines.on('line', (line) => {
        patience();
        if (!line.startsWith('@@')) return process.stderr.write(`  deno: ${line}\n`);
        const message = JSON.parse(line.slice(2));
        adapters ??= message.adapters;
        current = message.starts ?? current;
        if (message.result) {
          results.push(message.result);
          progress(message.result);
          current = undefined;
        }
        return undefined;
      });
      const ended = Promise.all([
        new Promise((done) => child.on('close', (code, signal) => done(signal ?? code))),
        new Promise((done) => lines.on('close', done)),
      ]);
      ended.then(([code]) => {
        clearTimeout(timer);
        resolve({ code, current, last });
      });
    });

  for (let rest = files; rest.length > 0; ) {
    const { code, current, last } = await attempt(rest);
    if (code === 0) break;
    const why = `Deno ended with ${code}${last.trim() === '' ? '' : `: ${last.trim().split('\n').slice(-4).join(' | ')}`}`;
    if (!current) {
      errors.push(why);
      break;
    }
    results.push(crashed(current, why));
    progress(results.at(-1));
    rest = rest.slice(rest.indexOf(current) + 1);
  }
  return { version, adapters: adapters ?? [], results, errors };
}
