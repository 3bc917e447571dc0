import { ratioWithin } from '../compare/ratio.js';
import { engineNames } from '../engine.js';
import { environment, versionOf } from '../environment.js';
import { Host } from '../host.js';
import { referenceBenches } from '../sets/ceiling.js';
import { benchStep } from '../step.js';
import type { StepEntry } from '../step-report.js';
import { runPass } from '../suite/bench.js';
import { commonOf, missingOf } from '../suite/common.js';
import { type BenchDocument, type Comparison, joinPasses } from '../suite/document.js';
import type { Entry } from '../suite/entry.js';
import { peerBenches } from './batches.js';
import { type OnnxExporter, type OnnxProvider, onnxForward } from './onnx.js';

export const onnxEngines = ['onnxruntime-web-wasm', 'onnxruntime-web-webgpu'] as const;

export interface PeersOptions {
  readonly adapter?: string;
  /** Some of the engines of `bench step`, and of `onnxEngines`; default all. */
  readonly peers?: readonly string[];
  /** Rounds of everything; default 7. */
  readonly rounds?: number;
  readonly blockSeconds?: number;
  readonly sampleSeconds?: number;
  /** Makes the ONNX file; without it onnxruntime-web is reported as missing. */
  readonly onnx?: OnnxExporter;
  readonly notice?: (line: string) => void;
}

/** The document of `bench peers`. */
export interface PeersDocument extends BenchDocument {
  /** Losses of the first steps by engine, each from the same weights and the same batch. */
  readonly losses: Readonly<Record<string, readonly number[]>>;
}

const later = (entries: readonly Entry[], rounds: number): Entry[] =>
  entries.map((entry) => ({ ...entry, round: entry.round.map((round) => round + rounds) }));

/** One entry of two parts of a run. */
const joined = (first: readonly Entry[], second: readonly Entry[]): Entry[] =>
  first.map((entry) => {
    const other = second.find(({ id }) => id === entry.id);
    if (!other) return entry;
    const add = <K extends 'samples' | 'cpu' | 'pass' | 'round'>(key: K) => ({ [key]: [...entry[key], ...other[key]] });
    return {
      ...entry,
      ...add('samples'),
      ...add('cpu'),
      ...add('pass'),
      ...add('round'),
      n: entry.n + other.n,
      warmUp: entry.warmUp + other.warmUp,
    };
  });

/** Every engine beside Kindling on the same task, round by round; engines with wrong results have no ratio. */
function comparisonsOf(entries: readonly Entry[]): Comparison[] {
  return entries.flatMap((entry) => {
    if (entry.engine === 'kindling') return [];
    const own = entries.find(({ set, name, engine }) => engine === 'kindling' && set === entry.set && name === entry.name);
    const one = ratioWithin(`${entry.name}, Kindling beside ${entry.engine}`, own, entry);
    return one ? [one] : [];
  });
}

/**
 * Every engine that can be had beside Kindling, in turns on one adapter: the training step with the same weights and with fresh batches, a random
 * binary batch, and a forward pass. Results are checked; a faster wrong one is marked and has no ratio.
 * @throws TypeError for an unknown engine, DeviceError or InputError when the adapter cannot be had
 */
export async function benchPeers(options: PeersOptions = {}): Promise<PeersDocument> {
  const began = performance.now();
  const { adapter, rounds = 7, sampleSeconds = 0.05, blockSeconds, peers, notice = () => undefined } = options;
  const known: readonly string[] = [...engineNames.slice(1), ...onnxEngines];
  const unknown = (peers ?? []).filter((name) => !known.includes(name));
  if (unknown.length > 0) throw new TypeError(`peers: got ${unknown.join(', ')}; expected some of ${known.join(', ')}`);
  const facts = environment();
  const shared = { ...(adapter === undefined ? {} : { adapter }), notice, rounds };
  const stepPeers = peers?.filter((name) => (engineNames as readonly string[]).includes(name));
  const step = await benchStep({
    ...{ ...shared, cold: false },
    ...(stepPeers ? { peers: stepPeers } : {}),
    ...(blockSeconds === undefined ? {} : { blockSeconds }),
  });
  const host = await Host.open(adapter, notice);
  const onnx = (['wasm', 'webgpu'] as const satisfies readonly OnnxProvider[])
    .filter((provider) => !peers || peers.includes(`onnxruntime-web-${provider}`))
    .map((provider) => onnxForward(provider, options.onnx));
  const results = await runPass(host, [...referenceBenches(), ...peerBenches(peers), ...onnx], { rounds, sampleSeconds, notice });
  const more = later(joinPasses([{ adapter: host.info, results, rssBytes: 0 }]), rounds);
  const plain = step.entries.map((entry): Entry => ({ ...entry, ...(entry.lastLoss ? { facts: { lastLoss: entry.lastLoss.loss } } : {}) }));
  const entries = [...plain, ...more.filter(({ set }) => set !== 'reference')];
  const versions = { ...step.versions, ...(onnx.length > 0 ? { 'onnxruntime-web': versionOf('onnxruntime-web') } : {}) };
  const reference = joined(
    step.reference,
    more.filter(({ set }) => set === 'reference'),
  );
  return {
    ...commonOf({ ...{ bench: 'peers', host, environment: facts, reference, versions, rounds, sampleSeconds, began } }),
    entries,
    comparisons: comparisonsOf(entries),
    missing: missingOf(entries),
    losses: Object.fromEntries(
      step.entries
        .filter(({ workload, losses }) => workload === 'step' && losses.length > 0)
        .map(({ engine, losses }: StepEntry) => [engine, losses]),
    ),
  };
}

/** A run of Kindling's own sets with the peers' beside it, as one document; an entry that both have is the first one's. */
export function joinDocuments(first: BenchDocument, second: PeersDocument): BenchDocument & Pick<PeersDocument, 'losses'> {
  const own = new Set(first.entries.map(({ id }) => id));
  const added = later(
    second.entries.filter(({ id }) => !own.has(id)),
    0,
  ).map((entry) => ({ ...entry, pass: entry.pass.map(() => first.passes) }));
  return {
    ...first,
    sets: [...first.sets, 'peers'],
    versions: { ...first.versions, ...second.versions },
    entries: [...first.entries, ...added],
    reference: joined(
      first.reference,
      second.reference.map((entry) => ({ ...entry, pass: entry.pass.map(() => first.passes) })),
    ),
    comparisons: [...first.comparisons, ...second.comparisons],
    missing: [...first.missing, ...second.missing],
    losses: second.losses,
    seconds: first.seconds + second.seconds,
  };
}
