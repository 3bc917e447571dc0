import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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

export interface FirstStep {
  /** Mesa's shader cache on disk is on and empty: a user's very first run. */
  readonly seconds: number;
  /** The cache is switched off. */
  readonly uncachedSeconds: number;
}

/** The same in new processes, with Mesa's cache empty and without it, or the reason why it failed. */
export async function firstStepInChild(name: EngineName, adapter: string | undefined): Promise<FirstStep | string> {
  const cache = mkdtempSync(join(tmpdir(), 'kindling-cold-'));
  try {
    const seconds = await inChild(name, adapter, { MESA_SHADER_CACHE_DIR: cache, MESA_SHADER_CACHE_DISABLE: 'false' });
    const uncachedSeconds = await inChild(name, adapter, { MESA_SHADER_CACHE_DISABLE: 'true' });
    return { seconds, uncachedSeconds };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    rmSync(cache, { recursive: true, force: true });
  }
}

async function inChild(name: EngineName, adapter: string | undefined, variables: Record<string, string>): Promise<number> {
  const main = fileURLToPath(new URL('./main.js', import.meta.url));
  const args = [main, 'first-step', '--engine', name, ...(adapter === undefined ? [] : ['--adapter', adapter])];
  const env = { ...process.env, ...variables };
  const { stdout } = await promisify(execFile)(process.execPath, args, { env, timeout: 180_000 });
  return JSON.parse(stdout.trim().split('\n').at(-1)!).firstStepSeconds as number;
}
