import { DeviceError, InputError, type KindlingError } from '@kindling/core';

/** A WebGPU error as a Kindling error: validation is wrong use (exit 2), out of memory and internal ones are the device's (exit 3). */
export function asKindlingError(error: GPUError, adapter: string): KindlingError {
  const got = error.message.trim();
  if (error.constructor.name === 'GPUOutOfMemoryError') {
    return new DeviceError({
      subject: adapter,
      got,
      expected: 'enough memory',
      next: 'use a smaller batch, or free buffers with destroy()',
    });
  }
  if (error.constructor.name === 'GPUInternalError') {
    return new DeviceError({
      subject: adapter,
      got,
      expected: 'no internal error of the driver',
      next: 'update the driver, or choose another adapter',
    });
  }
  return new InputError({
    subject: 'WebGPU validation',
    got,
    expected: 'valid use of WebGPU',
    next: 'correct the call that the message names',
  });
}

/**
 * Collects what goes wrong on a GPUDevice outside of any call's return value, for the next `wait()` or `read()` to throw.
 * WebGPU reports errors late; Dawn in Node reports them within the call, which `during` makes use of.
 */
export class Faults {
  readonly #adapter: string;
  readonly #raw: GPUError[] = [];
  readonly #explained: KindlingError[] = [];
  readonly #checks = new Set<Promise<void>>();
  #sink: GPUError[] | undefined;

  /** @param quiet keeps the implementation from printing the errors as well. */
  constructor(gpu: GPUDevice, adapter: string, quiet: boolean) {
    this.#adapter = adapter;
    gpu.addEventListener('uncapturederror', (event) => {
      if (quiet) event.preventDefault();
      (this.#sink ?? this.#raw).push(event.error);
    });
  }

  /** Runs `body`; returns its value and the errors that were reported within it (never any in browsers, which report later). */
  during<T>(body: () => T): { value: T; errors: GPUError[] } {
    const outer = this.#sink;
    const errors: GPUError[] = [];
    this.#sink = errors;
    try {
      return { value: body(), errors };
    } finally {
      this.#sink = outer;
    }
  }

  explain(error: GPUError): KindlingError {
    return asKindlingError(error, this.#adapter);
  }

  /** Has the next `settle` wait for `check`; an error that it returns is thrown there, before any that are less well explained. */
  expect(check: Promise<KindlingError | undefined>): void {
    const entry = check
      .then(
        (error) => {
          if (error) this.#explained.push(error);
        },
        // A check that cannot be made (a lost device) has nothing to say; the loss is reported by itself.
        () => undefined,
      )
      .finally(() => this.#checks.delete(entry));
    this.#checks.add(entry);
  }

  /** Resolves when every check is made. */
  async settle(): Promise<void> {
    while (this.#checks.size > 0) await Promise.all(this.#checks);
  }

  /** @throws KindlingError the first thing that went wrong since the last call; the others are its `cause`. */
  throwIfAny(): void {
    // An explained error has raw ones as its echo (an invalid pipeline, bind group, pass …): they go along as the cause.
    const raw = this.#raw.splice(0).map((error) => this.explain(error));
    const [first, ...others] = [...this.#explained.splice(0), ...raw];
    if (!first) return;
    if (others.length > 0 && first.cause === undefined) first.cause = new AggregateError(others, `${others.length} more`);
    throw first;
  }
}
