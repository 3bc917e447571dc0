import { InputError } from '@kindling/core';
import { loadMnist } from '@kindling/data/node';
import { predict as probabilitiesOf } from '@kindling/warmup';
import { readGreyPng, resize } from '../image.js';
import { loadModel } from '../model-file.js';
import { readModelFile, readRecord } from '../run-folder.js';
import { openAnnounced } from '../session.js';
import { print, printJson, say } from '../terminal.js';

export interface PredictOptions {
  readonly data?: string;
  readonly adapter?: string;
  readonly json?: boolean;
}

/** An image as it was named, its pixels in 0 .. 1, and its label where it is known. */
interface Input {
  readonly name: string;
  readonly pixels: (width: number, height: number) => Float32Array;
  readonly label?: number;
}

/** Test image `index` of the data. @throws InputError for an index that is not there. */
function testImage(name: string, data: Awaited<ReturnType<typeof loadMnist>>): Input {
  const text = name.slice('mnist:'.length);
  const index = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  const { test, channels, height, width } = data;
  if (!(index < test.count)) {
    const next = `name one, e.g. mnist:${test.count - 1}`;
    throw new InputError({ subject: name, got: `index ${text || '(none)'}`, expected: `a test image from 0 to ${test.count - 1}`, next });
  }
  const size = channels * height * width;
  const pixels = Float32Array.from(test.images.subarray(index * size, (index + 1) * size), (value) => value / 255);
  return { name, label: test.labels[index]!, pixels: (w, h) => resize({ width, height, pixels }, w, h) };
}

function pngImage(name: string): Input {
  const image = readGreyPng(name);
  const mean = image.pixels.reduce((sum, value) => sum + value, 0) / image.pixels.length;
  if (mean > 0.5) say(`kindling: ${name} is mostly bright; the model expects a white digit on black, so invert it if it is ink on paper`);
  return { name, pixels: (width, height) => resize(image, width, height) };
}

/** Classifies PNG images and images of the test set with a run's model. */
export async function predict(folder: string, names: readonly string[], options: PredictOptions): Promise<number> {
  readModelFile(folder);
  const { header } = readRecord(folder);
  const natural = names.some((name) => name.startsWith('mnist:'))
    ? await loadMnist({ folder: options.data ?? header.data?.folder ?? undefined })
    : undefined;
  const inputs = names.map((name) => (natural && name.startsWith('mnist:') ? testImage(name, natural) : pngImage(name)));
  const { device, name: adapter } = await openAnnounced(options.adapter);
  const { model, parameters } = loadModel(device, folder);
  const { height, width } = model.input;
  const rows = await probabilitiesOf(
    device,
    model,
    parameters,
    inputs.map(({ pixels }) => pixels(width, height)),
  );
  device.destroy();
  const predictions = inputs.map(({ name, label }, i) => {
    const probabilities = rows[i]!;
    const best = probabilities.indexOf(Math.max(...probabilities));
    return { image: name, class: best, probability: probabilities[best]!, ...(label === undefined ? {} : { label }), probabilities };
  });
  if (options.json) {
    printJson({ run: folder, adapter, predictions });
    return 0;
  }
  const longest = Math.max(...names.map((name) => name.length));
  for (const { image, class: best, probability, label, probabilities } of predictions) {
    const others = probabilities
      .map((value, digit) => ({ value, digit }))
      .filter(({ digit }) => digit !== best)
      .sort((a, b) => b.value - a.value)
      .slice(0, 2)
      .map(({ value, digit }) => `${digit} ${value.toFixed(3)}`);
    const truth = label === undefined ? '' : label === best ? '  (right)' : `  (label: ${label})`;
    print(`${image.padEnd(longest)}  ${best}  ${probability.toFixed(3)}   then ${others.join(', ')}${truth}`);
  }
  return 0;
}
