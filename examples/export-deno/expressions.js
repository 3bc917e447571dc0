// The expressions of a kernel's manifest, from the grammar in docs/kernel-packages.md alone.

const LEXEME = /\s*(?:(\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)|'([^']*)'|([A-Za-z_][A-Za-z0-9_.]*)|(==|!=|<=|>=|[-+*/%<>()[\],]))/y;
const POWER = { or: 1, and: 2, '==': 4, '!=': 4, '<': 4, '<=': 4, '>': 4, '>=': 4, '+': 5, '-': 5, '*': 6, '/': 6, '%': 6 };

function lex(text) {
  const found = [];
  LEXEME.lastIndex = 0;
  while (LEXEME.lastIndex < text.trimEnd().length) {
    const at = LEXEME.lastIndex;
    const match = LEXEME.exec(text);
    if (!match) throw new Error(`${text}: cannot read ${text.slice(at)}`);
    const [, number, quoted, name, sign] = match;
    if (number !== undefined) found.push({ value: Number(number) });
    else if (quoted !== undefined) found.push({ value: quoted });
    else if (name === 'and' || name === 'or' || name === 'not') found.push({ sign: name });
    else if (name !== undefined) found.push({ name });
    else found.push({ sign });
  }
  return found;
}

/** Compiles an expression to a function of an environment `{name(text), features}`. */
function compile(text) {
  const lexemes = lex(text);
  let at = 0;
  const sign = () => lexemes[at]?.sign;
  const expect = (wanted) => {
    if (sign() !== wanted) throw new Error(`${text}: expected ${wanted}`);
    at++;
  };
  const list = (end) => {
    const items = [];
    while (sign() !== end) {
      items.push(climb(1));
      if (sign() !== end) expect(',');
    }
    at++;
    return items;
  };

  function operand() {
    const { value, name, sign: own } = lexemes[at++] ?? {};
    if (value !== undefined) return () => value;
    if (own === '-') {
      const inner = postfix();
      return (env) => -inner(env);
    }
    if (own === 'not') {
      // Binds less than comparisons, more than `and`.
      const inner = climb(4);
      return (env) => (inner(env) === 0 ? 1 : 0);
    }
    if (own === '(') {
      const inner = climb(1);
      expect(')');
      return inner;
    }
    if (own === '[') {
      const items = list(']');
      return (env) => items.map((item) => item(env));
    }
    if (name === undefined) throw new Error(`${text}: expected a value`);
    if (sign() !== '(') return (env) => env.name(name);
    at++;
    if (name === 'each') {
      const variable = lexemes[at++].name;
      expect(',');
      const [count, body] = list(')');
      return (env) =>
        Array.from({ length: Math.max(0, count(env)) }, (_, i) =>
          body({ ...env, name: (other) => (other === variable ? i : env.name(other)) }),
        );
    }
    const args = list(')');
    if (name === 'if') return (env) => args[args[0](env) ? 1 : 2](env);
    if (name === 'has') return (env) => (env.features.has(args[0](env)) ? 1 : 0);
    const work = FUNCTIONS[name];
    if (!work) throw new Error(`${text}: unknown function ${name}`);
    return (env) => work(...args.map((arg) => arg(env)));
  }

  function postfix() {
    let left = operand();
    while (sign() === '[') {
      at++;
      const [whole, index] = [left, climb(1)];
      expect(']');
      left = (env) => {
        const value = whole(env)[index(env)];
        if (value === undefined) throw new Error(`${text}: index outside`);
        return value;
      };
    }
    return left;
  }

  function climb(least) {
    let left = postfix();
    while (POWER[sign()] >= least) {
      const operator = sign();
      at++;
      const [a, b] = [left, climb(POWER[operator] + 1)];
      if (operator === 'and') left = (env) => (a(env) ? Number(b(env) !== 0) : 0);
      else if (operator === 'or') left = (env) => (a(env) ? 1 : Number(b(env) !== 0));
      else left = (env) => OPERATORS[operator](a(env), b(env));
    }
    return left;
  }

  const whole = climb(1);
  if (at < lexemes.length) throw new Error(`${text}: more than one expression`);
  return whole;
}

export const same = (a, b) =>
  Array.isArray(a) && Array.isArray(b) ? a.length === b.length && a.every((value, i) => same(value, b[i])) : a === b;

const OPERATORS = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '%': (a, b) => a - b * Math.floor(a / b),
  '<': (a, b) => Number(a < b),
  '<=': (a, b) => Number(a <= b),
  '>': (a, b) => Number(a > b),
  '>=': (a, b) => Number(a >= b),
  '==': (a, b) => Number(same(a, b)),
  '!=': (a, b) => Number(!same(a, b)),
};

const FUNCTIONS = {
  floor: Math.floor,
  ceil: Math.ceil,
  round: (x) => Math.floor(x + 0.5),
  log2: Math.log2,
  exp2: (x) => 2 ** x,
  min: Math.min,
  max: Math.max,
  len: (list) => list.length,
  sum: (list) => list.reduce((a, b) => a + b, 0),
  prod: (list) => list.reduce((a, b) => a * b, 1),
  all: (list) => Number(list.every((value) => value !== 0)),
  find: (list, value) => list.findIndex((entry) => same(entry, value)),
  cat: (...lists) => lists.flat(1),
  slice: (list, first, end) => list.slice(Math.max(0, first), Math.max(0, end)),
  keep: (list, mask) => list.filter((_, i) => mask[i] !== 0),
  join(sizes, ...strides) {
    const axes = [];
    sizes.forEach((size, axis) => {
      if (size === 1) return;
      const own = strides.map((list) => list[axis]);
      const left = axes.at(-1);
      if (left?.own.every((stride, i) => stride === own[i] * size)) axes[axes.length - 1] = { size: left.size * size, own };
      else axes.push({ size, own });
    });
    return [axes.map(({ size }) => size), ...strides.map((_, i) => axes.map(({ own }) => own[i]))];
  },
};

const compiled = new Map();

/** An environment over values by name, definitions (expressions by name) and the adapter's features; `more` adds names. */
export function environment(values, definitions, features, more = {}) {
  const known = { ...values, ...more };
  const worked = new Map();
  const env = {
    features,
    name(text) {
      if (known[text] !== undefined) return known[text];
      if (worked.has(text)) return worked.get(text);
      if (definitions[text] === undefined) throw new Error(`unknown name ${text}`);
      // A definition sees no variable of `each`: it is worked out in this environment.
      worked.set(text, evaluate(definitions[text], env));
      return worked.get(text);
    },
  };
  return env;
}

export function evaluate(text, env) {
  if (!compiled.has(text)) compiled.set(text, compile(text));
  return compiled.get(text)(env);
}
