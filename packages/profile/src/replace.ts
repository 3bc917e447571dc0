/** Replaces a method of an object; returns what puts the old one back. */
export function replace<T extends object, K extends keyof T>(target: T, name: K, make: (original: T[K]) => T[K]): () => void {
  const own = Object.getOwnPropertyDescriptor(target, name);
  const original = (target[name] as unknown as (...args: unknown[]) => unknown).bind(target) as unknown as T[K];
  Object.defineProperty(target, name, { configurable: true, writable: true, value: make(original) });
  return () => {
    if (own) Object.defineProperty(target, name, own);
    else delete target[name];
  };
}
