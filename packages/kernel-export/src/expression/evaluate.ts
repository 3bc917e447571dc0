import { InputError } from '@kindling/core';
import { type Node, parse } from './parse.js';

/** Numbers are f64, truth is 1 or 0. */
export type Value = number | string | readonly Value[];

/** What names mean. A definition is an expression, worked out each time it is named; it does not see the variables of `each`. */
export interface Scope {
  readonly values: Readonly<Record<string, Value>>;
  /** Variables of `each`, the inner ones first. */
  readonly locals?: Readonly<Record<string, Value>>;
  readonly definitions: Readonly<Record<string, string>>;
  /** Names of the adapter's WebGPU features. */
  readonly features: readonly string[];
}

function refuse(subject: string, got: string, expected: string): never {
  throw new InputError({ subject, got, expected, next: 'correct the expression, or the shapes and attributes that it was given' });
}

const show = (value: Value | undefined): string => JSON.stringify(value) ?? 'nothing';

function numberOf(what: string, value: Value | undefined): number {
  return typeof value === 'number' ? value : refuse(what, show(value), 'a number');
}

function listOf(what: string, value: Value | undefined): readonly Value[] {
  return typeof value === 'object' ? value : refuse(what, show(value), 'a list');
}

const numbersOf = (what: string, value: Value | undefined): number[] => listOf(what, value).map((entry) => numberOf(what, entry));

export const equal = (a: Value, b: Value): boolean =>
  typeof a === 'object' && typeof b === 'object' ? a.length === b.length && a.every((value, i) => equal(value, b[i]!)) : a === b;

const truth = (value: boolean): number => (value ? 1 : 0);

/**
 * Drops axes of size 1, then joins each axis with its left neighbour where, for every list of strides, the neighbour's stride is this
 * axis' stride times its size. Returns [sizes, strides …].
 */
function join(sizes: readonly number[], strides: readonly (readonly number[])[]): Value {
  const joined: number[][] = [[], ...strides.map(() => [])];
  sizes.forEach((size, axis) => {
    if (size === 1) return;
    const last = joined[0]!.length - 1;
    const joins = last >= 0 && strides.every((own, i) => joined[i + 1]![last] === own[axis]! * size);
    if (joins) joined[0]![last]! *= size;
    else joined[0]!.push(size);
    strides.forEach((own, i) => {
      if (joins) joined[i + 1]![last] = own[axis]!;
      else joined[i + 1]!.push(own[axis]!);
    });
  });
  return joined;
}

/** Functions whose arguments are all worked out before. */
const functions: Readonly<Record<string, (args: readonly Value[]) => Value>> = {
  floor: ([x]) => Math.floor(numberOf('floor', x)),
  ceil: ([x]) => Math.ceil(numberOf('ceil', x)),
  round: ([x]) => Math.floor(numberOf('round', x) + 0.5),
  log2: ([x]) => Math.log2(numberOf('log2', x)),
  exp2: ([x]) => 2 ** numberOf('exp2', x),
  min: (args) => Math.min(...numbersOf('min', args)),
  max: (args) => Math.max(...numbersOf('max', args)),
  len: ([list]) => listOf('len', list).length,
  sum: ([list]) => numbersOf('sum', list).reduce((a, b) => a + b, 0),
  prod: ([list]) => numbersOf('prod', list).reduce((a, b) => a * b, 1),
  all: ([list]) => truth(numbersOf('all', list).every((value) => value !== 0)),
  find: ([list, value]) => listOf('find', list).findIndex((entry) => equal(entry, value!)),
  cat: (args) => args.flatMap((list) => listOf('cat', list)),
  slice: ([list, first, end]) => {
    const whole = listOf('slice', list);
    return whole.slice(Math.max(0, numberOf('slice', first)), Math.max(0, numberOf('slice', end)));
  },
  keep: ([list, mask]) => {
    const wanted = numbersOf('keep', mask);
    return listOf('keep', list).filter((_, i) => wanted[i]);
  },
  join: ([sizes, ...strides]) =>
    join(
      numbersOf('join', sizes),
      strides.map((own) => numbersOf('join', own)),
    ),
};

