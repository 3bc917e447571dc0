import type { Shape } from '@kindling/core';
import {
  type AdamProblem,
  adamProgram,
  BLOCK,
  blockTable,
  gradNormProgram,
  type LowerContext,
  type OptimizerProblem,
  sgdProgram,
} from '@kindling/kernels';
import type { Random } from '../random.js';
import type { KernelSpec, Settings } from '../spec.js';
import { bool, float, int, program, rank, same, tensor, whole, words } from './common.js';
import { adam, BENCHED, layout, MODELS, optimizerProblem, sgd, sizes, sizesOf, stepped, type Update } from './optimizer-step.js';

/** The engine's own description of the problem that tensors and attributes say. */
function problemOf({ tensors, attrs, models, traits }: LowerContext): OptimizerProblem {
  const shape = (name: string): Shape => tensors[name]?.shape ?? [];
  return {
    software: traits.software,
    models,
    blocks: shape('blocks')[0]!,
    parametersStride: shape('arena')[2] ?? 0,
    rows: Number(attrs.rows ?? 1),
    rowsStride: shape('loss')[1] ?? 0,
    steps: shape('schedule')[1] ?? 1,
    schedulePerModel: attrs.schedulePerModel === true,
    capacity: shape('history')[1] ?? 1,
    clip: attrs.clip ? Number(attrs.clip) : undefined,
    weightDecay: Number(attrs.weightDecay ?? 0),
  };
}
const table = tensor(
  '[blocks, 5]: for each block of 64 parameters the place of its gradient in grads, elements to the same gradient of the next model, parts, elements from part to part, and how many of the 64 are parameters',
  words,
);
const shared = {
  blocks: table,
  grads: tensor('[any]: gradients, as blocks says', whole),
  schedule: tensor('[models or 1, steps, 4]: what each step takes; the last row goes on', whole),
  squares: tensor('[models, groups]: what grad_norm left; read only where clip is not 0', whole),
  loss: tensor('[models, rows or more]: loss rows, of which rows count', whole),
  arena: tensor('[3, models, P]: weights, then both moments, each P elements a model, P a multiple of 64', { ...whole, changed: true }),
  history: tensor('[models, capacity, 4]: a ring of mean loss, gradient norm (−1 where nothing clips), learning rate, 0', {
    ...whole,
    changed: true,
  }),
  state: tensor('[2]: the step, which the last workgroup raises; a counter, 0 between dispatches', { ...words, changed: true }),
};
const attributes = {
  rows: int('loss rows a model'),
  schedulePerModel: bool('whether each model has a schedule of its own', false),
  clip: float('largest gradient norm; 0 for no clipping, and then parts are added here', 0),
  weightDecay: float('0 or more', 0),
};
const definitions = {
  blocks_count: 'blocks.shape[0]',
  groups: 'min(if(adapter.software, 32, 256), blocks_count)',
  parameters: 'arena.shape[2]',
  steps: 'schedule.shape[1]',
  capacity: 'history.shape[1]',
};
const params = {
  blocks: 'blocks_count',
  rows: 'attrs.rows',
  squares: 'groups',
  clip: 'attrs.clip',
  decay: 'attrs.weightDecay',
  p_model: 'parameters',
  loss_model: 'loss.shape[1]',
  schedule_model: 'if(attrs.schedulePerModel, steps, 0)',
  history_model: 'capacity',
  squares_model: 'groups',
};
const requires = [
  rank('blocks', 2, '[blocks, 5]'),
  rank('arena', 3, '[3, models, P]'),
  [
    'arena.shape[0] == 3 and arena.shape[1] == models and parameters == 64 * blocks_count',
    'arena: three times P = 64 · blocks elements a model',
  ],
  [
    'len(schedule.shape) == 3 and schedule.shape[0] == if(attrs.schedulePerModel, models, 1) and schedule.shape[2] == 4',
    'schedule: four numbers a step',
  ],
  ['attrs.clip == 0 or squares.shape == [models, groups]', 'squares: a partial sum of squares a workgroup, where something clips'],
  ['len(loss.shape) == 2 and loss.shape[0] == models and attrs.rows >= 1 and attrs.rows <= loss.shape[1]', 'loss: rows a model'],
  ['len(history.shape) == 3 and history.shape[0] == models and history.shape[2] == 4', 'history: four numbers a step'],
  same('state', '[2]', 'step and counter'),
  ['attrs.clip >= 0 and attrs.weightDecay >= 0', 'clip and weightDecay of 0 or more'],
] as const;

