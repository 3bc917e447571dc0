import { InputError } from '@kindling/core';
import { environment, versionOf } from '../environment.js';
import { Host } from '../host.js';
import { requireTorch } from '../peers/torch.js';
import { median, rotated } from '../statistics.js';
import { messageOf } from '../suite/bench.js';
import { commonOf } from '../suite/common.js';
import type { BenchDocument } from '../suite/document.js';
import { entryOf } from '../suite/entry.js';
import { Reference } from '../suite/reference.js';
import { COMPARED, contestants, EVERY, type HeadlineRun, runApart } from './apart.js';
import { type Contestant, LEARNING_RATE } from './contestant.js';

export interface HeadlineOptions {
  readonly adapter?: string;
  /** Some of the peers' engines; default all. */
  readonly peers?: readonly string[];
  /** Runs of each contestant, each from other weights and in another order; default 3. */
  readonly seeds?: number;
  /** Share of the test images to classify right; default 0.9. */
  readonly accuracy?: number;
  /** Where a run gives up; default 1000. */
  readonly maxSteps?: number;
  /** After everyone's first run, none begins that would end later than this, if it takes as long as the longest of its kind; default none. */
  readonly budgetSeconds?: number;
  readonly notice?: (line: string) => void;
}

/** Of the loss of those that train on the same images. */
const TOLERANCE = 1e-3;

export interface HeadlineEntry {
  readonly engine: string;
  readonly source: string;
  readonly runs: readonly HeadlineRun[];
  readonly wrong: boolean;
  readonly problem?: string;
}

export interface HeadlineDocument extends BenchDocument {
  readonly headline: {
    readonly accuracy: number;
    readonly maxSteps: number;
    readonly evaluateEvery: number;
    readonly batch: number;
    readonly learningRate: number;
    readonly contestants: readonly HeadlineEntry[];
  };
}

const peerNames: readonly string[] = [...new Set(contestants.map(({ engine }) => engine))].filter((engine) => engine !== 'kindling');

/** What is wrong with the loss of a run that trains on the same images, in the same order, from the same weights as others. */
function disagreement(
  all: readonly { contestant: Contestant; runs: readonly HeadlineRun[] }[],
  contestant: Contestant,
): string | undefined {
  if (!contestant.natural) return undefined;
  for (const { seed, loss } of all.find((one) => one.contestant === contestant)!.runs) {
    const others = all
      .filter((one) => one.contestant.natural)
      .flatMap(({ runs }) => runs.filter((run) => run.seed === seed).map((run) => run.loss));
    const expected = median(others.filter(Number.isFinite));
    if (!(Math.abs(loss - expected) <= TOLERANCE * Math.max(1, expected)))
      return `loss ${loss} at step ${COMPARED} of seed ${seed}, while the median engine has ${expected}`;
  }
  return undefined;
}

/**
 * Trains the poster CNN to an accuracy on MNIST's 10,000 test images with Kindling, from disk, resident and generated data, and with other engines:
 * the same weights, the same images in the same order (but for the generated), the same Adam, the same evaluations.
 * @throws InputError for options that make no run, DeviceError when the adapter cannot be had
 */
