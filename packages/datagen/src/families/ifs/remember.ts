/** Results that are kept, the last ones asked for the first time. */
const KEPT = 16;
const remembered = new Map<string, unknown>();

/**
 * The result of `make`, kept under that key: planning a batch, its twin and a sample on the CPU ask for the same systems again and again.
 * `make` must be a pure function of the key.
 */
export function remember<T>(key: string, make: () => T): T {
  if (remembered.has(key)) return remembered.get(key) as T;
  const made = make();
  const [oldest] = remembered.keys();
  if (remembered.size >= KEPT && oldest !== undefined) remembered.delete(oldest);
  remembered.set(key, made);
  return made;
}
