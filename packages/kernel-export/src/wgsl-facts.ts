import { bindingsOf, InputError, type Program } from '@kindling/core';

/** What a pass needs of a device beyond its features, read off the WGSL. */
export interface Needs {
  readonly storageBuffers: number;
  /** Invocations of a workgroup, and bytes of its shared memory. */
  readonly invocations: number;
  readonly workgroupBytes: number;
}

export interface TypedBinding {
  readonly name: string;
  readonly access: 'read' | 'read_write' | 'uniform';
  /** As the module declares it, e.g. `array<vec4f>`. */
  readonly type: string;
}

const SCALARS: Readonly<Record<string, number>> = { f32: 4, u32: 4, i32: 4, f16: 2, bool: 4 };
const SHORT: Readonly<Record<string, string>> = { f: 'f32', u: 'u32', i: 'i32', h: 'f16' };
const plain = (text: string): string => text.replace(/\/\/[^\n]*/g, '');

/** Bytes that an element of an array of this type takes. */
function strideOf(type: string): number {
  const vector = /^vec([234])(?:<(\w+)>|([fuih]))$/.exec(type);
  if (vector) return (vector[1] === '3' ? 4 : Number(vector[1])) * SCALARS[vector[2] ?? SHORT[vector[3]!]!]!;
  const size = SCALARS[/^(?:atomic<)?(\w+)>?$/.exec(type)?.[1] ?? ''];
  if (size !== undefined) return size;
  throw new InputError({
    subject: 'WGSL',
    got: `the type ${type}`,
    expected: 'a scalar, a vector or an atomic',
    next: 'teach wgsl-facts.ts the type',
  });
}

/** A product of numbers and named constants. */
function product(text: string, constants: ReadonlyMap<string, number>): number {
  return text.split('*').reduce((all, factor) => {
    const name = factor.trim().replace(/^(\d+)u$/, '$1');
    const value = constants.get(name) ?? Number(name);
    if (Number.isFinite(value)) return all * value;
    throw new InputError({
      subject: 'WGSL',
      got: `the size ${text}`,
      expected: 'numbers and constants, multiplied',
      next: 'teach wgsl-facts.ts the form',
    });
  }, 1);
}

export function needsOf(program: Program): Needs {
  const text = plain(program.sources.map((source) => source.text).join('\n'));
  const constants = new Map<string, number>();
  for (const [, name, value] of text.matchAll(/^(?:const|override)\s+(\w+)(?:\s*:\s*\w+)?\s*=\s*(\d+)u?\s*;/gm))
    constants.set(name!, Number(value));
  for (const [name, value] of Object.entries(program.constants)) constants.set(name, value);
  const invocations = product(/@workgroup_size\(([^),]+)\)/.exec(text)![1]!, constants);
  let workgroupBytes = 0;
  for (const [, type] of text.matchAll(/var<workgroup>\s+\w+\s*:\s*([^;]+);/g)) {
    const array = /^array<\s*(.+?)\s*,\s*([^,]+?)\s*>$/.exec(type!.trim());
    // Each variable may begin at a multiple of 16 bytes.
    workgroupBytes += 16 * Math.ceil((array ? strideOf(array[1]!) * product(array[2]!, constants) : strideOf(type!.trim())) / 16);
  }
  const storageBuffers = program.bindings.filter(({ access }) => access !== 'uniform').length;
  return { storageBuffers, invocations, workgroupBytes };
}

/** The entry module's bindings with their types, in order. */
export function typedBindings(program: Program): TypedBinding[] {
  const source = program.sources.at(-1)!;
  const text = plain(source.text);
  return bindingsOf(source).map(({ name, access }, index) => {
    const type = new RegExp(`@binding\\(${index}\\)\\s*var<[^>]*>\\s*${name}\\s*:\\s*([^;]+);`).exec(text)![1]!;
    return { name, access, type: type.trim() };
  });
}