export async function benchHeadline(options: HeadlineOptions = {}): Promise<HeadlineDocument> {
  const began = performance.now();
  const { adapter, seeds = 3, accuracy = 0.9, maxSteps = 1000, peers = peerNames, notice = () => undefined } = options;
  const { budgetSeconds = Number.POSITIVE_INFINITY } = options;
  const refuse = (subject: string, got: unknown, expected: string): never => {
    throw new InputError({ subject, got: String(got), expected, next: 'see `kindling bench --help`' });
  };
  const unknown = peers.filter((name) => !peerNames.includes(name));
  if (unknown.length > 0) refuse('--peers', unknown.join(', '), `some of ${peerNames.join(', ')}, or none`);
  if (!Number.isInteger(seeds) || seeds < 1) refuse('--rounds', seeds, 'a whole number of seeds from 1');
  if (!(accuracy > 0 && accuracy < 1)) refuse('--accuracy', accuracy, 'a share above 0 and below 1');
  if (!Number.isInteger(maxSteps) || maxSteps < EVERY) refuse('--steps', maxSteps, `a whole number from ${EVERY}`);
  if (!(budgetSeconds > 0)) refuse('--budget', budgetSeconds, 'seconds above 0');
  const facts = environment();
  const host = await Host.open(adapter, notice);
  const reference = await Reference.open(host);
  const wanted = contestants.filter(({ engine }) => engine === 'kindling' || peers.includes(engine));
  const all = wanted.map((contestant) => ({
    contestant,
    runs: [] as HeadlineRun[],
    problem: undefined as string | undefined,
    longest: 0,
    skipped: [] as number[],
  }));
  for (let seed = 1; seed <= seeds; seed++) {
    await reference.sample(seed - 1);
    for (const one of rotated(all, seed - 1)) {
      if (one.problem !== undefined) continue;
      const { engine, source } = one.contestant;
      const started = performance.now();
      if (seed > 1 && started - began + one.longest > 1000 * budgetSeconds) {
        one.skipped.push(seed);
        continue;
      }
      notice(`seed ${seed} of ${seeds}: ${engine}, ${source}`);
      try {
        one.runs.push(await runApart({ engine, source, seed, maxSteps, accuracy, adapter }));
      } catch (error) {
        one.problem = messageOf(error);
      }
      one.longest = Math.max(one.longest, performance.now() - started);
    }
  }
  const entries = all.map((one): HeadlineEntry => {
    const { contestant, runs } = one;
    const wrong = disagreement(all, contestant);
    const problem = one.problem ?? wrong;
    return {
      engine: contestant.engine,
      source: contestant.source,
      runs,
      wrong: wrong !== undefined,
      ...(problem === undefined ? {} : { problem }),
    };
  });
  const torch = entries.find(({ engine, runs }) => engine.startsWith('torch') && runs.length > 0);
  const versions = {
    ...{ kindling: versionOf('@kindling/device'), webgpu: versionOf('webgpu') },
    ...(peers.includes('jax-js-jit') ? { '@jax-js/jax': versionOf('@jax-js/jax') } : {}),
    ...(peers.includes('tfjs') ? { '@tensorflow/tfjs': versionOf('@tensorflow/tfjs') } : {}),
    ...(torch ? { torch: requireTorch('torch').said } : {}),
  };
  return {
    ...commonOf({
      bench: 'headline',
      host,
      environment: facts,
      reference: await reference.finish(),
      versions,
      rounds: seeds,
      sampleSeconds: 0.05,
      began,
    }),
    // A run that gave up has no time to an accuracy.
    entries: entries.map(({ engine, source, runs, wrong, problem }) => {
      const reached = runs.filter((run) => run.reached);
      return entryOf({
        ...{
          set: 'headline',
          name: `${Math.round(1000 * accuracy) / 10} % from ${source} data`,
          engine,
          warmUp: 0,
          repetitions: 1,
          wrong,
          problem,
        },
        samples: reached.map(({ total }) => 1000 * total),
        pass: reached.map(() => 0),
        round: reached.map(({ seed }) => seed - 1),
      });
    }),
    comparisons: [],
    missing: [
      ...entries
        .filter(({ runs }) => !runs.some(({ reached }) => reached))
        .map(({ engine, source, runs, problem }) => {
          const best = Math.max(0, ...runs.flatMap(({ curve }) => curve.map((point) => point.accuracy)));
          return { what: `${engine}, ${source}`, reason: problem ?? `not reached in ${maxSteps} steps; best ${(100 * best).toFixed(1)} %` };
        }),
      ...all
        .filter(({ skipped }) => skipped.length > 0)
        .map(({ contestant: { engine, source }, skipped, longest }) => ({
          what: `${engine}, ${source}: seed${skipped.length > 1 ? 's' : ''} ${skipped.join(', ')}`,
          reason: `a run takes ${Math.ceil(longest / 1000)} s, too long for --budget ${budgetSeconds}`,
        })),
    ],
    headline: { accuracy, maxSteps, evaluateEvery: EVERY, batch: 64, learningRate: LEARNING_RATE, contestants: entries },
  };
}
