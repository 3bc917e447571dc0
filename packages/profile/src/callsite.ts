/** A place in source code. */
export interface Frame {
  readonly name: string;
  /** URL or path. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** Who moved bytes: the first caller outside of Kindling's device package, and what it called there. */
export interface CallSite {
  readonly frame: Frame;
  /** The device package's function in between, e.g. `Device.write`; empty where WebGPU was called directly. */
  readonly through: string;
}

const UNKNOWN: Frame = { name: '', file: '', line: 0, column: 0 };
/** Enough to get out of wrappers and into the caller. */
const DEPTH = 40;

/** V8 writes `at name (file:1:2)` or `at file:1:2`, Firefox and Safari `name@file:1:2`. */
const line = /^\s*(?:at (?:async )?(?:(.*?) \()?|(.*?)@)((?:[a-z]+:\/\/|\/|[A-Za-z]:[\\/]).*?):(\d+):(\d+)\)?$/;

export function parseStack(stack: string): Frame[] {
  return stack.split('\n').flatMap((text) => {
    const match = line.exec(text);
    if (!match) return [];
    const [, v8, other, file, row, column] = match;
    return [
      {
        name: (v8 ?? other ?? '').replace(/^new /, '').replace(/^_/, ''),
        file: file!.replace(/\?.*$/, ''),
        line: Number(row),
        column: Number(column),
      },
    ];
  });
}

/** This module's own file: in the build the whole package's, so that its wrappers are no call sites. */
const here = parseStack(new Error('where am I').stack ?? '')[0]?.file ?? '';
const ours = new Set([here]);

/** Adds a module of this package whose frames are never call sites. Called at the top of each that wraps. */
export function notACallSite(): void {
  const [, caller] = parseStack(new Error('who is it').stack ?? '');
  if (caller) ours.add(caller.file);
}

const ofDevice = (file: string): boolean => /[/\\](?:packages|@kindling)[/\\]device[/\\]/.test(file) && !/\.test\.[cm]?[jt]s$/.test(file);

/** Wrapped methods of WebGPU itself: what a caller called directly. */
const OF_WEBGPU = /(?:^|\.)(?:createBuffer|mapAsync|writeBuffer|writeTexture|copyExternalImageToTexture)$/;

/** Whether a file is one of those that wrap: in one bundle all are. */
export const wraps = (file: string): boolean => ours.has(file);

/** Functions between a caller and its transfer where one bundle holds everything, so that files tell nobody apart. */
const WRAPPER =
  /^(?:async )?(?:captureSite|Ledger|HostClock|Recorder|Meter|Device|Readback|Object|Array|Set|Map|Promise|queue|buffer|gpu|GPU\w*|Function|Reflect)(?:\.|$)|^(?:value|<anonymous>|asked|during|told|begin)?$/;

/** Chooses the call site from the frames of a stack, innermost first. */
export function chooseSite(frames: readonly Frame[]): CallSite {
  const outside = frames.filter(({ file }) => !ours.has(file));
  if (outside.length === 0) {
    const at = frames.findIndex(({ name }) => !WRAPPER.test(name));
    const device = at > 0 && /^(?:Device|Readback)\./.test(frames[at - 1]!.name) ? frames[at - 1]!.name : '';
    return { frame: frames[at] ?? frames.at(-1) ?? UNKNOWN, through: device };
  }
  const first = outside.findIndex(({ file }) => !ofDevice(file));
  const through = first > 0 ? outside[first - 1]! : undefined;
  const name = through?.name ?? '';
  return { frame: outside[first] ?? outside.at(-1) ?? UNKNOWN, through: OF_WEBGPU.test(name) ? '' : name };
}

/** The stack of the calling code now. */
export function captureSite(): CallSite {
  const engine = Error as { stackTraceLimit?: number };
  const limit = engine.stackTraceLimit;
  engine.stackTraceLimit = DEPTH;
  const { stack = '' } = new Error('call site');
  if (limit === undefined) delete engine.stackTraceLimit;
  else engine.stackTraceLimit = limit;
  return chooseSite(parseStack(stack));
}

/** How files are named in reports. */
export interface SiteOptions {
  /** Folders that paths are shown relative to, the first that fits. */
  readonly roots?: readonly string[];
  /** From a built file's place to its source's, where there is a map. */
  readonly resolve?: (frame: Frame) => Frame;
}

/** `packages/warmup/src/group.ts:279`: relative to a root, or from `node_modules` on, or as it is. */
export function formatSite(frame: Frame, { roots = [], resolve = (as) => as }: SiteOptions = {}): string {
  const { file, line: row } = resolve(frame);
  if (file === '') return 'unknown';
  const path = decodeURI(file.replace(/^file:\/\//, '')).replaceAll('\\', '/');
  const root = roots.map((folder) => folder.replaceAll('\\', '/').replace(/\/?$/, '/')).find((folder) => path.startsWith(folder));
  const modules = path.lastIndexOf('/node_modules/');
  const short = root !== undefined ? path.slice(root.length) : modules >= 0 ? path.slice(modules + '/node_modules/'.length) : path;
  return `${short}:${row}`;
}
