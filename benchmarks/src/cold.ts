import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type EngineName, openEngine } from './engine.js';
import { Host } from './host.js';

/** Seconds from a model's set-up to the end of its first step; adapter, device and modules are ready before. */
export async function firstStep(name: EngineName, adapter: string | undefined): Promise<number> {
  const host = await Host.open(adapter, () => undefined);
  const engine = await openEngine(name, host);
  const start = performance.now();
  const trainer = await engine.start('step');
  await trainer.run(1);
  const seconds = (performance.now() - start) / 1000;
  engine.destroy();
  return seconds;
}

/** The same in a new process without Mesa's shader cache on disk, or the reason why it failed. */
export async function firstStepInChild(name: EngineName, adapter: string | undefined): Promise<number | string> {
  const main = fileURLToPath(new URL('./main.js', import.meta.url));
  const args = [main, 'first-step', '--engine', name, ...(adapter === undefined ? [] : ['--adapter', adapter])];
  try {
    const env = { ...process.env, MESA_SHADER_CACHE_DISABLE: 'true' };
    const { stdout } = await promisify(execFile)(process.execPath, args, { env, timeout: 180_000 });
    return JSON.parse(stdout.trim().split('\n').at(-1)!).firstStepSeconds as number;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
