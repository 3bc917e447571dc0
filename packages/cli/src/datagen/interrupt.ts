import { InterruptedError } from '@kindling/core';

/** @throws InterruptedError once the signal has fired. `done`: what was finished; `next`: how to go on. */
export function stopIfInterrupted(signal: AbortSignal, command: string, done: string, next: string): void {
  if (!signal.aborted) return;
  throw new InterruptedError({ subject: `datagen ${command}`, got: `an interrupt after ${done}`, expected: 'to run to the end', next });
}
