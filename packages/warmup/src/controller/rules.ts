import { InputError } from '@kindling/core';

/** How the controller chooses: by lot, or learning from the rewards. */
export const CONTROLLER_ARMS = ['uniform', 'exp3', 'policy'] as const;
export type ControllerArm = (typeof CONTROLLER_ARMS)[number];

/** EXP3's default share of uniform choice, where there are few blocks. */
const MOST_UNIFORM = 0.3;

/** Numbers that an arm learns by; every one has a default. */
export interface LearningOptions {
  /**
   * EXP3's γ, the share of uniform choice. Default: √(A·ln A / ((e − 1)·blocks)), Corollary 3.2 of Auer et al. with the most reward possible, but
   * at most .3: for fewer than some A·ln A blocks the corollary promises nothing, and at γ = 1 EXP3 would be uniform choice.
   */
  readonly gamma?: number | undefined;
  /** Share of uniform choice in the policy; .1. */
  readonly exploration?: number | undefined;
  /** REINFORCE's step on the policy's weights; 1. */
  readonly learningRate?: number | undefined;
  /** Share by which the baseline moves to each reward; .2. */
  readonly baselineRate?: number | undefined;
  /** Share of the rewards' running range by which each end moves inwards a block; .05. Rewards shrink as a model learns. */
  readonly forget?: number | undefined;
}

/** An arm with its numbers: what the kernel and its twin take. */
export interface ControllerRule {
  readonly arm: ControllerArm;
  /** EXP3: γ/A. Policy: the learning rate. */
  readonly rate: number;
  /** Share of uniform choice. */
  readonly mix: number;
  readonly baselineRate: number;
  readonly forget: number;
}

/**
 * The rule of an arm. EXP3: Auer, Cesa-Bianchi, Freund, Schapire, "The nonstochastic multiarmed bandit problem", 2002. Policy: REINFORCE with a baseline,
 * Williams, "Simple statistical gradient-following algorithms", 1992. Rewards from learning progress: Graves et al., "Automated curriculum learning", 2017.
 * @throws InputError for a number outside its range
 */
export function ruleOf(arm: ControllerArm, actions: number, blocks: number, options: LearningOptions = {}): ControllerRule {
  const best = Math.min(MOST_UNIFORM, Math.sqrt((actions * Math.log(actions)) / ((Math.E - 1) * Math.max(1, blocks))));
  const { gamma = best, exploration = 0.1, learningRate = 1, baselineRate = 0.2, forget = 0.05 } = options;
  const ranges = { gamma: [gamma, 1], exploration: [exploration, 1], learningRate: [learningRate, 100], baselineRate: [baselineRate, 1] };
  for (const [name, [value, most]] of Object.entries({ ...ranges, forget: [forget, 0.49] })) {
    if (value! >= 0 && value! <= most! && (value! > 0 || name !== 'gamma')) continue;
    throw new InputError({
      subject: `controller: ${name}`,
      got: String(value),
      expected: `a number from 0 to ${most}${name === 'gamma' ? ', above 0' : ''}`,
      next: 'leave it out for the default',
    });
  }
  const common = { arm, baselineRate, forget };
  if (arm === 'exp3') return { ...common, rate: gamma / actions, mix: gamma };
  return arm === 'policy' ? { ...common, rate: learningRate, mix: exploration } : { ...common, rate: 0, mix: 1 };
}
