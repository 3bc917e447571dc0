import { defineProgram, InputError, type Program } from '@kindling/core';
import controller from '@kindling/shaders/experiments/controller';
import heldOutState from '@kindling/shaders/experiments/held_out_state';
import distributions from '@kindling/shaders/random/distributions';
import threefry from '@kindling/shaders/random/threefry';
import { CONTROLLER_ARMS, type ControllerRule } from './rules.js';

/** Features beside the classes' accuracies: loss, gradient norm, phase, 1. */
export const OTHER_FEATURES = 4;
/** The held-out loss counts up to so many times ln(classes), the loss of a model that knows nothing. */
const LOSS_LIMIT = 4;
/** Added to 1 − accuracy where an action weighs the classes, as in the adaptive-class experiment. */
const WEIGHT_FLOOR = 0.1;
/** Scalars at the start of a model's memory, and of a row of the log. */
const MEMORY_HEAD = 8;
const LOG_HEAD = 3;
const MAX_CLASSES = 256;

export interface HeldOutStateProblem {
  readonly models: number;
  readonly classes: number;
  /** Held-out images. */
  readonly total: number;
  /** Rows of a model's history. */
  readonly capacity: number;
  /** Last steps whose gradient norm counts. */
  readonly window: number;
  /** Steps of the whole warm-up. */
  readonly steps: number;
}

/**
 * The dispatch that turns an evaluation into the controller's observation. Bindings: `rows` f32 [M,total,2], `labels` u8 [total] packed, `history`
 * f32 [M,capacity,4], `state` u32, `observation` f32 [M, classes + 4].
 * @throws InputError for more than 256 classes
 */
export function heldOutStateProgram({ models, classes, total, capacity, window, steps }: HeldOutStateProblem): Program {
  if (classes > MAX_CLASSES) {
    throw new InputError({
      subject: 'controller',
      got: `${classes} classes`,
      expected: `at most ${MAX_CLASSES}, which labels of one byte can name`,
      next: 'use a data set of fewer classes',
    });
  }
  return defineProgram({
    name: 'experiments/held_out_state',
    source: { path: 'experiments/held_out_state.wgsl', text: heldOutState },
    params: { classes, total, capacity, window, steps, loss_unit: Math.log(classes), limit: LOSS_LIMIT },
    workgroups: [1, 1, models],
  });
}

export interface ControllerProblem {
  readonly models: number;
  readonly classes: number;
  /** A, at most 256. */
  readonly actions: number;
  /** Parts of the mixture. */
  readonly parts: number;
  /** Decisions that the log holds. */
  readonly blocks: number;
  readonly rule: ControllerRule;
}

/** f32 words of one model's memory, zeros at first. */
export const memoryWords = ({ actions, classes, rule }: ControllerProblem): number => {
  const features = classes + OTHER_FEATURES;
  return MEMORY_HEAD + 2 * actions + features + (rule.arm === 'policy' ? actions * features : actions);
};

/** f32 words of a row of the log; a model has blocks + 1 of them. */
export const logWords = ({ actions, classes }: Pick<ControllerProblem, 'actions' | 'classes'>): number =>
  LOG_HEAD + classes + OTHER_FEATURES + actions;

/** How much an accuracy counts among the features: all classes together as much as one feature. */
export const accuracyScale = (classes: number): number => Math.sqrt(1 / classes);

/**
 * The dispatch that learns from the last action and draws the next. Bindings: `observation`, `seeds` [M], `actions` f32 [A,3], `memory` f32
 * [M,memoryWords], `log` f32 [M,blocks + 1,logWords], and the generator's control: `family_weights` [M,parts], `difficulty` [M], `class_weights` [M,classes].
 */
export function controllerProgram(problem: ControllerProblem): Program {
  const { models, classes, actions, parts, blocks, rule } = problem;
  return defineProgram({
    name: 'experiments/controller',
    source: { path: 'experiments/controller.wgsl', text: controller },
    libraries: [
      { path: 'random/threefry.wgsl', text: threefry },
      { path: 'random/distributions.wgsl', text: distributions },
    ],
    params: {
      actions,
      features: classes + OTHER_FEATURES,
      classes,
      parts,
      blocks,
      rule: CONTROLLER_ARMS.indexOf(rule.arm),
      memory_model: memoryWords(problem),
      rate: rule.rate,
      mix: rule.mix,
      baseline_rate: rule.baselineRate,
      forget: rule.forget,
      loss_unit: Math.log(classes),
      accuracy_scale: accuracyScale(classes),
      floor: WEIGHT_FLOOR,
    },
    workgroups: [1, 1, models],
  });
}

/** What the controller saw of a model on the held-out images. */
export interface HeldOutState {
  readonly accuracy: readonly number[];
  /** Mean cross-entropy, at most 4·ln(classes). */
  readonly loss: number;
  /** Mean over the block before; 0 at first, null where it is no number. */
  readonly gradientNorm: number | null;
  /** Share of the warm-up done. */
  readonly phase: number;
}

/** One decision: what was seen, what was chosen and what came of it. */
export interface ControllerDecision extends HeldOutState {
  readonly action: number;
  readonly probabilities: readonly number[];
  /** How far the held-out loss fell over the block. */
  readonly reward: number;
  /** The reward within its running range, 0 to 1. */
  readonly scaledReward: number;
}

/** The log of one model: its decisions, and what it was in the end. */
export function decodeLog(
  log: Float32Array,
  problem: ControllerProblem,
  model: number,
): { decisions: ControllerDecision[]; end: HeldOutState } {
  const { classes, blocks } = problem;
  const width = logWords(problem);
  const rows = Array.from({ length: blocks + 1 }, (_, block) => {
    const at = (model * (blocks + 1) + block) * width;
    return log.subarray(at, at + width);
  });
  const stateOf = (row: Float32Array): HeldOutState => {
    const [loss, norm, phase] = row.subarray(LOG_HEAD + classes) as unknown as [number, number, number];
    const gradientNorm = norm < 1 ? norm / (1 - norm) : null;
    return { accuracy: [...row.subarray(LOG_HEAD, LOG_HEAD + classes)], loss: loss * Math.log(classes), gradientNorm, phase };
  };
  const decisions = rows.slice(0, blocks).map((row): ControllerDecision => {
    const probabilities = [...row.subarray(LOG_HEAD + classes + OTHER_FEATURES)];
    return { ...stateOf(row), action: row[0]!, probabilities, reward: row[1]!, scaledReward: row[2]! };
  });
  return { decisions, end: stateOf(rows[blocks]!) };
}
