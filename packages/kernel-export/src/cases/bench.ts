import { byteLength, paramsOf, type WorkFacts, type WorkRule } from '@kindling/core';
import { kernelWork } from '@kindling/kernels';
import { adapters, attrsOf, blockSize, lowerContext, withDefaults } from '../problem.js';
import { Random } from '../random.js';
import type { Contents, KernelSpec, Settings } from '../spec.js';
import { bytesOf } from './cases.js';
import { type Element, elementOf, shapeScope } from './values.js';

export interface BenchTensor {
  readonly element: Element;
  readonly shape: readonly number[];
  /** How to fill it: values by kind, or a file. */
  readonly contents?: Contents;
  readonly file?: string;
}

/** One problem to time, with the work that no kernel can avoid: every element that it needs read once, every element that it makes written once. */
export interface Bench {
  readonly name: string;
  readonly models: number;
  readonly attrs: Settings;
  readonly tensors: Readonly<Record<string, BenchTensor>>;
  /** Floating-point operations of the formula, a multiply-add being two; null where it has none. */
  readonly flops: number | null;
  readonly bytes_read: number;
  readonly bytes_written: number;
}

/** Rules go by the name without the variant, or by the folder. */
const ruleOf = (name: string): WorkRule => kernelWork[name.replace(/\..*/, '')] ?? kernelWork[name.split('/')[0]!]!;

export function benchOf(spec: KernelSpec): { bench: readonly Bench[]; files: Readonly<Record<string, Uint8Array>> } {
  const files: Record<string, Uint8Array> = {};
  const bench = spec.bench.map((problem, i): Bench => {
    const traits = adapters.find(({ software, features }) => !software && features.length > 0)!;
    const scope = shapeScope(spec, problem);
    const context = lowerContext(spec, { problem, models: 1, traits, shared: [], gaps: {} });
    let [flops, bytesRead, bytesWritten, counted] = [0, 0, 0, false];
    for (const { program, args = {} } of spec.descriptor.lower({ ...context, attrs: attrsOf(spec, problem.settings) })) {
      const bound = (binding: string): number => {
        const name = args[binding] ?? binding;
        const shape = problem.shapes[name];
        return shape
          ? byteLength(elementOf(spec, name, scope), blockSize(spec, name, problem))
          : byteLength('f32', context.tensors[name]?.modelStride ?? 0);
      };
      const facts: WorkFacts = { p: paramsOf(program), models: 1, program, bound };
      const work = ruleOf(program.name)(facts);
      if (work.flops !== null && work.flops > 0) [flops, counted] = [flops + work.flops, true];
      bytesRead += work.readBytes;
      bytesWritten += work.writtenBytes;
    }
    const made = spec.truth.kind === 'own' ? spec.truth.make(problem, 1, new Random(i)).inputs : {};
    const tensors = Object.entries(problem.shapes).map(([name, shape]): [string, BenchTensor] => {
      const element = elementOf(spec, name, scope);
      // What an optimizer's tables say cannot be drawn.
      if (made[name] && element === 'u32') {
        const file = `bench-${i}/${name}.bin`;
        files[file] = bytesOf(element, made[name]);
        return [name, { element, shape, file }];
      }
      return [name, { element, shape, contents: spec.inputs[name]!.contents ?? { kind: 'any' } }];
    });
    return {
      name: `bench-${i}`,
      models: 1,
      attrs: withDefaults(spec, problem.settings),
      tensors: Object.fromEntries(tensors),
      flops: counted ? Math.round(flops) : null,
      bytes_read: Math.round(bytesRead),
      bytes_written: Math.round(bytesWritten),
    };
  });
  return { bench, files };
}
