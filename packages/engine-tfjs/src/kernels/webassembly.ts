/**
 * The little of WebAssembly's binary format (W3C, WebAssembly 2.0) that one hand-written function needs: instructions as
 * lists of bytes, and a module around them that works on a memory given from outside.
 */
export type Code = readonly number[];

/** What this file uses of the global that TypeScript declares only for browsers. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (
    module: object,
    imports: { host: { memory: object } },
  ) => { exports: { run: (...parameters: number[]) => void } };
};

const simd = (opcode: number): Code => [0xfd, ...unsigned(opcode)];

/** LEB128 of an unsigned integer. */
function unsigned(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)];
}

/** LEB128 of a signed integer. */
function signed(value: number): number[] {
  const last = value >= -0x40 && value < 0x40;
  return last ? [value & 0x7f] : [(value & 0x7f) | 0x80, ...signed(value >> 7)];
}

export const get = (local: number): Code => [0x20, ...unsigned(local)];
export const set = (local: number, value: Code): Code => [...value, 0x21, ...unsigned(local)];
export const integer = (value: number): Code => [0x41, ...signed(value)];

const binary =
  (...opcode: Code) =>
  (left: Code, right: Code): Code => [...left, ...right, ...opcode];

export const add = binary(0x6a);
export const subtract = binary(0x6b);
export const multiply = binary(0x6c);
export const lessThan = binary(0x48);

export const minimum = (left: Code, right: Code): Code => [...left, ...right, ...lessThan(left, right), 0x1b];

/** Runs the body once, and again as long as the condition holds. */
export const repeatWhile = (condition: Code, ...body: Code[]): Code => [
  0x03,
  0x40,
  ...body.flat(),
  ...condition,
  0x0d,
  0,
  0x0b,
];

/** Four float32 lanes. Loads and stores are at an address plus a constant offset, with no alignment beyond 4 bytes. */
export const lanes = {
  zero: [...simd(12), ...new Array<number>(16).fill(0)] as Code,
  load: (address: Code, offset = 0): Code => [...address, ...simd(0), 2, ...unsigned(offset)],
  loadSplat: (address: Code): Code => [...address, ...simd(9), 2, 0],
  store: (address: Code, value: Code, offset = 0): Code => [...address, ...value, ...simd(11), 2, ...unsigned(offset)],
  add: binary(...simd(228)),
  multiply: binary(...simd(230)),
};

const integerType = 0x7f;
const lanesType = 0x7b;

/**
 * Compiles a function of integers without a result.
 *
 * @param memory the `WebAssembly.Memory` that its loads and stores go to
 * @param locals how many integers and vectors the body uses besides its parameters, numbered in this order
 */
export function compile(
  memory: object,
  locals: { parameters: number; integers: number; vectors: number },
  body: Code,
): (...parameters: number[]) => void {
  const vector = (items: readonly Code[]): Code => [...unsigned(items.length), ...items.flat()];
  const text = (value: string): Code => [...unsigned(value.length), ...new TextEncoder().encode(value)];
  const section = (id: number, content: Code): Code => [id, ...unsigned(content.length), ...content];
  const signature = [0x60, ...vector(new Array<Code>(locals.parameters).fill([integerType])), 0];
  const declared = vector([
    [...unsigned(locals.integers), integerType],
    [...unsigned(locals.vectors), lanesType],
  ]);
  const code = [...declared, ...body, 0x0b];
  const bytes = new Uint8Array([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0], // magic number, version
    ...section(1, vector([signature])),
    ...section(2, vector([[...text('host'), ...text('memory'), 0x02, 0x00, 0]])), // imports
    ...section(3, vector([[0]])), // functions, by signature
    ...section(7, vector([[...text('run'), 0x00, 0]])), // exports
    ...section(10, vector([[...unsigned(code.length), ...code]])),
  ]);
  return new WebAssembly.Instance(new WebAssembly.Module(bytes), { host: { memory } }).exports.run;
}
