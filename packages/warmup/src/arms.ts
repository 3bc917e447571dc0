import { constant, oneCycle, type Schedule } from '@kindling/autograd';
import { InputError } from '@kindling/core';
import { families, type RecipeInput } from '@kindling/datagen';
import type { Reach } from './augment/inputs.js';
import type { Selection } from './online/selected.js';
import type { PhasePlan, TrialPlan, WarmupPlan } from './plan.js';

/** Experiments that take a proportion p of warm-up; `family:<id>` is any family of the generator. */
export const EXPERIMENTS = ['count', 'augment'] as const;

/** Learning rate of the poster's experiments, and the peak of its OneCycle. */
const LEARNING_RATE = 3e-4;

/** Largest gradient norm in Experiment 1, both phases. */
const AUGMENT_CLIP = 1;

/** How far Experiment 1 moves an image: the poster's values, and those of one of the notebooks. */
const REACH = { poster: { shift: 6, angle: 20 }, notebook: { shift: 3, angle: 15 } } as const;

interface ArmSpec {
  /** How the warm-up's batches are made; null for no warm-up. */
  readonly generate: { readonly generator: RecipeInput } | { readonly sampler: 'learned' | 'random' | 'guarded' } | null;
  /** A schedule of its own for each phase. */
  readonly perPhase?: boolean;
  /** Family experiments: the natural phase goes on with the same head, moments and schedule. */
  readonly kept?: boolean;
  readonly note: string;
}
type Arms = Readonly<Record<string, ArmSpec>>;

/** Arms of Experiment 2; the label scale is what the controls change. */
const countArms: Arms = {
  published: {
    generate: { generator: { family: 'count' } },
    note: 'labels are raw counts (around 392 at 28×28): the regression loss dwarfs everything and spoils the features',
  },
  standardised: {
    generate: { generator: { family: 'count', label: { kind: 'standardised' } } },
    note: 'the same images, label standardised: (count − 392)/14 at 28×28',
  },
  density: {
    generate: { generator: { family: 'count', params: { density: 'uniform' }, label: { kind: 'standardised' } } },
    note: 'each image has its own density, label standardised',
  },
  'per-phase': { generate: { generator: { family: 'count' } }, perPhase: true, note: 'raw counts, a OneCycle of its own for each phase' },
  skip: { generate: null, note: 'no warm-up: only the same natural steps' },
};

/** Arms of Experiment 1. */
const augmentArms: Arms = {
  published: { generate: { sampler: 'learned' }, note: 'ten images, moved by a sampler that is trained against the classifier' },
  random: { generate: { sampler: 'random' }, note: 'ten images, moved at random: no sampler' },
  guarded: {
    generate: { sampler: 'guarded' },
    note: 'as published, and a teacher must still recognise the image: 200 steps of its own before, beyond the trial’s steps',
  },
  'per-phase': {
    generate: { sampler: 'learned' },
    perPhase: true,
    note: 'as published, a OneCycle of its own for each phase, one optimizer',
  },
  skip: { generate: null, note: 'no warm-up: the schedule advanced past its steps, then the same natural steps' },
};

/** Arms of a family as warm-up task. */
const familyArms = (generator: RecipeInput): Arms => ({
  published: { generate: { generator }, note: 'schedules as in Experiment 2, the head swapped after the warm-up' },
  'per-phase': { generate: { generator }, perPhase: true, note: 'a OneCycle of its own for each phase, the head swapped' },
  kept: { generate: { generator }, kept: true, note: 'labels are the natural classes: head, optimizer and one OneCycle go on' },
  skip: { generate: null, note: 'no warm-up: only the same natural steps' },
});

/** What an arm depends on. */
export interface ArmRequest {
  readonly experiment: string;
  readonly arm: string;
  readonly p: number;
  readonly steps: number;
  readonly preset?: 'poster' | 'notebook' | undefined;
  /** Recipe of a `family:<id>` experiment: fields other than the family's defaults. */
  readonly generator?: Readonly<Record<string, unknown>> | undefined;
  /** Of `family:<id>`: how the generated stream is pruned. */
  readonly select?: Selection | undefined;
}

/** The family of `family:<id>`, or undefined. @throws InputError for a family that there is not */
function familyOfExperiment(experiment: string): string | undefined {
  if (!experiment.startsWith('family:')) return undefined;
  const id = experiment.slice('family:'.length);
  if (Object.hasOwn(families, id) || id === 'mixture') return id;
  throw new InputError({
    subject: '--experiment',
    got: experiment,
    expected: `family:<id> with one of ${Object.keys(families).join(', ')}, mixture`,
    next: 'see `kindling datagen list`',
  });
}

function armTable({ experiment, generator }: Pick<ArmRequest, 'experiment' | 'generator'>): Arms {
  if (experiment === 'count') return countArms;
  if (experiment === 'augment') return augmentArms;
  const family = familyOfExperiment(experiment);
  if (family) return familyArms({ ...generator, family } as RecipeInput);
  throw new InputError({
    subject: '--experiment',
    got: experiment,
    expected: `${EXPERIMENTS.join(', ')} or family:<id>`,
    next: experiment === 'adaptive' ? 'run `kindling sweep --experiment adaptive`: it takes epochs, no p' : 'choose one of these',
  });
}

