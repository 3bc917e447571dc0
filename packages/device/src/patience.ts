/** Polls at full speed for this long first (ms): a small readback is done by then, and need not wait for a timer. */
const SPIN_MS = 0.3;
/** Then one poll in this time (ms), the shortest that Node's timers have. */
const PAUSE_MS = 1;

type Immediate = typeof globalThis.setImmediate;

let pending = 0;
let spinUntil = 0;
let original: Immediate | undefined;
let installed: Immediate | undefined;
const timer = globalThis.setTimeout;

/** Dawn's poll is a native function without arguments; anybody else's setImmediate goes on at once. */
const isDawnsPoll = (callback: unknown, args: readonly unknown[]): boolean =>
  args.length === 0 && typeof callback === 'function' && Function.prototype.toString.call(callback).includes('[native code]');

function install(): void {
  const immediate = globalThis.setImmediate;
  original = immediate;
  const slow = (callback: (...args: unknown[]) => void, ...args: unknown[]): unknown =>
    pending > 0 && performance.now() > spinUntil && isDawnsPoll(callback, args) ? timer(callback, PAUSE_MS) : immediate(callback, ...args);
  // Keeps util.promisify(setImmediate) working.
  globalThis.setImmediate = Object.assign(slow, immediate) as unknown as Immediate;
  installed = globalThis.setImmediate;
}

function restore(): void {
  // Somebody (fake timers, a tracer) may have put theirs on top: theirs stays; ours below it does nothing while nothing is pending.
  if (original && globalThis.setImmediate === installed) globalThis.setImmediate = original;
  original = undefined;
  installed = undefined;
}

/**
 * Awaits a promise of a software adapter without taking a core from it. dawn.node polls with setImmediate, looked up at each poll,
 * while a promise is pending: measured, JS takes a whole core that way and an await of a second takes up to twice as long.
 * Here it polls through a 1 ms timer after a short spin, so a long await may end up to about 1.1 ms late.
 * The global is restored when nothing is pending. Where there is no setImmediate (browsers) it just awaits.
 */
export async function awaitPatiently<T>(promise: PromiseLike<T>): Promise<T> {
  if (typeof globalThis.setImmediate !== 'function') return promise;
  spinUntil = performance.now() + SPIN_MS;
  if (pending++ === 0) install();
  try {
    return await promise;
  } finally {
    if (--pending === 0) restore();
  }
}
