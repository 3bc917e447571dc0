import { ForwardPass, type ParameterSet } from '@kindling/autograd';
import type { Split } from '@kindling/data';
import type { Device } from '@kindling/device';
import type { ModelSpec } from '../models.js';

/** How one model reads a half of a data set. */
export interface Reading {
  readonly accuracy: number;
  /** Mean softmax cross-entropy, in f64. */
  readonly testLoss: number;
  /** Images by true and predicted class: [true][predicted]. */
  readonly confusion: readonly (readonly number[])[];
  /** What was read wrong, in file order. */
  readonly misread: readonly Misread[];
}

export interface Misread {
  /** Of the image in its file. */
  readonly index: number;
  readonly label: number;
  readonly predicted: number;
  /** Softmax probability that the net gave to what it predicted. */
  readonly confidence: number;
}

/** Images a forward pass takes at once. */
const BATCH = 500;

/** Adds up one model's logits, batch by batch. */
class Tally {
  private readonly confusion: number[][];
  private readonly misread: Misread[] = [];
  private loss = 0;
  private correct = 0;
  private count = 0;

  constructor(private readonly classes: number) {
    this.confusion = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  }

  add(logits: Float32Array, label: number): void {
    let predicted = 0;
    for (let c = 1; c < this.classes; c++) if (logits[c]! > logits[predicted]!) predicted = c;
    const most = logits[predicted]!;
    const sum = logits.reduce((total, value) => total + Math.exp(value - most), 0);
    this.loss += most + Math.log(sum) - logits[label]!;
    this.confusion[label]![predicted]!++;
    if (predicted === label) this.correct++;
    else this.misread.push({ index: this.count, label, predicted, confidence: 1 / sum });
    this.count++;
  }

  result(): Reading {
    const { confusion, misread, count } = this;
    return { accuracy: this.correct / count, testLoss: this.loss / count, confusion, misread };
  }
}

/**
 * Reads every image of a half with every model of a parameter set. Each batch is uploaded once and shared by the models; logits come back and are
 * judged in f64 on the host.
 */
export async function readHalf(device: Device, model: ModelSpec, parameters: ParameterSet, half: Split): Promise<Reading[]> {
  const { channels, height, width } = model.input;
  const pixels = channels * height * width;
  const batch = Math.min(BATCH, half.count);
  const x = device.buffer('images to read', 4 * batch * pixels);
  const { pass } = await ForwardPass.compile(device, {
    parameters,
    inputs: { x: { shape: [batch, channels, height, width], from: { resource: x, modelStride: 0 } } },
    model: model.forward,
  });
  const { output } = pass;
  const classes = output.shape[1]!;
  const tallies = Array.from({ length: parameters.models }, () => new Tally(classes));
  const values = new Float32Array(batch * pixels);
  for (let first = 0; first < half.count; first += batch) {
    const count = Math.min(batch, half.count - first);
    for (let i = 0; i < count * pixels; i++) values[i] = half.images[first * pixels + i]! / 255;
    device.write(x, values);
    pass.run();
    const logits = await device.readF32(output.resource);
    tallies.forEach((tally, m) => {
      for (let i = 0; i < count; i++) {
        const at = m * output.modelStride + i * classes;
        tally.add(logits.subarray(at, at + classes), half.labels[first + i]!);
      }
    });
  }
  pass.destroy();
  x.destroy();
  return tallies.map((tally) => tally.result());
}
