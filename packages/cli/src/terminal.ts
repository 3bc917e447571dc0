import { InputError, KindlingError } from '@kindling/core';

/** A line of the result: stdout. */
export const print = (line = ''): void => {
  process.stdout.write(`${line}\n`);
};

/** A line about what is going on: stderr, so that stdout stays the result. */
export const say = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

/** The one JSON object of a command with `--json`; numbers that are not finite become null. */
export const printJson = (value: object): void => print(JSON.stringify(value));

/** An error as an object, for `--json`. */
export function errorObject(error: unknown): object {
  const message = error instanceof Error ? error.message : String(error);
  const parts = error instanceof KindlingError ? error.parts : {};
  return { error: { ...parts, message, exitCode: exitCodeOf(error) } };
}

export const exitCodeOf = (error: unknown): number => (error instanceof KindlingError ? error.exitCode : 1);

/** An error in one or two lines; with KINDLING_DEBUG=1 its stack and causes. */
export function errorText(error: unknown): string {
  if (process.env.KINDLING_DEBUG === '1') {
    const causes: unknown[] = [];
    for (let at: unknown = error; at !== undefined && at !== null; at = (at as Error).cause) causes.push((at as Error).stack ?? at);
    return `kindling: ${causes.join('\ncaused by: ')}`;
  }
  if (error instanceof KindlingError) return `kindling: ${error.message}`;
  const message = error instanceof Error ? error.message : String(error);
  return `kindling: unexpected error: ${message.split('\n')[0]}\nNext: run again with KINDLING_DEBUG=1 for the stack, and report it.`;
}

/** Makes errors of the file system Kindling's own. `expected` says what the path should have been. */
export function onDisk<T>(path: string, expected: string, next: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (cause instanceof KindlingError || (cause as NodeJS.ErrnoException).code === undefined) throw cause;
    throw new InputError({ subject: path, got: (cause as Error).message, expected, next }, 2, { cause });
  }
}

/** Signals that arrive within this time of the first are the same Ctrl-C: npx sends the terminal's own a second time. */
const SAME_KEYPRESS_MS = 500;

/** Fires at the first Ctrl-C (or SIGTERM); a second one ends the process at once with exit code 130. */
export function interruptSignal(): AbortSignal {
  const controller = new AbortController();
  let first = 0;
  const interrupt = (): void => {
    if (!controller.signal.aborted) {
      first = performance.now();
      controller.abort();
      // On a terminal the progress bar says so: a line between would break it.
      if (!process.stderr.isTTY) say('kindling: stopping after the steps in flight; a second signal stops at once');
    } else if (performance.now() - first > SAME_KEYPRESS_MS) process.exit(130);
  };
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', interrupt);
  return controller.signal;
}
