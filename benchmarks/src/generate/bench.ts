import { InputError } from '@kindling/core';
import { families, pixelsOf } from '@kindling/datagen';
import { copyProbe, fillProbe, type Probe } from '@kindling/profile';
import { environment, versionOf } from '../environment.js';
import { Host } from '../host.js';
import type { CeilingEntry } from '../kernels/report.js';
import { openKindling } from '../peers/kindling.js';
import { pairedRatio, rotated, summarise } from '../statistics.js';
import { commonOf, missingOf } from '../suite/common.js';
import { entryOf as commonEntry, onePass } from '../suite/entry.js';
import { Reference } from '../suite/reference.js';
import { recipe as binary, problem, type Workload } from '../workload.js';
import { type Case, generationCases, sizeText } from './cases.js';
import { type Body, Contender, ratioOf } from './contender.js';
import { type Format, imageBuffers, openGeneration } from './kindling.js';
import { openDiskSource, openResidentSource } from './natural.js';
import { peerGenerators, peerVersion } from './peers.js';
import type { GenerateReport, GenerationEntry, SourceEntry } from './report.js';
import { TwinPool } from './twins.js';

export interface GenerateBenchOptions {
  readonly adapter?: string;
  /** Families, or `count uniform`; default all. */
  readonly families?: readonly string[];
  /** Sides of the images; default 28 and 64. */
  readonly sizes?: readonly number[];
  /** Images a dispatch; default 64, on GPUs 4096. The comparison with the training step always takes 64. */
  readonly batch?: number;
  /** Some of jax-js, tfjs; default both. */
  readonly peers?: readonly string[];
  /** Samples of everything, interleaved; default 7, without peers 15. */
  readonly rounds?: number;
  /** Seconds of one sample at least; default 0.05. */
  readonly sampleSeconds?: number;
  readonly notice?: (line: string) => void;
}

/** A recipe with all that renders it. */
interface Entrant {
  readonly item: Case;
  readonly generated: Readonly<Record<Format, Contender>>;
  readonly cpu: Contender;
  /** A batch of 64 at 28×28 in f32; the entrant's own where that is what it renders. */
  readonly forStep: Contender | undefined;
}

/** @throws InputError for a peer that does not exist, or sizes of the run that are not whole and positive */
function checkOptions({ peers = [], batch = 1, rounds = 1 }: GenerateBenchOptions): void {
  const refuse = (subject: string, got: string, expected: string): never => {
    throw new InputError({ subject, got, expected, next: 'see `kindling bench --help`' });
  };
  const unknown = peers.filter((name) => !Object.hasOwn(peerGenerators, name));
  if (unknown.length > 0) refuse('--peers', unknown.join(', '), `some of ${Object.keys(peerGenerators).join(', ')}, or none`);
  if (!Number.isInteger(batch) || batch < 1) refuse('--batch', String(batch), 'a whole number of images from 1');
  if (!Number.isInteger(rounds) || rounds < 1) refuse('--rounds', String(rounds), 'a whole number from 1');
}

const ofProbe = (probe: Probe): Body => ({ images: 0, run: (times) => probe.run(times), destroy: () => probe.destroy() });

async function openTraining(host: Host, workload: Workload): Promise<Body> {
  const trainer = await openKindling(host).start(workload);
  return { images: problem.batch, run: (times) => trainer.run(times), destroy: () => trainer.destroy() };
}

/** What every list of entries says. */
const common = (title: string, contender: Contender, software: boolean, engine = 'kindling') =>
  commonEntry({
    ...{ set: 'generate', name: title, engine, ...onePass(contender.ms, software ? contender.cpu : []), warmUp: contender.warmUp },
    ...{ repetitions: contender.timing.timesPerSample, work: { amount: contender.images, unit: 'image' }, problem: contender.problem },
  });

