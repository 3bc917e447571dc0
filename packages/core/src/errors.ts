/** What went wrong, in the four parts that every message of Kindling has. */
export interface ErrorParts {
  /** The op, option, file or field that refuses, e.g. `conv2d`, `--p`, `train-images-idx3-ubyte`. */
  readonly subject: string;
  readonly got: string;
  readonly expected: string;
  /** What to do next. */
  readonly next: string;
  /** The user's line that caused it, where one is known. */
  readonly site?: string;
}

/** The command's exit codes: 0 ok, 1 a check failed, 2 bad input, 3 no device, 130 interrupted. */
export type ExitCode = 1 | 2 | 3 | 130;

/** Base of every error that Kindling throws on purpose: `subject: got …; expected …. Next: …`. */
export class KindlingError extends Error {
  readonly parts: ErrorParts;
  readonly exitCode: ExitCode;

  constructor(parts: ErrorParts, exitCode: ExitCode = 2, options?: ErrorOptions) {
    const site = parts.site ? ` (created at ${parts.site})` : '';
    super(`${parts.subject}${site}: got ${parts.got}; expected ${parts.expected}. Next: ${parts.next}`, options);
    this.name = new.target.name;
    this.parts = parts;
    this.exitCode = exitCode;
  }
}

/** Bad input: a shape, an option, a recipe field or a file. Exit code 2. */
export class InputError extends KindlingError {}

/** No usable device, or the device was lost. Exit code 3. */
export class DeviceError extends KindlingError {
  constructor(parts: ErrorParts, options?: ErrorOptions) {
    super(parts, 3, options);
  }
}

/** A check that the user asked for did not hold. Exit code 1. */
export class CheckError extends KindlingError {
  constructor(parts: ErrorParts, options?: ErrorOptions) {
    super(parts, 1, options);
  }
}

/** The user stopped the run (Ctrl-C). Exit code 130. */
export class InterruptedError extends KindlingError {
  constructor(parts: ErrorParts, options?: ErrorOptions) {
    super(parts, 130, options);
  }
}
