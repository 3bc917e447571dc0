import {
  avgPool2d,
  conv2d,
  dropout,
  flatten,
  layer,
  linear,
  type Model,
  maxPool2d,
  type ParameterSpec,
  relu,
  type Tensor,
} from '@kindling/autograd';
import { InputError } from '@kindling/core';
import type { RunRecipe } from './recipe.js';
import { resnet18, resnetSmall } from './residual.js';

/** A classifier body with an exchangeable head: everything an experiment needs to know about a model. */
export interface ModelSpec {
  readonly name: string;
  /** Input of one sample: C, H, W. */
  readonly input: { readonly channels: number; readonly height: number; readonly width: number };
  /** Parameters with a head of `outputs` units. */
  parameters(outputs: number): Record<string, ParameterSpec>;
  /**
   * What the names of the head's parameters begin with, before the dot. A family's warm-up under a head of its own never hands these over. Without it
   * every parameter that has the same shape under both heads is handed over.
   */
  readonly head?: string;
  /** x [N,C,H,W] → logits [N,outputs]. */
  readonly forward: Model;
}

/** Size of one sample. */
export type ImageSize = ModelSpec['input'];

/** @throws InputError for images that a model's pools leave nothing of */
function requireSize(model: string, { channels, height, width }: ImageSize, least: number): void {
  if (height >= least && width >= least) return;
  throw new InputError({
    subject: model,
    got: `images of ${channels}×${height}×${width}`,
    expected: `at least ${least} rows and columns`,
    next: 'scale the images up, or bring a model of your own with --model',
  });
}

const named = (entries: Readonly<Record<string, { weight: ParameterSpec; bias: ParameterSpec }>>): Record<string, ParameterSpec> =>
  Object.fromEntries(
    Object.entries(entries).flatMap(([name, { weight, bias }]) => [
      [`${name}.weight`, weight],
      [`${name}.bias`, bias],
    ]),
  );

/**
 * The poster's CNN: conv 3×3 (C→8, pad 1), ReLU, max-pool 2, conv 3×3 (8→16, pad 1), ReLU, max-pool 2, linear to 64, ReLU, linear head.
 * 52,138 parameters on 1×28×28 with ten outputs. Parameter names and layouts are PyTorch's: conv1.weight [8,C,3,3] … fc2.bias.
 * Where a side is odd a pool leaves its last row or column out, as PyTorch's does.
 * @throws InputError for images of fewer than 4 rows or columns
 */
export function posterCnn(channels = 1, height = 28, width = height): ModelSpec {
  const input = { channels, height, width };
  requireSize('poster-cnn', input, 4);
  const flat = 16 * Math.floor(height / 4) * Math.floor(width / 4);
  return {
    name: 'poster-cnn',
    head: 'fc2',
    input,
    parameters: (outputs) =>
      named({
        conv1: layer([8, channels, 3, 3], [8]),
        conv2: layer([16, 8, 3, 3], [16]),
        fc1: layer([64, flat], [64]),
        fc2: layer([outputs, 64], [outputs]),
      }),
    forward(p, { x }) {
      const block = (input: Tensor, name: string): Tensor =>
        maxPool2d(relu(conv2d(input, p[`${name}.weight`]!, p[`${name}.bias`]!, { padding: 1 })), 2);
      const features = flatten(block(block(x!, 'conv1'), 'conv2'));
      const hidden = relu(linear(features, p['fc1.weight']!, p['fc1.bias']!));
      return linear(hidden, p['fc2.weight']!, p['fc2.bias']!);
    },
  };
}

/**
 * The smaller net of the adaptive-class experiment: conv 3×3 (C→4, no padding), ReLU, conv 3×3 (4→8, no padding), ReLU, average-pool 2, linear head.
 * 1,152 features and 11,866 parameters on 1×28×28 with ten outputs.
 * @throws InputError for images of fewer than 6 rows or columns
 */