function entriesOf({ item, generated, cpu }: Entrant, fill: Contender, fillBytes: number, software: boolean): GenerationEntry[] {
  const { name, image } = item;
  const title = `${name} ${sizeText(image)}`;
  const made = (['f32', 'u8'] as const).map((format): GenerationEntry => {
    const contender = generated[format];
    const bytes = contender.images * pixelsOf(image) * (format === 'f32' ? 4 : 1);
    const { timing } = contender;
    // GB/s over the fill's GB/s of the same round.
    const ran = contender.ms.length > 0 && fill.ms.length > 0;
    return {
      ...common(`${title} ${format}`, contender, software),
      ...{ name, image, format, how: contender.how, batch: contender.images },
      ...timing,
      imagesPerSecond: contender.imagesPerSecond,
      gbPerSecond: timing.msMedian === null ? null : bytes / timing.msMedian / 1e6,
      shareOfFill: ran ? (pairedRatio(fill.ms, contender.ms) * bytes) / fillBytes : null,
    };
  });
  const twin: GenerationEntry = {
    ...common(title, cpu, true, 'cpu twins'),
    ...{ name, image, format: 'cpu', how: 'twin', batch: cpu.images, ...cpu.timing },
    ...{ imagesPerSecond: cpu.imagesPerSecond, gbPerSecond: null, shareOfFill: null },
  };
  return [...made, twin];
}

function ceilingOf({ name, work }: Probe, contender: Contender): GenerateReport['ceilings'][number] {
  const { median, min, max, n } = summarise(contender.ms.map((ms) => work / ms / 1e6));
  const entry: CeilingEntry = { name, unit: 'GB/s', median, min, max, n };
  return contender.problem === undefined ? entry : { ...entry, problem: contender.problem };
}

const withProblem = (contender: Contender) => ({
  ...contender.timing,
  ...(contender.problem === undefined ? {} : { problem: contender.problem }),
});

/**
 * Times every family's generation on one adapter beside the adapter's own fill and copy, the training step that eats a batch, the natural
 * sources, other engines' random batches and the CPU twins, all in turns.
 * @throws InputError for unknown names and sizes; DeviceError when the adapter cannot be had
 */