const update = (
  name: 'adam' | 'sgd',
  summary: string,
  own: Pick<KernelSpec, 'attributes'> & { params: Record<string, string>; rule: Update; draw: (r: Random) => Settings; bench: Settings },
): KernelSpec => ({
  name,
  kind: 'optimizer',
  summary,
  descriptor: program((context) => {
    const { attrs } = context;
    const problem = problemOf(context);
    const adamProblem: AdamProblem = {
      ...problem,
      beta2: Number(attrs.beta2),
      eps: Number(attrs.eps),
      decoupled: attrs.decoupled === true,
    };
    return [{ program: name === 'adam' ? adamProgram(adamProblem) : sgdProgram({ ...problem, nesterov: attrs.nesterov === true }) }];
  }),
  attributes: { ...attributes, ...own.attributes },
  inputs: shared,
  outputs: {},
  definitions,
  requires,
  variants: {
    fused: {
      passes: [
        {
          shader: `optimizer/${name}`,
          constants: {
            threads: name === 'adam' ? 'if(adapter.software, 16, 64)' : 'if(adapter.software, 32, 64)',
            clips: 'attrs.clip > 0',
          },
          params: { ...params, ...own.params },
          groups: 'groups',
        },
      ],
    },
  },
  choose: [['1', 'fused']],
  draw: (r) =>
    optimizerProblem({ schedulePerModel: r.bool(), clip: r.pick([0, 1]), weightDecay: r.pick([0, 0.1]), ...own.draw(r) }, MODELS),
  bench: [optimizerProblem(own.bench, 1, BENCHED)],
  truth: { kind: 'own', make: (problem, models, random) => stepped(own.rule, problem, models, random) },
});

export const optimizerOps: readonly KernelSpec[] = [
  update(
    'adam',
    'One step of Adam, or with decoupled of AdamW, for all parameters of all models, with the loss history and the step counter. schedule rows: lr, beta1, 1 − beta1^(t+1), 1 − beta2^(t+1).',
    {
      attributes: {
        beta2: float('decay of the second moment', 0.999),
        eps: float('added to the root', 1e-8),
        decoupled: bool('AdamW', false),
      },
      params: { beta2: 'attrs.beta2', fresh: '1 - attrs.beta2', eps: 'attrs.eps', decoupled: 'attrs.decoupled' },
      rule: adam,
      draw: (r) => ({ beta2: 0.999, eps: 1e-8, decoupled: r.bool() }),
      bench: { beta2: 0.999, eps: 1e-8 },
    },
  ),
  update(
    'sgd',
    'One step of SGD with momentum for all parameters of all models, in Adam’s place. schedule rows: lr, momentum, 0, 0; the first moment is the velocity, the second is left alone.',
    {
      attributes: { nesterov: bool("Nesterov's look ahead", false) },
      params: { nesterov: 'attrs.nesterov' },
      rule: sgd,
      draw: (r) => ({ nesterov: r.bool() }),
      bench: {},
    },
  ),
  {
    name: 'grad_norm',
    kind: 'optimizer',
    summary:
      'Before a step that clips: adds the parts of every gradient over its first part, and leaves a partial sum of squares a workgroup.',
    descriptor: program(
      (context) => [{ program: gradNormProgram(problemOf(context)) }],
      (shapes, _, traits) => ({
        squares: { shape: [1, Math.min(traits.software ? 32 : 256, shapes.blocks![0]!)] },
      }),
    ),
    attributes: {},
    inputs: { blocks: table, grads: tensor('[any]: gradients, as blocks says', { ...whole, changed: true }) },
    outputs: { squares: tensor('[models, groups]', { ...whole, shape: '[models, groups]' }) },
    definitions: { blocks_count: 'blocks.shape[0]', groups: definitions.groups },
    requires: [rank('blocks', 2, '[blocks, 5]'), rank('grads', 1, '[any]')],
    variants: {
      norm: { passes: [{ shader: 'optimizer/grad_norm', params: { blocks: 'blocks_count', squares_model: 'groups' }, groups: 'groups' }] },
    },
    choose: [['1', 'norm']],
    draw: () => {
      const { length, grads } = layout(MODELS, sizes);
      return { shapes: { blocks: [length / BLOCK, 5], grads: [grads] }, settings: {} };
    },
    bench: [{ shapes: { blocks: [Math.ceil(100_000 / BLOCK), 5], grads: [400_000] }, settings: {} }],
    truth: {
      kind: 'own',
      make: ({ shapes }, models, random) => {
        const { entries, grads: count, length } = layout(models, sizesOf(shapes));
        const grads = Float64Array.from({ length: count }, () => Math.fround(2 * random.unit() - 1));
        const after = grads.slice();
        const groups = length / BLOCK;
        const squares = new Float64Array(models * groups);
        for (let m = 0; m < models; m++)
          for (const { offset, size, gradOffset, gradStride, parts } of entries)
            for (let i = 0; i < size; i++) {
              const at = gradOffset + m * gradStride + i;
              for (let part = 1; part < parts; part++) after[at]! += grads[at + part * size]!;
              squares[m * groups + Math.floor((offset + i) / BLOCK)]! += after[at]! ** 2;
            }
        return { inputs: { blocks: Float64Array.from(blockTable(entries)), grads }, outputs: { grads: after, squares } };
      },
    },
  },
];
