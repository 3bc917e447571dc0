import type { SiteOptions } from './callsite.js';
import type { Ceiling } from './ceiling.js';
import type { Difference } from './differences.js';
import { HOST_WORK } from './host.js';
import { builtInWork, type KernelFacts, kernelFacts, type WorkRules } from './kernel.js';
import { reportLedger } from './ledger-report.js';
import { isStep } from './mark.js';
import type { GpuSlice, Recording } from './recorder.js';
import { type KernelRow, type PhaseReport, type ProfileReport, type ProfilingCost, phaseName, type SumCheck } from './report.js';
import { placeOf, type Roof, roofOf } from './roof.js';
import type { Encoded } from './split-pass.js';
import { finite, groupBy, median, sum } from './statistics.js';

/** A phase without timestamps: the kernels of one step, and what they take by differences. */
export interface PhaseDifferences {
  readonly phase: string;
  readonly partOf: (encoded: Encoded) => string;
  readonly kernels: readonly Difference[];
  readonly stepNs: readonly number[];
}

export interface AnalyseOptions extends SiteOptions {
  readonly adapter: string;
  readonly software: boolean;
  readonly ceilings: readonly Ceiling[];
  readonly differences?: readonly PhaseDifferences[];
  /** More rules, by program name. */
  readonly rules?: WorkRules;
}

/** Fewest steps of a kind that remain when the first one, with its cold caches, is left out. */
const ENOUGH = 2;
/** Kernels and the step that they make up may differ by so much. */
const TOLERATED = 0.1;

interface Step {
  readonly step: number;
  readonly slices: readonly GpuSlice[];
  /** Nanoseconds from the first begin to the last end. */
  readonly span: number;
}

const spanOf = (slices: readonly GpuSlice[]): number =>
  Math.max(...slices.map(({ end }) => end)) - Math.min(...slices.map(({ begin }) => begin));

const warm = (steps: readonly Step[]): readonly Step[] => (steps.length > ENOUGH ? steps.slice(1) : steps);

/** Steps of a phase, or its evaluations: the submits that they were in. */
function stepsOf(slices: readonly GpuSlice[], whole: boolean): Step[] {
  const own = slices.filter(({ dispatch }) => (dispatch === null) === whole);
  const groups = groupBy(own, ({ mark, submit }) => (mark.step === undefined ? `submit ${submit}` : `step ${mark.step}`));
  return [...groups.values()].map((group) => ({ step: group[0]!.mark.step ?? group[0]!.submit, slices: group, span: spanOf(group) }));
}

function sumCheck(profiled: readonly Step[]): SumCheck | null {
  if (profiled.length === 0) return null;
  const kernels = profiled.map(({ slices }) => sum(slices.map(({ begin, end }) => end - begin)));
  const ratio = median(kernels.map((ns, i) => ns / profiled[i]!.span));
  if (!Number.isFinite(ratio)) return null;
  return {
    kernelsMs: median(kernels) / 1e6,
    stepMs: median(profiled.map(({ span }) => span)) / 1e6,
    ratio,
    within10Percent: Math.abs(ratio - 1) <= TOLERATED,
  };
}

/** Each profiled step against the plain ones beside it that do as much. @param dispatches of each step */
function costOf(
  profiled: readonly Step[],
  plain: readonly Step[],
  dispatches: ReadonlyMap<number | undefined, number>,
): ProfilingCost | null {
  const alike = (a: Step, b: Step): boolean => Math.abs(a.step - b.step) === 1 && dispatches.get(a.step) === dispatches.get(b.step);
  const ratios = profiled.flatMap((step) => {
    const beside = plain.filter((other) => alike(step, other) && other.span > 0);
    return beside.length > 0 ? [step.span / median(beside.map((other) => other.span))] : [];
  });
  if (ratios.length === 0) return null;
  const ms = (steps: readonly Step[]): number => median(steps.map(({ span }) => span)) / 1e6;
  return { profiledMs: ms(profiled), plainMs: ms(plain), ratio: median(ratios), pairs: ratios.length };
}

interface Sample {
  readonly facts: KernelFacts;
  readonly part: string;
  readonly step: number;
  readonly ns: number;
}

const partName = (part: string): string => (part === 'data' || part === 'train' ? part : 'evaluate');

