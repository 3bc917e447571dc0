// The net that answers for a drawn digit: while training the one that trains, afterwards the one that was trained, on whichever device is open.
import { ParameterSet } from '@kindling/autograd';
import type { Device } from '@kindling/device';
import { type ModelSpec, predict } from '@kindling/warmup';
import type { Predict, Prediction } from '../protocol.js';
import { IMAGE } from '../recipe.js';

const PIXELS = IMAGE.channels * IMAGE.height * IMAGE.width;

/** Whether an image is one that a net takes. */
export const isImage = (pixels: unknown): pixels is Float32Array<ArrayBuffer> =>
  pixels instanceof Float32Array && pixels.length === PIXELS && pixels.every((value) => value >= 0 && value <= 1);

/** Class probabilities of an asked image. */
export async function answer(
  device: Device,
  model: ModelSpec,
  parameters: ParameterSet,
  { pixels, id }: Predict,
  stands: Pick<Prediction, 'model' | 'step'>,
): Promise<Prediction> {
  const [probabilities] = await predict(device, model, parameters, [pixels]);
  return { type: 'prediction', probabilities: probabilities!, ...stands, ...(id === undefined ? {} : { id }) };
}

/** Weights on the host, so that they outlive a device. */
export class Classifier {
  readonly model: ModelSpec;
  readonly stands: Pick<Prediction, 'model' | 'step'>;
  private readonly values: Readonly<Record<string, Float32Array>>;
  private placed: { readonly device: Device; readonly parameters: ParameterSet } | undefined;

  constructor(model: ModelSpec, values: Readonly<Record<string, Float32Array>>, stands: Pick<Prediction, 'model' | 'step'>) {
    this.model = model;
    this.values = values;
    this.stands = stands;
  }

  async answer(device: Device, asked: Predict): Promise<Prediction> {
    if (this.placed?.device !== device) {
      const parameters = new ParameterSet(device, this.model.parameters(10));
      for (const [name, values] of Object.entries(this.values)) parameters.set(name, values);
      this.placed = { device, parameters };
    }
    return answer(device, this.model, this.placed.parameters, asked, this.stands);
  }

  /** Frees what lies on a device; the weights stay. */
  release(): void {
    if (this.placed && !this.placed.device.isLost) this.placed.parameters.destroy();
    this.placed = undefined;
  }
}
