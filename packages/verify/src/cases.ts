import { InputError, numel } from '@kindling/core';
import * as v from 'valibot';

const size = v.pipe(v.number(), v.integer(), v.minValue(0));

/** Whether a path stays below the folder that it starts in. */
function staysBelow(path: string): boolean {
  let depth = 0;
  for (const part of path.split(/[\\/]/)) {
    if (part !== '' && part !== '.') depth += part === '..' ? -1 : 1;
    if (depth < 0) return false;
  }
  return depth > 0 && !/^[\\/]/.test(path);
}

const tensorSchema = v.object({
  role: v.picklist(['inputs', 'outputs', 'grads']),
  shape: v.array(size),
  dtype: v.picklist(['f32', 'i32']),
  file: v.pipe(v.string(), v.check(staysBelow, 'a path below the folder')),
});

const caseSchema = v.object({
  name: v.string(),
  op: v.string(),
  attrs: v.optional(v.record(v.string(), v.unknown()), {}),
  tensors: v.record(v.string(), tensorSchema),
});

const fileSchema = v.object({ cases: v.array(v.unknown()) });

export type CaseTensor = v.InferOutput<typeof tensorSchema>;
export type Case = v.InferOutput<typeof caseSchema>;

/** A case that could not be read: it fails with this reason, and the others still run. */
export interface BrokenCase {
  readonly name: string;
  readonly op: string;
  readonly reason: string;
}

/** Where a schema says no, in words: path, got, expected. */
function firstIssue(issues: readonly v.BaseIssue<unknown>[]): string {
  const issue = issues[0]!;
  const path = issue.path?.map((part) => String(part.key)).join('.');
  return `${path ? `${path}: got ` : ''}${issue.received}, expected ${issue.expected ?? issue.message}`;
}

/**
 * Reads `cases.json`. A case with a malformed entry becomes a `BrokenCase`.
 * @throws InputError when the file is no JSON or has no list of cases
 */
export function parseCases(text: string, subject: string): (Case | BrokenCase)[] {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new InputError({ subject, got: `no JSON (${(error as Error).message})`, expected: '{"cases": […]}', next: 'mend the file' }, 2, {
      cause: error,
    });
  }
  const file = v.safeParse(fileSchema, json);
  if (!file.success) {
    throw new InputError({ subject, got: firstIssue(file.issues), expected: '{"cases": […]}', next: 'see the README of @kindling/verify' });
  }
  return file.output.cases.map((entry, index) => {
    const parsed = v.safeParse(caseSchema, entry);
    if (parsed.success) return parsed.output;
    const named = entry as { name?: unknown; op?: unknown } | null;
    return { name: String(named?.name ?? `case ${index}`), op: String(named?.op ?? 'unknown'), reason: firstIssue(parsed.issues) };
  });
}

/** Raw bytes to numbers, row-major little-endian. @throws InputError when the file's length does not fit the shape */
export function decodeTensor(name: string, tensor: CaseTensor, bytes: Uint8Array): Float32Array | Int32Array {
  const expected = 4 * numel(tensor.shape);
  if (bytes.byteLength !== expected) {
    throw new InputError({
      subject: `${name} (${tensor.file})`,
      got: `${bytes.byteLength} bytes`,
      expected: `${expected} for ${tensor.dtype} [${tensor.shape.join(', ')}]`,
      next: 'write the file again, or correct the shape',
    });
  }
  // A copy: Node's Buffer is a view into a pool, and its own slice() is one too.
  const { buffer } = Uint8Array.from(bytes);
  return tensor.dtype === 'f32' ? new Float32Array(buffer) : new Int32Array(buffer);
}

/** Values of a case's tensors by name. */
export type Values = Readonly<Record<string, { readonly shape: readonly number[]; readonly data: Float32Array | Int32Array }>>;
