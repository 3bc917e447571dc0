import { InputError } from '@kindling/core';

/** Reads a case's attributes one by one; what is left over afterwards is unknown and fails the case. */
export class CaseAttrs {
  private readonly left: Map<string, unknown>;
  private readonly op: string;

  constructor(op: string, attrs: Readonly<Record<string, unknown>>) {
    this.op = op;
    this.left = new Map(Object.entries(attrs));
    // Remarks for people, not for the kernel.
    for (const remark of ['note', 'comment']) this.left.delete(remark);
  }

  /** @throws InputError naming the attribute */
  fail(name: string, got: unknown, expected: string): never {
    throw new InputError({
      subject: `${this.op} attribute ${name}`,
      got: JSON.stringify(got) ?? 'nothing',
      expected,
      next: 'correct the case, or add the attribute to @kindling/verify',
    });
  }

  private take(name: string): unknown {
    const value = this.left.get(name);
    this.left.delete(name);
    return value;
  }

  number(name: string, fallback?: number): number {
    const value = this.take(name) ?? fallback;
    return typeof value === 'number' && Number.isFinite(value) ? value : this.fail(name, value, 'a number');
  }

  /** A number, or a list of equal numbers such as `[1, 1]`. */
  square(name: string, fallback?: number): number {
    const value = this.take(name) ?? fallback;
    const list = Array.isArray(value) ? value : [value];
    const [first] = list as unknown[];
    if (typeof first !== 'number' || list.some((other) => other !== first)) this.fail(name, value, 'a number, the same for both axes');
    return first as number;
  }

  boolean(name: string, fallback: boolean): boolean {
    const value = this.take(name) ?? fallback;
    return typeof value === 'boolean' ? value : this.fail(name, value, 'true or false');
  }

  /** One of the given texts. */
  choice<T extends string>(name: string, allowed: readonly T[], fallback: T): T {
    const value = this.take(name) ?? fallback;
    return allowed.includes(value as T) ? (value as T) : this.fail(name, value, allowed.join(' or '));
  }

  numbers(name: string, fallback: readonly number[]): readonly number[] {
    const value = this.take(name) ?? fallback;
    return Array.isArray(value) && value.every((entry) => typeof entry === 'number') ? value : this.fail(name, value, 'a list of numbers');
  }

  /** An attribute that this op knows in its neutral value only, e.g. PyTorch's default dilation of 1. */
  neutral(name: string, value: number | boolean): void {
    const given = this.take(name) ?? value;
    const all = Array.isArray(given) ? given : [given];
    if (all.some((entry) => entry !== value)) this.fail(name, given, `${value}: other values are not supported`);
  }

  text(name: string, fallback = ''): string {
    const value = this.take(name) ?? fallback;
    return typeof value === 'string' ? value : this.fail(name, value, 'a text');
  }

  object(name: string): CaseAttrs {
    const value = this.take(name) ?? {};
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? new CaseAttrs(`${this.op} ${name}`, value as Record<string, unknown>)
      : this.fail(name, value, 'an object');
  }

  has(name: string): boolean {
    return this.left.has(name) && this.left.get(name) !== null;
  }

  /** @throws InputError when an attribute was not read: an op that ignores an attribute would pass for the wrong reason */
  done(): void {
    for (const [name, value] of this.left) {
      if (value !== null) this.fail(name, value, 'an attribute that this op knows');
    }
  }
}
