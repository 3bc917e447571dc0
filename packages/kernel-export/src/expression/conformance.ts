import { evaluate, type Scope, type Value } from './evaluate.js';

/** An expression with what it is worth: for whoever writes an evaluator of their own. */
export interface Conformance {
  readonly expression: string;
  readonly values: Readonly<Record<string, Value>>;
  readonly definitions: Readonly<Record<string, string>>;
  readonly features: readonly string[];
  readonly result: Value;
}

const scope: Scope = {
  values: {
    models: 3,
    'x.shape': [2, 3, 4],
    'w.shape': [5, 1, 4],
    'b.given': 0,
    'attrs.axis': -1,
    'attrs.kind': 'border',
    'attrs.p': 0.25,
  },
  definitions: {
    size: 'prod(x.shape)',
    count: 'ceil(size / 64)',
    m: '7',
    seen: 'm + 1',
    strides: 'each(m, 3, prod(slice(x.shape, m + 1, 3)))',
  },
  features: ['subgroups'],
};

const expressions = [
  '1 + 2 * 3',
  '(1 + 2) * 3',
  '7 / 2',
  '-7 + 2',
  '2 - -3',
  '7 % 4',
  '1.5e-3',
  'floor(7 / 2)',
  'ceil(65 / 64)',
  'round(0.25 * 2)',
  'log2(1024)',
  'exp2(ceil(log2(1000)))',
  'min(3, 1, 2)',
  'max(3, 1, 2)',
  '1 < 2 and 2 <= 2 and 3 > 2 and 3 >= 3 and 1 != 2',
  'not 0',
  'not 1 == 2',
  '0 or 5',
  'b.given and b.shape[0]',
  'not b.given or b.shape == [4]',
  'if(b.given, b.shape[0], 0)',
  "attrs.kind == 'border'",
  "attrs.kind == 'zeros'",
  'x.shape[1]',
  'len(x.shape)',
  'sum(x.shape)',
  'prod(x.shape)',
  'prod([])',
  'size',
  'count',
  'x.shape == [2, 3, 4]',
  '[1, 2] == [1, 2, 3]',
  "[if(1, 'a', 'b'), 2]",
  'slice(x.shape, 1, 3)',
  'slice(x.shape, 2, 9)',
  'slice(x.shape, 0, 0)',
  'cat([1], x.shape, [])',
  'each(i, 3, x.shape[i] * 2)',
  'each(i, 0, i)',
  'each(i, -2, i)',
  'each(i, 2, each(j, 2, 10 * i + j))',
  'each(m, 2, seen)',
  'each(m, 2, m)',
  'strides',
  'all([1, 2, 3])',
  'all([1, 0])',
  'all([])',
  'find([5, 6, 7], 6)',
  'find([5, 6, 7], 8)',
  "find(['a', 'b'], 'b')",
  'keep(x.shape, [1, 0, 1])',
  'join(x.shape, strides)',
  'join([2, 1, 4], [4, 4, 1])',
  'join([2, 3, 4], [0, 0, 1])',
  'join([2, 3], [3, 1], [0, 1])',
  'join([1, 1], [1, 1])',
  "has('subgroups')",
  "has('shader-f16')",
  'if(attrs.axis < 0, attrs.axis + len(x.shape), attrs.axis)',
  '1 / (1 - attrs.p)',
  'models * prod(w.shape)',
];

export const conformance = (): Conformance[] =>
  expressions.map((expression) => ({ expression, ...scope, result: evaluate(expression, scope) }));
