import { DeviceError, InputError } from '@kindling/core';

/** What executes WGSL: a GPU, Mesa's or Google's CPU implementation of Vulkan, or another CPU implementation (e.g. WARP). */
export type AdapterKind = 'hardware' | 'lavapipe' | 'swiftshader' | 'software';

/** An adapter as messages and run records name it. */
export interface AdapterInfo {
  readonly kind: AdapterKind;
  /** One line for people, e.g. `SwiftShader Device (Subzero), SwiftShader driver 5.0.0`. */
  readonly name: string;
  readonly vendor: string;
  readonly architecture: string;
  readonly description: string;
  /** True for every kind but `hardware`. */
  readonly software: boolean;
}

/** An adapter that was found and not yet used; `requestDevice` consumes it. */
export interface Candidate {
  readonly info: AdapterInfo;
  /** Driver name and version where the platform tells, else empty. */
  readonly driver: string;
  readonly adapter: GPUAdapter;
  /** The same adapter once more, where the backend can tell: `requestDevice` consumes one. */
  readonly again?: () => Promise<GPUAdapter | null>;
}

/** Which adapters to look at: those that the system offers, or the SwiftShader that comes from npm. */
export type Stage = 'system' | 'bundled';

export interface Found {
  readonly candidates: readonly Candidate[];
  /** What stood in the way, one sentence each. */
  readonly problems: readonly string[];
}

/** The part that differs between Node and a browser. */
export interface Backend {
  readonly stages: readonly Stage[];
  find(stage: Stage, env: Env): Promise<Found>;
  /** What to install for something faster, given what was found. */
  advice(kinds: ReadonlySet<AdapterKind>): string[];
  /** Which of what applies to this machine was never run by Kindling's authors. */
  untested(kinds: ReadonlySet<AdapterKind>): string[];
}

export type Env = Readonly<Record<string, string | undefined>>;

const order: readonly AdapterKind[] = ['hardware', 'lavapipe', 'swiftshader', 'software'];
const isKind = (wanted: string): wanted is AdapterKind => (order as readonly string[]).includes(wanted);

/** Tells the kind from what the implementation says of itself. `name` is the device name where one is known. */
export function kindOf(
  name: string,
  info: Pick<GPUAdapterInfo, 'vendor' | 'architecture' | 'description' | 'isFallbackAdapter'>,
): AdapterKind {
  const text = `${name} ${info.vendor} ${info.architecture} ${info.description}`;
  if (/llvmpipe|lavapipe/i.test(text)) return 'lavapipe';
  if (/swiftshader/i.test(text)) return 'swiftshader';
  return info.isFallbackAdapter || /basic render|\bwarp\b|softpipe/i.test(text) ? 'software' : 'hardware';
}

/** @param name the device name where the platform tells it apart from `description`, else empty. */
export function adapterInfo(name: string, info: GPUAdapterInfo): AdapterInfo {
  const kind = kindOf(name, info);
  // Deno gives the PCI number of the device.
  const device = /^\d*$/.test(info.device) ? '' : info.device;
  const parts = [name || device, info.description].filter((part) => part !== '');
  const line = [...new Set(parts)].join(', ') || [info.vendor, info.architecture].filter((part) => part !== '').join(' ');
  return {
    kind,
    name: line || 'unnamed adapter',
    vendor: info.vendor,
    architecture: info.architecture,
    description: info.description,
    software: kind !== 'hardware',
  };
}

/** The stages to look at for `wanted`, in order. A GPU or lavapipe never comes from npm. */
export function stagesFor(wanted: string | undefined, stages: readonly Stage[]): Stage[] {
  if (wanted === 'hardware' || wanted === 'lavapipe') return stages.filter((stage) => stage === 'system');
  return wanted === 'swiftshader' ? [...stages].reverse() : [...stages];
}

/** The candidates that satisfy `wanted` (a kind, a part of a name, or undefined for any), best first. */
export function rank<C extends { readonly info: AdapterInfo }>(candidates: readonly C[], wanted: string | undefined): C[] {
  const matches = ({ info }: C): boolean => {
    if (wanted === undefined) return true;
    if (isKind(wanted)) return wanted === info.kind || (wanted === 'software' && info.software);
    return `${info.name} ${info.vendor} ${info.architecture}`.toLowerCase().includes(wanted.toLowerCase());
  };
  return candidates.filter(matches).sort((a, b) => order.indexOf(a.info.kind) - order.indexOf(b.info.kind));
}

/** `adapter` option, else `KINDLING_ADAPTER`; kinds in lower case, undefined where neither says anything. */
export function wantedAdapter(option: string | undefined, env: Env): string | undefined {
  const wanted = (option ?? env.KINDLING_ADAPTER)?.trim();
  if (!wanted) return undefined;
  return isKind(wanted.toLowerCase()) ? wanted.toLowerCase() : wanted;
}

/** The error for an empty choice: a DeviceError (exit 3) when nothing usable is there, an InputError for a name that fits nothing. */
export function noAdapter(wanted: string | undefined, found: Found, advice: readonly string[]): DeviceError | InputError {
  const list = found.candidates.map(({ info }) => `${info.kind} (${info.name})`).join('; ') || 'no adapter at all';
  const problems = found.problems.length > 0 ? ` [${found.problems.join(' ')}]` : '';
  if (wanted !== undefined && !isKind(wanted)) {
    return new InputError({
      subject: 'adapter',
      got: `"${wanted}"; found here: ${list}${problems}`,
      expected: `${order.join(', ')}, or a part of the name of an adapter found here`,
      next: 'pick one of those found, or leave the option and KINDLING_ADAPTER unset for the best of them',
    });
  }
  return new DeviceError({
    subject: 'adapter',
    got: `${list}${problems}`,
    expected: wanted === undefined ? 'at least one WebGPU adapter' : `an adapter of kind ${wanted}`,
    next: advice.join(' ') || 'pick one of those found',
  });
}