export async function benchGenerate(options: GenerateBenchOptions = {}): Promise<GenerateReport> {
  const began = performance.now();
  checkOptions(options);
  const { cases, skipped } = generationCases(options);
  const facts = environment();
  const notice = options.notice ?? (() => undefined);
  const seconds = options.sampleSeconds ?? 0.05;
  const host = await Host.open(options.adapter, notice);
  const batch = options.batch ?? (host.info.software ? problem.batch : 4096);
  const sizes = cases.map(({ image }) => Math.max(batch, problem.batch) * pixelsOf(image));
  const images = imageBuffers(host, Math.max(problem.batch * problem.side ** 2, ...sizes));
  const twins = new TwinPool();
  const all: Contender[] = [];
  const enter = async (name: string, open: () => Promise<Body>, least = seconds): Promise<Contender> => {
    const contender = await Contender.open(name, least, open);
    all.push(contender);
    return contender;
  };

  notice('warm-up: ceilings and the training step');
  const settle = (gpu: GPUDevice): Promise<void> => host.settle(gpu);
  const probes = [await fillProbe(host.device, { settle }), await copyProbe(host.device, { settle })];
  // What no generator of such a batch could beat: the launch counts here, as it does for a generator.
  const pictures = cases.filter(({ family }) => families[family].form === 'image');
  for (const bytes of new Set(pictures.map(({ image }) => 4 * batch * pixelsOf(image)))) {
    if (bytes % 16 === 0) probes.push(await fillProbe(host.device, { settle, bytes, name: `fill of one batch, ${bytes} bytes` }));
  }
  const ceilings: Contender[] = [];
  for (const probe of probes) ceilings.push(await enter(probe.name, async () => ofProbe(probe)));
  // Longer samples, side by side: a difference of a few percent is read off these two.
  const step = await enter('step', () => openTraining(host, 'step'), 6 * seconds);
  const stepWithBinary = await enter('step+binary', () => openTraining(host, 'step+binary'), 6 * seconds);
  // The binary batch as it is trained on, with a class as label: what every other source of a batch is compared with.
  const own = await enter('Kindling', () => openGeneration(host, images, binary, problem.batch, 'f32'));

  const entrants: Entrant[] = [];
  for (const item of cases) {
    const title = `${item.name} ${sizeText(item.image)}`;
    notice(`warm-up: ${title}`);
    const open = (size: number, format: Format) =>
      enter(`${title} ${format}`, () => openGeneration(host, images, item.input, size, format));
    const generated = { f32: await open(batch, 'f32'), u8: await open(batch, 'u8') };
    const cpu = await enter(`${title} on the CPU`, async () => twins.open(item.input));
    const eaten = item.image.height === problem.side && item.image.width === problem.side && item.image.channels === 1;
    const forStep = !eaten ? undefined : batch === problem.batch ? generated.f32 : await open(problem.batch, 'f32');
    entrants.push({ item, generated, cpu, forStep });
  }

  const versions: Record<string, string> = { kindling: versionOf('@kindling/device'), webgpu: versionOf('webgpu') };
  const sources: { contender: Contender; how: string }[] = [{ contender: own, how: 'family count, density half, class labels' }];
  const source = async (name: string, how: string, open: (host: Host) => Promise<Body>): Promise<void> => {
    notice(`warm-up: ${name}`);
    sources.push({ contender: await enter(name, () => open(host)), how });
  };
  await source('natural, resident', 'MNIST gathered and decoded on the device', openResidentSource);
  await source('natural, disk', 'MNIST read (the system may cache the file), decoded and uploaded', openDiskSource);
  await source('CPU twins', 'the same images through sample() on two workers, not uploaded', async () => twins.open(binary));
  for (const name of options.peers ?? Object.keys(peerGenerators)) {
    const peer = peerGenerators[name]!;
    await source(name, peer.how, peer.open);
    versions[peer.package] = peerVersion(name);
  }

  const reference = await Reference.open(host, seconds);
  const rounds = options.rounds ?? (options.peers?.length === 0 ? 15 : 7);
  for (let round = 0; round < rounds; round++) {
    notice(`round ${round + 1} of ${rounds}`);
    await reference.sample(round);
    for (const contender of rotated(all, round)) await contender.sample(round);
  }
  for (const body of [...all, images.x, images.packed]) body.destroy();
  await twins.destroy();

  const shareOf = (contender: Contender): number | null => ratioOf(contender, step);
  const costs = entrants.flatMap(({ item, forStep }) =>
    forStep ? [{ name: item.name, msMedian: forStep.timing.msMedian, shareOfStep: shareOf(forStep) }] : [],
  );
  const added = shareOf(stepWithBinary);
  const entries = entrants.flatMap((entrant) => entriesOf(entrant, ceilings[0]!, probes[0]!.work, host.info.software));
  return {
    ...commonOf({
      ...{ bench: 'generate', host, environment: facts, reference: await reference.finish(), versions, rounds, began },
      ...{ sampleSeconds: seconds, notes: skipped },
    }),
    batch,
    entries,
    comparisons: [],
    missing: missingOf(entries),
    skipped,
    ceilings: probes.map((probe, i) => ceilingOf(probe, ceilings[i]!)),
    step: withProblem(step),
    stepWithBinary: withProblem(stepWithBinary),
    addedShare: added === null ? null : added - 1,
    costs,
    sources: sources.map(({ contender, how }): SourceEntry => {
      const { name, imagesPerSecond } = contender;
      return { name, how, batch: contender.images, imagesPerSecond, ratio: ratioOf(contender, own), ...withProblem(contender) };
    }),
  };
}
