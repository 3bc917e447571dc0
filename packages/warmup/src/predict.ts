import { ForwardPass, type ParameterSet } from '@kindling/autograd';
import type { Device } from '@kindling/device';
import type { ModelSpec } from './models.js';

/** Softmax in f64, the largest logit subtracted first. */
function softmax(logits: ArrayLike<number>): number[] {
  const values = Array.from(logits);
  const most = Math.max(...values);
  const powers = values.map((value) => Math.exp(value - most));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / sum);
}

/**
 * Class probabilities of a few images, each [C, H, W] in 0 .. 1 as the model takes them; one row an image.
 * Compiles a pass for this number of images: for a whole data set use `Evaluator`.
 */
export async function predict(
  device: Device,
  model: ModelSpec,
  parameters: ParameterSet,
  images: readonly Float32Array[],
): Promise<number[][]> {
  if (images.length === 0) return [];
  const { channels, height, width } = model.input;
  const x = new Float32Array(images.length * channels * height * width);
  images.forEach((image, i) => {
    x.set(image, i * channels * height * width);
  });
  const { pass } = await ForwardPass.compile(device, {
    parameters,
    inputs: { x: { shape: [images.length, channels, height, width] } },
    model: model.forward,
  });
  device.write(pass.inputs.x!, x);
  pass.run();
  const classes = pass.output.shape[1]!;
  const logits = await device.readF32(pass.output.resource, 0, images.length * classes);
  pass.destroy();
  return images.map((_, i) => softmax(logits.subarray(i * classes, (i + 1) * classes)));
}
