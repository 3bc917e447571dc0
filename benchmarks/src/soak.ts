import { Host } from './host.js';
import { openKindling } from './peers/kindling.js';

export interface SoakReport {
  readonly adapter: string;
  readonly steps: number;
  readonly seconds: number;
  readonly msPerStep: number;
  /** Resident memory after so many steps; the first line is after the warm-up. */
  readonly memory: { steps: number; rssBytes: number; heapBytes: number }[];
  /** Last over first resident memory. */
  readonly growth: number;
  readonly lastLoss: number;
}

export interface SoakOptions {
  readonly adapter?: string;
  readonly steps?: number;
  readonly notice?: (line: string) => void;
}

/** Runs Kindling's step with a fresh binary batch for `steps` steps in blocks of 25 and watches the process's memory. */
export async function soakStep({ adapter, steps = 20_000, notice = () => undefined }: SoakOptions = {}): Promise<SoakReport> {
  const host = await Host.open(adapter, notice);
  const trainer = await openKindling(host).start('step+binary');
  const memory: SoakReport['memory'] = [];
  const look = (done: number): void => {
    const { rss, heapUsed } = process.memoryUsage();
    memory.push({ steps: done, rssBytes: rss, heapBytes: heapUsed });
    notice(`${done} steps: ${(rss / 2 ** 20).toFixed(0)} MiB resident`);
  };
  await trainer.run(25);
  const start = performance.now();
  look(25);
  let done = 25;
  for (const target of Array.from({ length: 20 }, (_, i) => Math.round(((i + 1) * steps) / 20))) {
    for (; done < target; done += Math.min(25, target - done)) await trainer.run(Math.min(25, target - done));
    look(done);
  }
  const seconds = (performance.now() - start) / 1000;
  const lastLoss = await trainer.loss();
  const growth = memory.at(-1)!.rssBytes / memory[0]!.rssBytes;
  return { adapter: host.info.name, steps, seconds, msPerStep: (1000 * seconds) / (steps - 25), memory, growth, lastLoss };
}