/** Nanoseconds of a kernel's calls in a step: the median of the steps that have any, spread over all. One disturbed step changes nothing. */
function nsPerStep(samples: readonly Sample[], steps: number): number {
  const perStep = [...groupBy(samples, ({ step }) => String(step)).values()].map((group) => sum(group.map(({ ns }) => ns)));
  return (median(perStep) * perStep.length) / steps;
}

/** Rows of a phase from dispatches that were timed one by one. @param steps among which they are spread */
function rowsOf(phase: string, samples: readonly Sample[], steps: number, roof: Roof): KernelRow[] {
  const groups = [...groupBy(samples, ({ facts, part }) => [part, facts.name, facts.shape].join('\n')).values()];
  const total = sum(groups.map((group) => nsPerStep(group, steps)));
  return groups.map((group): KernelRow => {
    const ns = group.map((each) => each.ns);
    const { facts, part } = group[0]!;
    const middle = median(ns);
    const own = nsPerStep(group, steps);
    return {
      ...{ phase, part, ...facts, calls: group.length, callsPerStep: group.length / steps },
      ...{ usMedian: middle / 1e3, usMin: Math.min(...ns) / 1e3, usMax: Math.max(...ns) / 1e3 },
      ...{ msPerStep: own / 1e6, share: total > 0 ? own / total : null },
      ...placeOf(middle, facts.bytes, facts.flops, roof),
    };
  });
}

function differenceRows({ phase, partOf, kernels }: PhaseDifferences, roof: Roof, rules: WorkRules): KernelRow[] {
  const measured = kernels.map((kernel) => ({ ...kernel, facts: kernelFacts(kernel.encoded, rules), middle: median(kernel.ns) }));
  const total = sum(measured.map(({ middle, calls: times }) => (middle > 0 ? middle * times : 0)));
  return measured.map(({ encoded, facts, calls: times, middle, ns, problem }): KernelRow => {
    const known = Number.isFinite(middle);
    return {
      ...{ phase, part: partName(partOf(encoded)), ...facts, calls: ns.length, callsPerStep: times },
      ...{ usMedian: finite(middle / 1e3), usMin: known ? Math.min(...ns) / 1e3 : null, usMax: known ? Math.max(...ns) / 1e3 : null },
      ...{ msPerStep: finite((middle * times) / 1e6), share: known && total > 0 ? (Math.max(0, middle) * times) / total : null },
      ...placeOf(middle, facts.bytes, facts.flops, roof),
      ...(problem === undefined ? {} : { problem }),
    };
  });
}

/** The largest number that all timestamps are multiples of. */
export function timestampStep(slices: readonly GpuSlice[]): number {
  const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b));
  return slices.reduce((step, { begin, end }) => gcd(end - begin, gcd(begin, step)), 0);
}

function phaseReport(recording: Recording, phase: string, slices: readonly GpuSlice[], kernels: PhaseDifferences | undefined) {
  const profiledSteps = stepsOf(slices, false);
  // The first step of a block is cut in two by the trial's own clock: no whole step.
  const plainSteps = stepsOf(slices, true).filter((step) => step.slices.length === 1);
  const profiled = warm(profiledSteps);
  const plain = warm(plainSteps);
  const seen = new Map<number | undefined, number>();
  for (const { mark } of recording.dispatched) if (mark.phase === phase) seen.set(mark.step, (seen.get(mark.step) ?? 0) + 1);
  const intervals = recording.phases.filter((interval) => interval.phase === phase);
  const wall = sum(intervals.map(({ start, end, aside }) => end - start - aside));
  const host = Object.fromEntries(
    HOST_WORK.map((work) => [
      work,
      sum(recording.host.filter((span) => span.work === work && span.mark.phase === phase).map(({ start, end }) => end - start)),
    ]),
  ) as Record<(typeof HOST_WORK)[number], number>;
  const stepNs = kernels ? median(kernels.stepNs) : median(plain.map(({ span }) => span));
  const kernelNs = kernels ? sum(kernels.kernels.map(({ ns, calls }) => calls * median(ns))) : Number.NaN;
  const checked: SumCheck | null =
    kernels && Number.isFinite(kernelNs) && stepNs > 0
      ? {
          kernelsMs: kernelNs / 1e6,
          stepMs: stepNs / 1e6,
          ratio: kernelNs / stepNs,
          within10Percent: Math.abs(kernelNs / stepNs - 1) <= TOLERATED,
        }
      : sumCheck(profiled);
  const isEvaluation = phase === 'evaluation';
  const report: PhaseReport = {
    phase,
    steps: isEvaluation ? intervals.length : seen.size,
    profiled: profiled.length,
    plain: plain.length,
    leftOut: profiledSteps.length - profiled.length + plainSteps.length - plain.length,
    stepMs: finite(stepNs / 1e6),
    sum: checked,
    cost: costOf(profiled, plain, seen),
    wallSeconds: wall / 1000,
    host: { ...host, other: Math.max(0, wall - sum(Object.values(host))) },
  };
  return { report, profiled };
}

