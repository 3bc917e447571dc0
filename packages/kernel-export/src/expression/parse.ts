import { InputError } from '@kindling/core';

/** The tree behind an expression of a manifest; docs/kernel-packages.md has the grammar. */
export type Node =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'text'; readonly value: string }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'list'; readonly items: readonly Node[] }
  | { readonly kind: 'index'; readonly list: Node; readonly at: Node }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Node[] }
  | { readonly kind: 'not' | 'negate'; readonly operand: Node }
  | { readonly kind: 'binary'; readonly operator: string; readonly left: Node; readonly right: Node };

const token = /\s*(?:(\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)|'([^']*)'|([A-Za-z_][A-Za-z0-9_.]*)|(==|!=|<=|>=|[-+*/%<>()[\],]))/y;

interface Token {
  readonly kind: 'number' | 'text' | 'name' | 'sign' | 'end';
  readonly text: string;
}

function refuse(text: string, got: string, expected: string): never {
  throw new InputError({ subject: `expression ${text}`, got, expected, next: 'see the grammar in docs/kernel-packages.md' });
}

function tokens(text: string): Token[] {
  const found: Token[] = [];
  token.lastIndex = 0;
  while (token.lastIndex < text.trimEnd().length) {
    const from = token.lastIndex;
    const match = token.exec(text);
    if (!match) refuse(text, `${JSON.stringify(text.slice(from))}`, 'a number, a name, a text in single quotes or a sign');
    const [, number, quoted, name, sign] = match;
    if (number !== undefined) found.push({ kind: 'number', text: number });
    else if (quoted !== undefined) found.push({ kind: 'text', text: quoted });
    else if (name !== undefined) found.push({ kind: /^(and|or|not)$/.test(name) ? 'sign' : 'name', text: name });
    else found.push({ kind: 'sign', text: sign! });
  }
  return [...found, { kind: 'end', text: 'the end' }];
}

/** Binary operators, those that bind least first. */
const LEVELS = [['or'], ['and'], ['==', '!=', '<', '<=', '>', '>='], ['+', '-'], ['*', '/', '%']] as const;
/** `not` binds between `and` and the comparisons. */
const NOT = 2;

class Parser {
  readonly #text: string;
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(text: string) {
    this.#text = text;
    this.#tokens = tokens(text);
  }

  whole(): Node {
    const node = this.#binary(0);
    if (this.#peek.kind !== 'end') refuse(this.#text, this.#peek.text, 'an operator or the end');
    return node;
  }

  get #peek(): Token {
    return this.#tokens[this.#at]!;
  }

  #take(sign: string): boolean {
    const { kind, text } = this.#peek;
    if (kind !== 'sign' || text !== sign) return false;
    this.#at++;
    return true;
  }

  #binary(level: number): Node {
    if (level === NOT && this.#take('not')) return { kind: 'not', operand: this.#binary(NOT) };
    if (level === LEVELS.length) return this.#unary();
    let left = this.#binary(level + 1);
    for (;;) {
      const operator = LEVELS[level]!.find((sign) => this.#take(sign));
      if (!operator) return left;
      left = { kind: 'binary', operator, left, right: this.#binary(level + 1) };
    }
  }

  #unary(): Node {
    if (this.#take('-')) return { kind: 'negate', operand: this.#unary() };
    let node = this.#primary();
    while (this.#take('[')) {
      node = { kind: 'index', list: node, at: this.#binary(0) };
      if (!this.#take(']')) refuse(this.#text, this.#peek.text, ']');
    }
    return node;
  }

  #list(end: string): Node[] {
    const items: Node[] = [];
    if (this.#take(end)) return items;
    do items.push(this.#binary(0));
    while (this.#take(','));
    if (!this.#take(end)) refuse(this.#text, this.#peek.text, `, or ${end}`);
    return items;
  }

  #primary(): Node {
    const { kind, text } = this.#peek;
    if (this.#take('(')) {
      const node = this.#binary(0);
      if (!this.#take(')')) refuse(this.#text, this.#peek.text, ')');
      return node;
    }
    if (this.#take('[')) return { kind: 'list', items: this.#list(']') };
    if (kind === 'sign' || kind === 'end') refuse(this.#text, text, 'a value');
    this.#at++;
    if (kind === 'number') return { kind, value: Number(text) };
    if (kind === 'text') return { kind, value: text };
    return this.#take('(') ? { kind: 'call', name: text, args: this.#list(')') } : { kind: 'name', name: text };
  }
}

const parsed = new Map<string, Node>();

/** @throws InputError that shows the expression where it does not follow the grammar */
export function parse(text: string): Node {
  const known = parsed.get(text);
  if (known) return known;
  const node = new Parser(text).whole();
  parsed.set(text, node);
  return node;
}