/** Arms that an experiment has, for help texts and errors. @throws InputError for an experiment that there is not */
export const armsOf = (experiment: string): readonly string[] => Object.keys(armTable({ experiment }));

/** ⌊p·steps⌋; the intended step must not be lost to 0.29·100 = 28.999…. */
const warmupStepsOf = (p: number, steps: number): number => Math.floor(p * steps + 1e-9);

/** A OneCycle over `total` steps, entered at `first`. */
const cycle = (total: number, first = 0): Pick<PhasePlan, 'schedule' | 'scheduleSteps' | 'firstStep'> => ({
  schedule: oneCycle({ maxLr: LEARNING_RATE, totalSteps: total }),
  scheduleSteps: total,
  ...(first > 0 ? { firstStep: first } : {}),
});

/** A OneCycle over `total` steps from its step `first` on, for an optimizer that starts there. */
const tail = (total: number, first: number): Pick<PhasePlan, 'schedule' | 'scheduleSteps'> => {
  const whole = oneCycle({ maxLr: LEARNING_RATE, totalSteps: total });
  const schedule: Schedule = (step) => whole(step + first);
  return { schedule, scheduleSteps: Math.max(1, total - first) };
};

/**
 * A OneCycle of its own over the steps after `first`, for an optimizer that goes on: its moments stay, and Adam's bias correction counts its steps
 * from the warm-up's beginning, as PyTorch's does when only the scheduler is replaced.
 */
const second = (total: number, first: number): Pick<PhasePlan, 'schedule' | 'scheduleSteps' | 'firstStep'> => {
  const own = oneCycle({ maxLr: LEARNING_RATE, totalSteps: Math.max(1, total - first) });
  const schedule: Schedule = (step) => own(Math.max(0, step - first));
  return { schedule, scheduleSteps: total, firstStep: first };
};

/**
 * What a trial of the given arm does: ⌊p·steps⌋ warm-up steps, the rest natural. At p = 0 every arm of an experiment is the same plain training.
 * Experiment 2 and families: the warm-up runs under a OneCycle over all steps, the natural phase at a constant 3e-4 with a fresh head, because
 * the notebook's scheduler no longer drives the fresh optimizer. Experiment 1 (and arm `kept`): one head, one optimizer and one OneCycle for both phases.
 * @throws InputError for an experiment that there is not or an arm that does not apply
 */
export function planTrial(request: ArmRequest): TrialPlan {
  const { experiment, arm, p, steps, preset = 'poster', select } = request;
  const table = armTable(request);
  const spec = Object.hasOwn(table, arm) ? table[arm] : undefined;
  if (!spec) {
    throw new InputError({
      subject: '--arm',
      got: arm,
      expected: `an arm of ${experiment}: ${Object.keys(table).join(', ')}`,
      next: 'choose one of these',
    });
  }
  if (select && !experiment.startsWith('family:')) {
    throw new InputError({
      subject: 'select',
      got: `experiment ${experiment}`,
      expected: 'an experiment family:<id> whose labels are classes',
      next: 'leave select away, or warm up on a family',
    });
  }
  const warmupSteps = warmupStepsOf(p, steps);
  const naturalSteps = steps - warmupSteps;
  const one = experiment === 'augment' || spec.kept === true;
  const clip = experiment === 'augment' ? { clip: AUGMENT_CLIP } : {};
  const continues = one && spec.generate !== null && warmupSteps > 0;
  const common = { steps: warmupSteps, ...cycle(spec.perPhase ? Math.max(1, warmupSteps) : steps), ...clip };
  let warmup: WarmupPlan | null = null;
  if (spec.generate && warmupSteps > 0) {
    warmup =
      'generator' in spec.generate
        ? { kind: 'family', ...common, generator: spec.generate.generator, ...(select ? { select } : {}) }
        : { kind: 'augment', ...common, sampler: spec.generate.sampler, reach: reachOf(preset, warmupSteps) };
  }
  return {
    warmup,
    natural: { steps: naturalSteps, ...clip, ...naturalSchedule(spec, one, continues, steps, warmupSteps) },
    continues,
    note: warmupSteps === 0 ? 'plain training on natural data: the baseline' : spec.note,
  };
}

/** The ramp is the first quarter of the warm-up. */
const reachOf = (preset: 'poster' | 'notebook', warmupSteps: number): Reach => ({
  ...REACH[preset],
  rampSteps: Math.max(1, Math.floor(warmupSteps / 4)),
});

function naturalSchedule(spec: ArmSpec, one: boolean, continues: boolean, steps: number, warmupSteps: number) {
  const naturalSteps = Math.max(1, steps - warmupSteps);
  if (spec.perPhase && warmupSteps > 0) return continues ? second(steps, warmupSteps) : cycle(naturalSteps);
  if (continues) return cycle(steps, warmupSteps);
  // Without a warm-up there is nothing to go on from: the optimizer is fresh, its schedule stands where the warm-up would have left it.
  if (one) return tail(steps, warmupSteps);
  // As many rows as steps: Adam's bias correction stands in them too.
  return { schedule: constant(LEARNING_RATE), scheduleSteps: naturalSteps };
}