function warningsOf(
  phases: readonly PhaseReport[],
  report: { timing: string; missing: boolean; step: number | null },
  kernels: readonly KernelRow[],
): string[] {
  const warnings: string[] = [];
  if (report.timing === 'differences') {
    const why = report.missing ? 'This device has no timestamp-query' : 'Timestamps were not to be used';
    warnings.push(
      `${why}: kernels are timed by differences (many dispatches in one submit, less one), outside of the steps; short kernels drown in noise.`,
    );
  }
  if (report.step !== null && report.step >= 1000) {
    warnings.push(`Timestamps are multiples of ${report.step} ns: kernels shorter than ten times that are not to be trusted.`);
  }
  for (const { phase, sum: checked } of phases) {
    if (!checked || checked.within10Percent) continue;
    const percent = Math.round(100 * checked.ratio);
    const why =
      report.timing === 'timestamps'
        ? 'what lies between the passes is no kernel’s time'
        : 'repeated alone a kernel finds its data in caches, and has the machine to itself';
    warnings.push(`${phaseName(phase)}: the kernels add up to ${percent} % of the step that they make up, beyond 10 %: ${why}.`);
  }
  const lost = kernels.filter(({ problem }) => problem !== undefined);
  for (const { name, problem } of lost) warnings.push(`${name} has no time: ${problem}.`);
  return warnings;
}

/** Turns a recording into tables: kernels, phases, the host, and the ledger. */
export function analyse(recording: Recording, options: AnalyseOptions): ProfileReport {
  const roof = roofOf(options.ceilings);
  const rules = { ...builtInWork, ...options.rules };
  const known = new Map<Encoded, KernelFacts>();
  const factsOf = (encoded: Encoded): KernelFacts => {
    const facts = known.get(encoded) ?? kernelFacts(encoded, rules);
    known.set(encoded, facts);
    return facts;
  };
  const names = [...new Set(recording.dispatched.map(({ mark }) => mark.phase))];
  const phases: PhaseReport[] = [];
  const kernels: KernelRow[] = [];
  for (const phase of names) {
    const slices = recording.slices.filter(({ mark }) => mark.phase === phase);
    const differences = options.differences?.find((each) => each.phase === phase);
    const { report, profiled } = phaseReport(recording, phase, slices, differences);
    phases.push(report);
    const samples = profiled.flatMap((step) =>
      step.slices.map(
        ({ dispatch, mark, begin, end }): Sample => ({
          facts: factsOf(dispatch!),
          part: partName(mark.part),
          step: step.step,
          ns: end - begin,
        }),
      ),
    );
    const rows = differences ? differenceRows(differences, roof, rules) : rowsOf(phase, samples, Math.max(1, profiled.length), roof);
    kernels.push(...rows.sort((a, b) => (b.msPerStep ?? 0) - (a.msPerStep ?? 0)));
  }
  const ofSteps = new Set(recording.dispatched.filter(({ mark }) => isStep(mark)).map(({ mark }) => mark.phase));
  const steps = Object.fromEntries(phases.filter(({ phase }) => ofSteps.has(phase)).map((phase) => [phase.phase, phase.steps]));
  const timing = recording.timestamps ? 'timestamps' : 'differences';
  const step = recording.timestamps ? timestampStep(recording.slices) : null;
  return {
    schema: 'kindling-profile/1',
    ...{
      adapter: options.adapter,
      software: options.software,
      timing,
      timestampStepNs: step,
      ceilings: options.ceilings,
      roof,
      phases,
      kernels,
    },
    ledger: reportLedger(recording.ledger, steps, options),
    warnings: warningsOf(phases, { timing, missing: !recording.hasTimestamps, step }, kernels),
  };
}
