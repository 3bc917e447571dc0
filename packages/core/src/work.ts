import { type Program, paramFields } from './program.js';

/**
 * What one dispatch cannot do without: every element that it needs read once, every element that it makes written once, and the floating-point
 * operations of the formula, a multiply-add being two. What a variant reads again or computes in vain is not in it, so that variants compare.
 */
export interface Work {
  /** null where the kernel's work is not floating-point arithmetic, or nobody counted it. */
  readonly flops: number | null;
  readonly readBytes: number;
  readonly writtenBytes: number;
}

/** What a rule may look at: a program's own plain data. */
export interface WorkFacts {
  /** `struct Params` by field name. */
  readonly p: Readonly<Record<string, number>>;
  /** Model copies that run in this dispatch. */
  readonly models: number;
  readonly program: Program;
  /** Bytes of the range bound by this name; 0 where nobody told. */
  readonly bound: (binding: string) => number;
}

/** A kernel's work as a pure function of its program. */
export type WorkRule = (facts: WorkFacts) => Work;

/** The fields of a program's uniform block by name, read back from its bytes; empty where it has none. */
export function paramsOf(program: Program): Record<string, number> {
  const source = program.sources.at(-1);
  if (!program.params || !source) return {};
  const view = new DataView(program.params.buffer, program.params.byteOffset, program.params.byteLength);
  return Object.fromEntries(
    paramFields(source).map(({ name, type }, index) => [
      name,
      type === 'f32' ? view.getFloat32(4 * index, true) : type === 'i32' ? view.getInt32(4 * index, true) : view.getUint32(4 * index, true),
    ]),
  );
}

/**
 * Bytes of a tensor over all models: `elements` a model, once where all models share it (a stride `<name>_model` of 0).
 * @param bytes of an element, 4 by default
 */
export const tensorBytes = ({ p, models }: WorkFacts, name: string, elements: number, bytes = 4): number =>
  elements * bytes * (p[`${name}_model`] === 0 ? 1 : models);
