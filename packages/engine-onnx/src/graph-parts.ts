/** What an ONNX graph is made of: nodes, constants, and the tensors that go in and out, all by name. */

/** Numbers of ONNX' TensorProto.DataType. */
export const onnxTypes = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  uint32: 12,
  bfloat16: 16,
} as const;
export type OnnxType = keyof typeof onnxTypes;

export type Attribute = number | readonly number[] | { readonly float: number } | string;

export interface Node {
  readonly operation: string;
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, Attribute>>;
}

export interface ValueInfo {
  readonly name: string;
  readonly type: OnnxType;
  readonly shape: readonly number[];
}

export interface Constant extends ValueInfo {
  readonly bytes: Uint8Array;
}

/** A tensor whose values lie in another file, from `offset` on. */
export interface ExternalConstant extends ValueInfo {
  readonly file: string;
  readonly offset: number;
  readonly length: number;
}

export interface GraphParts {
  readonly nodes: readonly Node[];
  readonly constants: readonly Constant[];
  readonly externals: readonly ExternalConstant[];
  readonly inputs: readonly ValueInfo[];
}

/** The name of a node is that of its first output. */
export function nameOf({ outputs }: Node): string {
  return outputs[0] as string;
}
