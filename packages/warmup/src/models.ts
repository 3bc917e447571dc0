import { avgPool2d, conv2d, flatten, layer, linear, type Model, maxPool2d, type ParameterSpec, relu, type Tensor } from '@kindling/autograd';

/** A classifier body with an exchangeable head: everything an experiment needs to know about a model. */
export interface ModelSpec {
  readonly name: string;
  /** Input of one sample: C, H, W. */
  readonly input: { readonly channels: number; readonly height: number; readonly width: number };
  /** Parameters with a head of `outputs` units; the head's names start with `fc2.`. */
  parameters(outputs: number): Record<string, ParameterSpec>;
  /** x [N,C,H,W] → logits [N,outputs]. */
  readonly forward: Model;
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
 */
export function posterCnn(channels = 1, size = 28): ModelSpec {
  const flat = 16 * Math.floor(Math.floor(size / 2) / 2) ** 2;
  return {
    name: 'poster-cnn',
    input: { channels, height: size, width: size },
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
 */
export function adaptiveCnn(channels = 1, size = 28): ModelSpec {
  const flat = 8 * Math.floor((size - 4) / 2) ** 2;
  return {
    name: 'adaptive-cnn',
    input: { channels, height: size, width: size },
    parameters: (outputs) => named({ conv1: layer([4, channels, 3, 3], [4]), conv2: layer([8, 4, 3, 3], [8]), fc2: layer([outputs, flat], [outputs]) }),
    forward(p, { x }) {
      const block = (input: Tensor, name: string): Tensor => relu(conv2d(input, p[`${name}.weight`]!, p[`${name}.bias`]!));
      const features = flatten(avgPool2d(block(block(x!, 'conv1'), 'conv2'), 2));
      return linear(features, p['fc2.weight']!, p['fc2.bias']!);
    },
  };
}