export function adaptiveCnn(channels = 1, height = 28, width = height): ModelSpec {
  const input = { channels, height, width };
  requireSize('adaptive-cnn', input, 6);
  const flat = 8 * Math.floor((height - 4) / 2) * Math.floor((width - 4) / 2);
  return {
    name: 'adaptive-cnn',
    head: 'fc2',
    input,
    parameters: (outputs) =>
      named({ conv1: layer([4, channels, 3, 3], [4]), conv2: layer([8, 4, 3, 3], [8]), fc2: layer([outputs, flat], [outputs]) }),
    forward(p, { x }) {
      const block = (input: Tensor, name: string): Tensor => relu(conv2d(input, p[`${name}.weight`]!, p[`${name}.bias`]!));
      const features = flatten(avgPool2d(block(block(x!, 'conv1'), 'conv2'), 2));
      return linear(features, p['fc2.weight']!, p['fc2.bias']!);
    },
  };
}

/** Share of the features that `smallCnn` drops while it trains. */
const DROPPED = 0.3;

/**
 * A wider net of the poster's form: conv 3×3 (C→16, pad 1), ReLU, max-pool 2, conv 3×3 (16→32, pad 1), ReLU, max-pool 2, dropout .3, linear to 128,
 * ReLU, linear head. 206,922 parameters on 1×28×28 with ten outputs. It drops features only where the step has the inputs `state` and `seeds`.
 * @throws InputError for images of fewer than 4 rows or columns
 */
export function smallCnn(channels = 1, height = 28, width = height): ModelSpec {
  const input = { channels, height, width };
  requireSize('small-cnn', input, 4);
  const flat = 32 * Math.floor(height / 4) * Math.floor(width / 4);
  return {
    name: 'small-cnn',
    head: 'fc2',
    input,
    parameters: (outputs) =>
      named({
        conv1: layer([16, channels, 3, 3], [16]),
        conv2: layer([32, 16, 3, 3], [32]),
        fc1: layer([128, flat], [128]),
        fc2: layer([outputs, 128], [outputs]),
      }),
    forward(p, { x, state, seeds }) {
      const block = (input: Tensor, name: string): Tensor =>
        maxPool2d(relu(conv2d(input, p[`${name}.weight`]!, p[`${name}.bias`]!, { padding: 1 })), 2);
      const features = flatten(block(block(x!, 'conv1'), 'conv2'));
      const kept = state && seeds ? dropout(features, { p: DROPPED, state, seeds }) : features;
      const hidden = relu(linear(kept, p['fc1.weight']!, p['fc1.bias']!));
      return linear(hidden, p['fc2.weight']!, p['fc2.bias']!);
    },
  };
}

/** Models that a recipe may name without a module. */
export const builtInModels: Readonly<Record<string, (input: ImageSize) => ModelSpec>> = {
  'poster-cnn': ({ channels, height, width }) => posterCnn(channels, height, width),
  'small-cnn': ({ channels, height, width }) => smallCnn(channels, height, width),
  'resnet-small': resnetSmall,
  'resnet-18': resnet18,
};

/**
 * The model of a trial: the one that is brought, which must be the one that the recipe names, else the built-in one of that name.
 * @throws InputError when the recipe names another, or one that is not built in
 */
export function modelOf({ model: name }: Pick<RunRecipe, 'model'>, input: ImageSize, brought?: ModelSpec): ModelSpec {
  const expected = Object.keys(builtInModels).join(', ');
  if (!brought) {
    if (Object.hasOwn(builtInModels, name)) return builtInModels[name]!(input);
    const next = 'name the module that makes it with --model';
    throw new InputError({ subject: 'recipe.model', got: `${name}, and no module`, expected: `${expected}, or a module of yours`, next });
  }
  const sizes = ({ channels, height, width }: ImageSize): string => `${channels}×${height}×${width}`;
  if (brought.name === name && sizes(brought.input) === sizes(input)) return brought;
  throw new InputError({
    subject: 'recipe.model',
    got: `${name} on images of ${sizes(input)}, and the model ${brought.name} for ${sizes(brought.input)}`,
    expected: 'one name and one size',
    next: 'make the model for the data’s images, and name it in the recipe',
  });
}
