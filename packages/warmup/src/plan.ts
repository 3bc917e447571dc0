import type { Schedule } from '@kindling/autograd';
import type { RecipeInput } from '@kindling/datagen';
import type { Reach } from './augment/inputs.js';
import type { Selection } from './online/selected.js';

/** What one phase of a trial does. */
export interface PhasePlan {
  readonly steps: number;
  readonly schedule: Schedule;
  /** Steps that the schedule spans: the whole run for the published arm, which never finishes its cycle. */
  readonly scheduleSteps: number;
  /** Step of the schedule and of the optimizer at which the phase begins, where it continues an earlier one; 0 by default. */
  readonly firstStep?: number;
  /** Largest gradient norm; none by default. */
  readonly clip?: number;
}

/** Warm-up on a generated batch: the family's own head is swapped for the natural one afterwards, or kept where the labels are the natural classes. */
export interface FamilyWarmup extends PhasePlan {
  readonly kind: 'family';
  readonly generator: RecipeInput;
  /** The stream is pruned as it is made, by what the model makes of it. */
  readonly select?: Selection | undefined;
}

/** Warm-up on one image a class, moved by a sampler (Experiment 1). The head is the natural one. */
export interface AugmentWarmup extends PhasePlan {
  readonly kind: 'augment';
  readonly sampler: 'learned' | 'random' | 'guarded';
  readonly reach: Reach;
}

export type WarmupPlan = FamilyWarmup | AugmentWarmup;

/** A trial: an optional warm-up on generated data, then natural training. */
export interface TrialPlan {
  readonly warmup: WarmupPlan | null;
  readonly natural: PhasePlan;
  /** The natural phase keeps head, moments and schedule of the warm-up instead of starting with a fresh head and optimizer. */
  readonly continues: boolean;
  /** One line for the table: why this arm ends where it does. */
  readonly note: string;
}
