/** One call of a method, or the reading of `queue`, on an object that a spy watches. */
export interface Call {
  readonly on: string;
  readonly method: string;
  readonly args: readonly unknown[];
}

/** Sees every method that is called on a device, its queue, an encoder, a pass, and on every object that these hand out. */
export class Spy {
  readonly calls: Call[] = [];

  /** What was called since the last time. */
  take(): Call[] {
    return this.calls.splice(0);
  }

  /**
   * The object with every method watched. For objects that WebGPU never takes as an argument: a device, a queue, an encoder.
   */
  proxy<T extends object>(target: T, name: string): T {
    return new Proxy(target, {
      get: (_, property) => {
        const value = Reflect.get(target, property, target) as unknown;
        if (property === 'queue') {
          this.calls.push({ on: name, method: 'queue', args: [] });
          return this.proxy(value as object, 'queue');
        }
        if (typeof value !== 'function') return value;
        return (...args: unknown[]): unknown => {
          this.calls.push({ on: name, method: String(property), args });
          const result = (value as (...all: unknown[]) => unknown).apply(target, args) as object | undefined;
          if (String(property).startsWith('createCommandEncoder')) return this.proxy(result!, 'encoder');
          if (String(property).startsWith('begin')) return this.proxy(result!, 'pass');
          return this.#watchResult(result, String(property));
        };
      },
    });
  }

  /** The very object, with its methods replaced: for what must be handed to WebGPU again, such as buffers. */
  watch<T extends object>(target: T, name: string): T {
    for (let level = target as object; level && level !== Object.prototype; level = Object.getPrototypeOf(level)) {
      for (const property of Object.getOwnPropertyNames(level)) {
        const { value, writable, configurable } = Object.getOwnPropertyDescriptor(level, property)!;
        if (property === 'constructor' || typeof value !== 'function' || !(writable || configurable)) continue;
        if (Object.hasOwn(target, property) && level !== target) continue;
        const real = value as (...args: unknown[]) => unknown;
        Object.defineProperty(target, property, {
          configurable: true,
          writable: true,
          value: (...args: unknown[]): unknown => {
            this.calls.push({ on: name, method: property, args });
            return real.apply(target, args);
          },
        });
      }
    }
    return target;
  }

  #watchResult(result: object | undefined, method: string): unknown {
    if (result instanceof Promise) return result.then((value) => this.#watchResult(value as object, method));
    if (typeof result !== 'object' || result === null || !method.startsWith('create')) return result;
    return this.watch(result, `${method.replace('create', '').replace('Async', '')} ${(result as { label?: string }).label ?? ''}`.trim());
  }
}

/** How often each method was called, by `object.method` without the objects' labels. */
export function counts(calls: readonly Call[]): Record<string, number> {
  const found: Record<string, number> = {};
  for (const { on, method } of calls) {
    const key = `${on.split(' ')[0]}.${method}`;
    found[key] = (found[key] ?? 0) + 1;
  }
  return found;
}
