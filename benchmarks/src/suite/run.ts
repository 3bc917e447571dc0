import { loadavg } from 'node:os';
import { InputError } from '@kindling/core';
import { environment, versionOf } from '../environment.js';
import { Host } from '../host.js';
import { checkSets, type SetOptions } from '../sets/index.js';
import { comparisonsOf } from './comparisons.js';
import { type BenchDocument, joinPasses, type Missing, SCHEMA } from './document.js';
import { type SetName, setNames } from './entry.js';
import { measurePassApart, type PassAnswer } from './passes.js';
import { parseSlow, SLOW } from './slow.js';

export interface SuiteOptions extends SetOptions {
  /** Default all of `setNames`. */
  readonly sets?: readonly string[];
  readonly adapter?: string;
  /** Processes, one after another, each of which measures everything; default 4. */
  readonly passes?: number;
  /** Samples of everything a process; default 4. */
  readonly rounds?: number;
  /** Seconds of one sample at least; default 0.05. */
  readonly sampleSeconds?: number;
  /** No further pass begins, after the second, when it would end later than this; default 240. */
  readonly budgetSeconds?: number;
  readonly notice?: (line: string) => void;
}

const refuse = (subject: string, got: unknown, expected: string): never => {
  throw new InputError({ subject, got: String(got), expected, next: 'see `kindling bench --help`' });
};

/** @throws InputError for numbers of passes, rounds or seconds that make no run */
export function checkRun({ passes = 1, rounds = 1, sampleSeconds = 0.05, budgetSeconds = 1, models = [1] }: SuiteOptions): void {
  const whole = (value: number, most: number): boolean => Number.isInteger(value) && value >= 1 && value <= most;
  if (!whole(passes, 100)) refuse('--passes', passes, 'a whole number from 1 to 100');
  if (!whole(rounds, 1000)) refuse('--rounds', rounds, 'a whole number from 1 to 1000');
  if (!(sampleSeconds > 0 && sampleSeconds <= 60)) refuse('--sample-seconds', sampleSeconds, 'seconds above 0, at most 60');
  if (!(budgetSeconds > 0)) refuse('--budget', budgetSeconds, 'seconds above 0');
  if (models.length === 0 || !models.every((value) => whole(value, 4096))) {
    refuse('--models', models.join(',') || 'none', 'whole numbers of models from 1 to 4096, e.g. 1,8,32');
  }
}

/**
 * Measures sets of benchmarks on one adapter, Kindling alone, in several processes; each process warms everything up and samples it in turns.
 * @throws InputError for unknown sets or numbers that make no run, DeviceError when the adapter cannot be had
 */
export async function benchSuite(options: SuiteOptions = {}): Promise<BenchDocument> {
  const began = performance.now();
  const elapsed = (): number => (performance.now() - began) / 1000;
  checkRun(options);
  parseSlow(process.env[SLOW]);
  const sets: SetName[] = checkSets(options.sets ?? setNames);
  const { passes = 4, rounds = 4, sampleSeconds = 0.05, budgetSeconds = 240, adapter, families, task } = options;
  const models = options.models && [...new Set([1, ...options.models])].sort((a, b) => a - b);
  const notice = options.notice ?? (() => undefined);
  const facts = environment();
  const request = {
    ...{ sets, rounds, sampleSeconds, adapter },
    options: { ...(families ? { families } : {}), ...(models ? { models } : {}), ...(task === undefined ? {} : { task }) },
  };
  // Here first: an adapter that cannot be had is this command's error, not a child's.
  (await Host.open(adapter, notice)).device.destroy();
  const answers: PassAnswer[] = [];
  const notes: string[] = [];
  for (let pass = 0; pass < passes; pass++) {
    const started = elapsed();
    answers.push(await measurePassApart(request, (line) => notice(`pass ${pass + 1} of ${passes}: ${line}`)));
    const longest = elapsed() - started;
    if (pass >= 1 && pass + 1 < passes && elapsed() + longest > budgetSeconds) {
      notes.push(`${pass + 1} of ${passes} passes: another would have ended later than ${budgetSeconds} s`);
      break;
    }
  }
  const all = joinPasses(answers);
  const entries = all.filter(({ set }) => set !== 'reference');
  const missing: Missing[] = entries
    .filter(({ n }) => n === 0)
    .map(({ id, problem }) => ({ what: id, reason: problem ?? 'it gave no sample' }));
  const { adapter: info } = answers[0]!;
  return {
    ...{ schema: SCHEMA, bench: sets.length === setNames.length ? 'default' : sets.join('+'), sets },
    ...{ adapter: info.name, adapterInfo: info, environment: facts, load: facts.loadBefore[0]!, loadAfter: loadavg() },
    versions: { kindling: versionOf('@kindling/device'), webgpu: versionOf('webgpu'), node: process.version },
    ...{ entries, reference: all.filter(({ set }) => set === 'reference'), comparisons: comparisonsOf(entries), missing, notes },
    ...{ passes: answers.length, rounds, sampleSeconds, slowed: process.env[SLOW] || null },
    rssBytes: Math.max(...answers.map(({ rssBytes }) => rssBytes)),
    seconds: elapsed(),
  };
}
