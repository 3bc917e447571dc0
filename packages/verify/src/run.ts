import { Eager, type Tensor } from '@kindling/autograd';
import { InputError, numel } from '@kindling/core';
import type { Device } from '@kindling/device';
import { CaseAttrs } from './attrs.js';
import { type BrokenCase, type Case, decodeTensor, parseCases, type Values } from './cases.js';
import { LONG_REDUCTION, TOLERANCE, tensorError } from './compare.js';
import { type OpInputs, opCase } from './ops.js';
import { runTrace } from './trace.js';

/** How one case went. `error` belongs to the tensor that used most of its tolerance; null when the case could not be run. */
export interface CaseResult {
  readonly name: string;
  readonly op: string;
  readonly error: number | null;
  readonly tolerance: number;
  readonly pass: boolean;
  /** Why it failed, or an empty text. */
  readonly reason: string;
  /** Error of every tensor that was compared. */
  readonly tensors: Readonly<Record<string, number>>;
}

export interface VerifyReport {
  readonly adapter: string;
  readonly passed: number;
  readonly failed: number;
  readonly cases: readonly CaseResult[];
}

/** Reads a file of the folder by the path that `cases.json` gives. */
export type FileReader = (path: string) => Uint8Array;

async function runOp(device: Device, { op, tensors }: Case, attrs: CaseAttrs, values: Values): Promise<Record<string, ArrayLike<number>>> {
  const spec = opCase(op);
  const eager = new Eager(device);
  try {
    const made = new Map<string, Tensor>();
    const optional = (name: string): Tensor | undefined => {
      const value = values[name];
      if (!value || tensors[name]!.role !== 'inputs') return undefined;
      const integer = spec.integers?.includes(name) ?? false;
      const options = integer ? { dtype: 'u32' as const, name } : { grad: `d${name}` in tensors, name };
      if (!made.has(name)) made.set(name, eager.tensor(integer ? Uint32Array.from(value.data) : value.data, value.shape, options));
      return made.get(name);
    };
    const tensor = (name: string): Tensor => {
      const found = optional(name);
      if (found) return found;
      throw new InputError({ subject: op, got: `no input ${name}`, expected: `an input ${name}`, next: 'add it to the case' });
    };
    const inputs: OpInputs = { eager, attrs, tensor, optional };
    const y = spec.run(inputs);
    attrs.done();
    const got: Record<string, ArrayLike<number>> = { y: await eager.read(y) };
    const grads = Object.keys(tensors).filter((name) => tensors[name]!.role === 'grads');
    if (grads.length > 0) {
      // Where dy is absent it is 1, everywhere.
      const ones = new Float32Array(numel(y.shape)).fill(1);
      eager.backward(y, optional('dy') ?? eager.tensor(ones, y.shape));
      for (const name of grads) got[name] = await eager.read(eager.grad(tensor(name.slice(1))));
    }
    return got;
  } finally {
    eager.destroy();
  }
}

/** What is wrong with a tensor, in words. */
function whyOff(error: number, got: ArrayLike<number> | undefined, want: ArrayLike<number>): string {
  if (!got) return 'is nothing that this op gives';
  if (got.length !== want.length) return `has ${got.length} elements, in the case ${want.length}`;
  return Number.isFinite(error)
    ? `is off by ${error.toExponential(2)}`
    : 'has a NaN or infinity in one place where the case has another value';
}

async function runCase(device: Device, entry: Case, read: FileReader): Promise<CaseResult> {
  const values: Values = Object.fromEntries(
    Object.entries(entry.tensors).map(([name, tensor]) => [
      name,
      { shape: tensor.shape, data: decodeTensor(name, tensor, read(tensor.file)) },
    ]),
  );
  const attrs = new CaseAttrs(entry.op, entry.attrs);
  const trace = entry.op === 'train_trace';
  const got = trace ? await runTrace(device, attrs, values) : await runOp(device, entry, attrs, values);
  const terms = trace ? {} : opCase(entry.op).terms(values);
  const tensors: Record<string, number> = {};
  let worst: { name: string; error: number; tolerance: number } = { name: '', error: 0, tolerance: trace ? TOLERANCE.trace : TOLERANCE.op };
  for (const [name, { role }] of Object.entries(entry.tensors)) {
    if (role === 'inputs') continue;
    const tolerance = trace ? TOLERANCE.trace : (terms[name] ?? 0) > LONG_REDUCTION ? TOLERANCE.longReduction : TOLERANCE.op;
    const error = got[name] ? tensorError(got[name], values[name]!.data) : Number.POSITIVE_INFINITY;
    tensors[name] = error;
    if (error / tolerance > worst.error / worst.tolerance || worst.name === '') worst = { name, error, tolerance };
  }
  const pass = worst.name !== '' && worst.error <= worst.tolerance;
  const reason = pass
    ? ''
    : worst.name === ''
      ? 'the case lists no output or gradient to compare'
      : `${worst.name} ${whyOff(worst.error, got[worst.name], values[worst.name]!.data)}`;
  return { name: entry.name, op: entry.op, error: worst.error, tolerance: worst.tolerance, pass, reason, tensors };
}

const broken = ({ name, op, reason }: BrokenCase): CaseResult => ({
  name,
  op,
  error: null,
  tolerance: op === 'train_trace' ? TOLERANCE.trace : TOLERANCE.op,
  pass: false,
  reason,
  tensors: {},
});

/**
 * Runs every case of a folder through the kernels of this device. A case that cannot be run fails with its reason; the others still run.
 * @param text contents of cases.json; @param onCase called after each case
 * @throws InputError when cases.json itself cannot be read, DeviceError when the device is lost
 */
export async function verifyCases(
  device: Device,
  text: string,
  read: FileReader,
  onCase: (result: CaseResult) => void = () => {},
): Promise<VerifyReport> {
  const cases: CaseResult[] = [];
  for (const entry of parseCases(text, 'cases.json')) {
    let result: CaseResult;
    try {
      result = 'reason' in entry ? broken(entry) : await runCase(device, entry, read);
    } catch (error) {
      if (device.isLost) throw error;
      result = broken({ name: entry.name, op: entry.op, reason: (error as Error).message });
    }
    cases.push(result);
    onCase(result);
  }
  const passed = cases.filter(({ pass }) => pass).length;
  return { adapter: device.info.name, passed, failed: cases.length - passed, cases };
}
