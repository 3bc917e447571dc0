import { constant, oneCycle, type Schedule } from '@kindling/autograd';
import { InputError } from '@kindling/core';
import type { RecipeInput } from '@kindling/datagen';

export const EXPERIMENTS = ['count', 'augment', 'adaptive'] as const;
export type Experiment = (typeof EXPERIMENTS)[number];

/** Learning rate of the poster's experiments, and the peak of its OneCycle. */
const LEARNING_RATE = 3e-4;

/** What one phase of a trial does. */
export interface PhasePlan {
  readonly steps: number;
  readonly schedule: Schedule;
  /** Steps that the schedule spans: the whole run for the published arm, which never finishes its cycle. */
  readonly scheduleSteps: number;
}

/** A trial: an optional warm-up on generated data, then natural training. */
export interface TrialPlan {
  readonly warmup: (PhasePlan & { readonly generator: RecipeInput }) | null;
  readonly natural: PhasePlan;
  /** One line for the table: why this arm ends where it does. */
  readonly note: string;
}

interface ArmSpec {
  readonly generator: RecipeInput | null;
  readonly perPhase: boolean;
  readonly note: string;
}

/** Arms of Experiment 2; the label scale is what the controls change. */
const countArms: Readonly<Record<string, ArmSpec>> = {
  published: {
    generator: { family: 'count' },
    perPhase: false,
    note: 'labels are raw counts around 392: the regression loss dwarfs everything and spoils the features',
  },
  standardised: {
    generator: { family: 'count', label: { kind: 'standardised' } },
    perPhase: false,
    note: 'the same images, label (count − 392)/14',
  },
  density: {
    generator: { family: 'count', params: { density: 'uniform' }, label: { kind: 'standardised' } },
    perPhase: false,
    note: 'each image has its own density, label standardised',
  },
  'per-phase': { generator: { family: 'count' }, perPhase: true, note: 'raw counts, a OneCycle of its own for each phase' },
  skip: { generator: null, perPhase: false, note: 'no warm-up: only the same natural steps' },
};

/** Arms that an experiment has, for help texts and errors. */
export const armsOf = (experiment: Experiment): readonly string[] => (experiment === 'count' ? Object.keys(countArms) : []);

/**
 * What a trial of the given arm does: ⌊p·steps⌋ warm-up steps, the rest natural. At p = 0 every arm is the same plain training.
 * In Experiment 2 the warm-up runs under a OneCycle over all steps, and the natural phase at a constant 3e-4, because the notebook's
 * scheduler no longer drives the fresh optimizer.
 * @throws InputError for an experiment that is not built yet or an arm that does not apply
 */
export function planTrial(recipe: { experiment: Experiment; arm: string; p: number; steps: number }): TrialPlan {
  const { experiment, arm, p, steps } = recipe;
  if (experiment !== 'count') {
    throw new InputError({
      subject: '--experiment',
      got: `${experiment}, which is planned and not built yet`,
      expected: 'count',
      next: 'run --experiment count; the CHANGELOG says when the others arrive',
    });
  }
  const spec = countArms[arm];
  if (!spec) {
    throw new InputError({
      subject: '--arm',
      got: arm,
      expected: `an arm of ${experiment}: ${armsOf(experiment).join(', ')}`,
      next: 'choose one of these',
    });
  }
  const warmupSteps = Math.floor(p * steps + 1e-9);
  const naturalSteps = steps - warmupSteps;
  const whole = (total: number): Pick<PhasePlan, 'schedule' | 'scheduleSteps'> => ({
    schedule: oneCycle({ maxLr: LEARNING_RATE, totalSteps: total }),
    scheduleSteps: total,
  });
  const plain = { schedule: constant(LEARNING_RATE), scheduleSteps: 1 };
  return {
    warmup:
      spec.generator && warmupSteps > 0
        ? { steps: warmupSteps, ...whole(spec.perPhase ? warmupSteps : steps), generator: spec.generator }
        : null,
    natural: {
      steps: naturalSteps,
      ...(spec.perPhase && naturalSteps > 0 ? whole(naturalSteps) : { ...plain, scheduleSteps: Math.max(1, naturalSteps) }),
    },
    note: warmupSteps === 0 ? 'plain training on natural data: the baseline' : spec.note,
  };
}
