import Ajv2020 from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import schema from '../schema/kernel-package.schema.json';
import { buildPackage } from './build.js';
import { benchOf } from './cases/bench.js';
import { conformance } from './expression/conformance.js';
import { parse } from './expression/parse.js';
import type { ManifestStep } from './manifest.js';
import { specs } from './specs/index.js';

const ajv = new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true });
ajv.addSchema(schema);
const validator = (name: string) => ajv.getSchema(`${schema.$id}#/$defs/${name}`)!;

function accept(name: string, document: unknown): void {
  const validate = validator(name);
  if (!validate(document)) expect.fail(ajv.errorsText(validate.errors));
}

/** Every place of a manifest that holds an expression. */
function expressionsOf(step: ManifestStep): string[] {
  if ('variable' in step) return [step.values, ...step.passes.flatMap(expressionsOf)];
  return [
    ...(step.when === undefined ? [] : [step.when]),
    ...(step.count === undefined ? [] : [step.count]),
    ...step.workgroups,
    ...Object.values(step.constants),
    ...(step.uniform?.fields ?? []).map(({ value }) => value),
  ];
}

describe('schema', () => {
  it.each(Object.values(specs).map((spec) => [spec.name, spec] as const))(
    'takes the manifest and benchmark cases of %s, whose expressions parse',
    (_, spec) => {
      const { manifest, shaders } = buildPackage(spec, '0');
      const written = JSON.parse(JSON.stringify(manifest));
      accept('manifest', written);
      const { bench } = benchOf(spec);
      accept('bench', JSON.parse(JSON.stringify({ bench })));
      // Work that someone counted: a kernel reads something and writes something.
      for (const { bytes_read: read, bytes_written: made } of bench) expect(Math.min(read, made)).toBeGreaterThan(0);
      const passes = manifest.variants.flatMap((variant) => variant.passes.flatMap(expressionsOf));
      const rules = [...manifest.requires, ...manifest.variants.flatMap(({ needs }) => needs)].map(({ that }) => that);
      for (const text of [...passes, ...rules, ...Object.values(manifest.definitions), ...manifest.choose.map(({ when }) => when)])
        parse(text);
      for (const text of Object.values(shaders)) expect(text).toMatch(/@compute/);
      expect(manifest.choose.every(({ variant }) => manifest.variants.some(({ name }) => name === variant))).toBe(true);
    },
  );

  it('refuses what a reader could not run', () => {
    const whole = JSON.parse(JSON.stringify(buildPackage(specs.linear!, '0').manifest));
    const pass = whole.variants[0].passes[0];
    const broken = [
      { ...whole, license: undefined },
      { ...whole, extra: 1 },
      { ...whole, variants: [] },
      { ...whole, variants: [{ ...whole.variants[0], passes: [{ ...pass, workgroups: ['1', '1'] }] }] },
      { ...whole, variants: [{ ...whole.variants[0], passes: [{ ...pass, uniform: { ...pass.uniform, bytes: 20 } }] }] },
      { ...whole, tensors: [{ ...whole.tensors[0], role: 'weight' }] },
    ];
    for (const document of broken) expect(validator('manifest')(JSON.parse(JSON.stringify(document)))).toBe(false);
  });

  it('describes the list of expressions', () => accept('expressions', { expressions: conformance() }));

  it('names every function of the language', () => {
    const { description } = schema.$defs.expression;
    const functions = conformance().flatMap(({ expression }) => [...expression.matchAll(/([a-z0-9]+)\(/g)].map(([, name]) => name!));
    expect([...new Set(functions)].filter((name) => !['and', 'or', 'not'].includes(name) && !description.includes(`${name}(`))).toEqual([]);
  });
});
