import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { AdapterInfo } from '@kindling/device';
import { Host } from '../host.js';
import { referenceBenches } from '../sets/ceiling.js';
import { benchesOfSets, type SetOptions } from '../sets/index.js';
import { type PassResult, runPass } from './bench.js';
import type { SetName } from './entry.js';

/** What one process measures. */
export interface PassRequest {
  readonly sets: readonly SetName[];
  readonly options: SetOptions;
  readonly adapter?: string | undefined;
  readonly rounds: number;
  readonly sampleSeconds: number;
}

export interface PassAnswer {
  readonly adapter: AdapterInfo;
  readonly results: readonly PassResult[];
  readonly rssBytes: number;
}

/** Opens the adapter and measures the sets, the reference among them. @throws DeviceError or InputError when the adapter cannot be had */
export async function measurePass(request: PassRequest, notice: (line: string) => void): Promise<PassAnswer> {
  const { sets, options, adapter, rounds, sampleSeconds } = request;
  const host = await Host.open(adapter, notice);
  const benches = [...referenceBenches(), ...benchesOfSets(sets, options, host.info.software)];
  const results = await runPass(host, benches, { rounds, sampleSeconds, notice });
  const answer = { adapter: host.info, results, rssBytes: process.memoryUsage().rss };
  host.device.destroy();
  return answer;
}

const main = fileURLToPath(new URL('./main.js', import.meta.url));

/**
 * The same in a process of its own: memory, compiled code and the driver's threads fall out differently each time, and an interval that never saw
 * that is too narrow. Where the program that would run it is not at hand (a bundle), it runs here.
 * @throws Error with the child's last words
 */
export async function measurePassApart(request: PassRequest, notice: (line: string) => void): Promise<PassAnswer> {
  if (!existsSync(main)) return measurePass(request, notice);
  const child = spawn(process.execPath, [main, 'pass'], { stdio: ['pipe', 'pipe', 'pipe'] });
  child.stdin.end(JSON.stringify(request));
  let last = '';
  const complaints: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => {
    last = line;
  });
  createInterface({ input: child.stderr }).on('line', (line) => {
    if (line.startsWith('bench: ')) notice(line.slice('bench: '.length));
    else complaints.push(line);
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  if (code === 0) return JSON.parse(last) as PassAnswer;
  throw new Error(`a pass ended with ${code}: ${complaints.at(-1) ?? 'without a word'}`);
}
