import { InputError, joinSources, type Program } from '@kindling/core';

/** One compiler message; line and column count from 1 in the joined text, 0 where the compiler does not tell. */
export interface WgslMessage {
  readonly line: number;
  readonly column: number;
  /** Characters that the caret underlines, at least 1. */
  readonly length: number;
  readonly text: string;
}

/** Reads the errors out of the message of a failed createShaderModule, as Dawn writes it: `:12:5 error: …`. */
export function parseMessages(message: string): WgslMessage[] {
  return [...message.matchAll(/:(\d+):(\d+) error: (.*)\n?(.*)\n?(\s*\^+)?/g)].map(([, line, column, text, , carets]) => ({
    line: Number(line),
    column: Number(column),
    length: carets?.trim().length ?? 1,
    text: text!,
  }));
}

/** The errors of `getCompilationInfo`, in the same form. */
export const fromCompilationInfo = (info: GPUCompilationInfo): WgslMessage[] =>
  info.messages
    .filter((message) => message.type === 'error')
    .map(({ lineNum, linePos, length, message }) => ({ line: lineNum, column: linePos, length: Math.max(1, length), text: message }));

/** `conv2d/forward.wgsl:12:5: unresolved value 'x'`, the line, and a caret below the place. */
function show(message: WgslMessage, joined: ReturnType<typeof joinSources>): string {
  const origin = joined.lines[message.line - 1];
  if (!origin) return message.text;
  const line = joined.text.split('\n')[message.line - 1] ?? '';
  const gutter = `  ${origin.line} | `;
  const before = line.slice(0, message.column - 1).replace(/[^\t]/g, ' ');
  const underline = '^'.repeat(Math.max(1, Math.min(message.length, line.length - message.column + 1)));
  return `${origin.path}:${origin.line}:${message.column}: ${message.text}\n${gutter}${line}\n${' '.repeat(gutter.length - 2)}| ${before}${underline}`;
}

/**
 * The error for a program that does not compile. Each message names the file and line on disk, not the joined text's.
 * @param fallback what to show when there is no message with a place, e.g. a missing override constant.
 */
export function shaderError(program: Program, messages: readonly WgslMessage[], fallback: string): InputError {
  const joined = joinSources(program.sources);
  const first = messages.find((message) => joined.lines[message.line - 1]);
  const place = first && joined.lines[first.line - 1];
  return new InputError({
    subject: program.name,
    got: messages.length > 0 ? `\n${messages.map((message) => show(message, joined)).join('\n')}\n` : fallback.trim(),
    expected: `WGSL whose entry point ${program.entryPoint} compiles`,
    next: place
      ? `correct ${place.path}:${place.line}`
      : `correct ${program.sources.at(-1)?.path ?? 'the source'} or the program's constants`,
  });
}