const arithmetic: Readonly<Record<string, (a: number, b: number) => number>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  // The sign of the divisor, as in mathematics: only whole numbers ≥ 0 are divided so here.
  '%': (a, b) => a - b * Math.floor(a / b),
  '<': (a, b) => truth(a < b),
  '<=': (a, b) => truth(a <= b),
  '>': (a, b) => truth(a > b),
  '>=': (a, b) => truth(a >= b),
};

function call(name: string, args: readonly Node[], scope: Scope): Value {
  const value = (i: number): Value => (args[i] ? work(args[i], scope) : refuse(name, `${args.length} arguments`, 'more'));
  if (name === 'if') return value(numberOf('if', value(0)) ? 1 : 2);
  if (name === 'has') return truth(scope.features.includes(String(value(0))));
  if (name === 'each') {
    const [variable, , body] = args;
    if (variable?.kind !== 'name' || !body) return refuse('each', 'other arguments', 'each(name, count, expression)');
    const count = Math.max(0, numberOf('each', value(1)));
    return Array.from({ length: count }, (_, i) => work(body, { ...scope, locals: { ...scope.locals, [variable.name]: i } }));
  }
  const own =
    functions[name] ?? refuse(`function ${name}`, 'an unknown name', `one of ${Object.keys(functions).join(', ')}, if, has, each`);
  return own(args.map((_, i) => value(i)));
}

function binary(operator: string, left: Node, right: Node, scope: Scope): Value {
  const a = work(left, scope);
  if (operator === 'and' || operator === 'or') {
    const decided = numberOf(operator, a) !== 0;
    if (decided === (operator === 'or')) return truth(decided);
    return truth(numberOf(operator, work(right, scope)) !== 0);
  }
  const b = work(right, scope);
  if (operator === '==') return truth(equal(a, b));
  if (operator === '!=') return truth(!equal(a, b));
  return arithmetic[operator]!(numberOf(operator, a), numberOf(operator, b));
}

/** Definitions that were worked out already, for each set of values. */
const known = new WeakMap<object, Map<string, Value>>();

function defined(name: string, { values, definitions, features }: Scope): Value {
  const definition = definitions[name];
  if (definition === undefined) return refuse(`name ${name}`, 'no value', 'a tensor, attribute or definition');
  const memo = known.get(values) ?? new Map<string, Value>();
  known.set(values, memo);
  const value = memo.get(name) ?? evaluate(definition, { values, definitions, features });
  memo.set(name, value);
  return value;
}

function work(node: Node, scope: Scope): Value {
  switch (node.kind) {
    case 'number':
    case 'text':
      return node.value;
    case 'list':
      return node.items.map((item) => work(item, scope));
    case 'index': {
      const at = numberOf('index', work(node.at, scope));
      return listOf('index', work(node.list, scope))[at] ?? refuse('index', String(at), 'a place inside the list');
    }
    case 'name': {
      const value = scope.locals?.[node.name] ?? scope.values[node.name];
      if (value !== undefined) return value;
      return defined(node.name, scope);
    }
    case 'not':
      return truth(numberOf('not', work(node.operand, scope)) === 0);
    case 'negate':
      return -numberOf('-', work(node.operand, scope));
    case 'call':
      return call(node.name, node.args, scope);
    case 'binary':
      return binary(node.operator, node.left, node.right, scope);
  }
}

/** The value of an expression. @throws InputError for a breach of the grammar, an unknown name or an operand of the wrong kind */
export const evaluate = (text: string, scope: Scope): Value => work(parse(text), scope);

/** The same where a number is wanted. */
export const evaluateNumber = (text: string, scope: Scope): number => numberOf(text, evaluate(text, scope));
