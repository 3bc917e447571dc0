import { InputError } from '@kindling/core';
import { formatBytes } from '../format.js';
import { readModel } from '../model-file.js';
import { encodeOnnx, OPSET } from '../onnx/model.js';
import { writeWhole } from '../run-folder.js';
import { print, printJson } from '../terminal.js';

export interface ExportOptions {
  readonly onnx?: string;
  readonly model?: string;
  readonly json?: boolean;
}

/** Writes a run's model in another format; needs no device. */
export async function exportModel(folder: string, { onnx: path, model: module, json }: ExportOptions): Promise<number> {
  if (path === undefined) {
    const next = 'name the file to write, e.g. --onnx model.onnx; model.safetensors in the run folder opens in PyTorch as it is';
    throw new InputError({ subject: 'export', got: 'no format', expected: '--onnx <file>', next });
  }
  const { model, classes, tensors, metadata } = await readModel(folder, module);
  const { recipe = '', trial = '', accuracy = '' } = metadata;
  const bytes = encodeOnnx({ model, classes, tensors }, { recipe, trial, accuracy });
  writeWhole(path, bytes);
  const { channels, height, width } = model.input;
  if (json) printJson({ run: folder, onnx: path, bytes: bytes.length, opset: OPSET, input: [null, channels, height, width], classes });
  else {
    print(`${path}: ${model.name}, opset ${OPSET}, ${formatBytes(bytes.length)}`);
    print(`  x       [batch, ${channels}, ${height}, ${width}]  f32, pixels from 0 to 1`);
    print(`  logits  [batch, ${classes}]  f32`);
  }
  return 0;
}
