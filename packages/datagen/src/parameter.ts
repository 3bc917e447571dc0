/**
 * A number drawn for each sample, with a fixed draw number in a fixed stream, so that adding a parameter never shifts the others.
 * `uniform`: low + (high − low)·u, u in [0, 1); `normal`: mean + deviation·z, z from draws `draw` and `draw + 1`; `integer`: low .. high, both
 * included; `class`: 0 .. classes − 1, by class weights where the caller controls them. Floats are f32, the others u32 (i32 for negative lows).
 */
export type Parameter = {
  readonly name: string;
  readonly stream: 'label' | 'image';
  readonly draw: number;
  /** For uniform and normal: the value at difficulty 0; at difficulty d it is easy + d·(value − easy). Without it difficulty changes nothing. */
  readonly easy?: number;
} & (
  | { readonly kind: 'uniform'; readonly low: number; readonly high: number }
  | { readonly kind: 'normal'; readonly mean: number; readonly deviation: number }
  | { readonly kind: 'integer'; readonly low: number; readonly high: number }
  | { readonly kind: 'class'; readonly classes: number }
);

const KIND = { uniform: 0, normal: 1, integer: 2, class: 3 } as const;
const STREAM_NUMBER = { image: 0, label: 1 } as const;

/** A number from the first to the second draw that a parameter consumes. */
export const drawsOf = ({ kind, draw }: Parameter): readonly number[] => (kind === 'normal' ? [draw, draw + 1] : [draw]);

/** True where the parameter's word holds f32 bits. */
export const isFloat = ({ kind }: Parameter): boolean => kind === 'uniform' || kind === 'normal';

/** A float's bits. */
export const floatBits = (value: number): number => new Uint32Array(Float32Array.of(value).buffer)[0]!;

/** The 8 words of a parameter in the table of `shaders/sample/draw.wgsl`. `given`: the word in `rows` is another kernel's and stays. */
export function parameterWords(parameter: Parameter, given: boolean): number[] {
  const { kind, stream, draw, easy } = parameter;
  const range = (): [number, number] => {
    switch (parameter.kind) {
      case 'uniform':
        return [floatBits(parameter.low), floatBits(parameter.high)];
      case 'normal':
        return [floatBits(parameter.mean), floatBits(parameter.deviation)];
      case 'integer':
        return [parameter.low, parameter.high];
      case 'class':
        return [parameter.classes, 0];
    }
  };
  const hasEasy = easy !== undefined && isFloat(parameter);
  return [KIND[kind], STREAM_NUMBER[stream], draw, ...range(), floatBits(easy ?? 0), hasEasy ? 1 : 0, given ? 1 : 0];
}
