/**
 * The part of protocol buffers' wire format that ONNX needs: fields of varints, of bytes and of messages, which are bytes themselves
 * (https://protobuf.dev/programming-guides/encoding).
 */
export type Message = readonly Uint8Array[];

const VARINT = 0;
const BYTES = 2;

/** A whole number ≥ 0 in groups of seven bits, the lowest first. */
function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  bytes.push(rest);
  return Uint8Array.from(bytes);
}

const key = (field: number, type: number): Uint8Array => varint(8 * field + type);

/** A field that holds a whole number from 0. */
export const int = (field: number, value: number): Message => [key(field, VARINT), varint(value)];

/** A field that holds bytes. */
export const bytes = (field: number, value: Uint8Array): Message => [key(field, BYTES), varint(value.length), value];

/** A field that holds text in UTF-8. */
export const text = (field: number, value: string): Message => bytes(field, new TextEncoder().encode(value));

/** A field that holds a message. */
export const message = (field: number, ...parts: readonly Message[]): Message => bytes(field, join(...parts));

/** The bytes of a message made of fields. */
export function join(...parts: readonly Message[]): Uint8Array<ArrayBuffer> {
  const all = parts.flat();
  const result = new Uint8Array(all.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of all) {
    result.set(part, at);
    at += part.length;
  }
  return result;
}
