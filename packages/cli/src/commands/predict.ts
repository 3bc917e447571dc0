import { existsSync } from 'node:fs';
import { InputError } from '@kindling/core';
import type { NaturalData } from '@kindling/data';
import { loadDataSet } from '@kindling/data/node';
import { type ModelSpec, predict as probabilitiesOf } from '@kindling/warmup';
import { readPng, resize, toGrey } from '../image.js';
import { loadModel } from '../model-file.js';
import { dataOfRun } from '../run-data.js';
import { type HeaderLine, readModelFile, readRecord } from '../run-folder.js';
import { openAnnounced } from '../session.js';
import { print, printJson, say } from '../terminal.js';

export interface PredictOptions {
  readonly data?: string;
  readonly model?: string;
  readonly adapter?: string;
  readonly json?: boolean;
}

/** An image as it was named, its pixels [C, H, W] in 0 .. 1 as the model takes them, and its label where it is known. */
interface Input {
  readonly name: string;
  readonly pixels: (input: ModelSpec['input']) => Float32Array;
  readonly label?: number;
}

/** `mnist:7` in two parts, unless a file has that name (or a drive letter begins it). */
function testName(name: string): { set: string; index: string } | undefined {
  const parts = existsSync(name) ? null : /^([\w .-]{2,}):(.*)$/.exec(name);
  return parts ? { set: parts[1]!, index: parts[2]! } : undefined;
}

/** The data that `set:INDEX` looks in. In a run on a folder `mnist` means that folder, whatever its name. */
function loadNamed(set: string, header: Partial<HeaderLine>, data: string | undefined): Promise<NaturalData> {
  if (data !== undefined) return loadDataSet({ folder: data });
  const { name, folder } = header.data ?? {};
  const own = set === name || (set === 'mnist' && typeof folder === 'string');
  const from = own ? dataOfRun(header, {}) : { data: undefined, dataSet: set };
  return loadDataSet({ name: from.dataSet, folder: from.data });
}

/** Test image `index` of the data. @throws InputError for an index that is not there, or a model that takes other colours */
function testImage(name: string, set: string, text: string, data: NaturalData): Input {
  const index = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  const { test, channels, height, width } = data;
  if (!(index < test.count)) {
    const next = `name one, e.g. ${set}:${test.count - 1}`;
    throw new InputError({ subject: name, got: `index ${text || '(none)'}`, expected: `a test image from 0 to ${test.count - 1}`, next });
  }
  const size = height * width;
  const planes = Array.from({ length: channels }, (_, c) => {
    const first = (index * channels + c) * size;
    return Float32Array.from(test.images.subarray(first, first + size), (value) => value / 255);
  });
  const pixels = (input: ModelSpec['input']): Float32Array => {
    if (input.channels === channels) return resize({ width, height, planes }, input.width, input.height);
    const next = 'name images of the set that the model was trained on';
    throw new InputError({ subject: name, got: `${channels} channels`, expected: `${input.channels}, which the model takes`, next });
  };
  return { name, label: test.labels[index]!, pixels };
}

function pngImage(name: string): Input {
  const colour = readPng(name);
  return {
    name,
    pixels: ({ channels, height, width }) => {
      if (channels !== 1) return resize(colour, width, height);
      const grey = toGrey(colour);
      const mean = grey.planes[0]!.reduce((sum, value) => sum + value, 0) / (grey.width * grey.height);
      if (mean > 0.5) {
        say(`kindling: ${name} is mostly bright; a model of MNIST expects a white digit on black, so invert it if it is ink on paper`);
      }
      return resize(grey, width, height);
    },
  };
}

/** Classifies PNG images and images of the test set with a run's model. */
export async function predict(folder: string, names: readonly string[], options: PredictOptions): Promise<number> {
  readModelFile(folder);
  const { header } = readRecord(folder);
  const sets = new Map<string, NaturalData>();
  const inputs: Input[] = [];
  for (const name of names) {
    const test = testName(name);
    if (!test) {
      inputs.push(pngImage(name));
      continue;
    }
    const data = sets.get(test.set) ?? (await loadNamed(test.set, header, options.data));
    sets.set(test.set, data);
    inputs.push(testImage(name, test.set, test.index, data));
  }
  const { device, name: adapter } = await openAnnounced(options.adapter);
  const { model, parameters } = await loadModel(device, folder, options.model);
  const rows = await probabilitiesOf(
    device,
    model,
    parameters,
    inputs.map(({ pixels }) => pixels(model.input)),
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
