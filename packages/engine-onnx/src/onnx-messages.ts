/** The messages of the ONNX format (onnx.proto3): a node, a constant, what goes in and out. */
import {
  type Attribute,
  type Constant,
  type ExternalConstant,
  type Node,
  nameOf,
  onnxTypes,
  type ValueInfo,
} from './graph-parts.js';
import type { ProtobufWriter } from './protobuf.js';

export const operatorSets = { '': 18, 'com.microsoft': 1 } as const;
export const irVersion = 10;

export function writeNode(message: ProtobufWriter, node: Node): void {
  for (const input of node.inputs) message.text(1, input);
  for (const output of node.outputs) message.text(2, output);
  message.text(3, nameOf(node));
  message.text(4, node.operation);
  for (const [name, value] of Object.entries(node.attributes)) {
    message.message(5, (attribute) => writeAttribute(attribute, name, value));
  }
  if (node.domain !== '') message.text(7, node.domain);
}

function writeAttribute(message: ProtobufWriter, name: string, value: Attribute): void {
  message.text(1, name);
  if (typeof value === 'number') {
    message.integer(3, value);
    message.integer(20, 2);
  } else if (typeof value === 'string') {
    message.text(4, value);
    message.integer(20, 3);
  } else if ('float' in value) {
    message.float(2, value.float);
    message.integer(20, 1);
  } else {
    for (const entry of value) message.integer(8, entry);
    message.integer(20, 7);
  }
}

export function writeConstant(message: ProtobufWriter, constant: Constant): void {
  for (const extent of constant.shape) message.integer(1, extent);
  message.integer(2, onnxTypes[constant.type]);
  message.text(8, constant.name);
  message.bytes(9, constant.bytes);
}

export function writeExternal(message: ProtobufWriter, external: ExternalConstant): void {
  for (const extent of external.shape) message.integer(1, extent);
  message.integer(2, onnxTypes[external.type]);
  message.text(8, external.name);
  const entries = { location: external.file, offset: String(external.offset), length: String(external.length) };
  for (const [key, value] of Object.entries(entries)) {
    message.message(13, (entry) => {
      entry.text(1, key);
      entry.text(2, value);
    });
  }
  message.integer(14, 1); // EXTERNAL
}

export function writeValueInfo(message: ProtobufWriter, info: ValueInfo): void {
  message.text(1, info.name);
  message.message(2, (type) => {
    type.message(1, (tensor) => {
      tensor.integer(1, onnxTypes[info.type]);
      tensor.message(2, (shape) => {
        for (const extent of info.shape) shape.message(1, (dimension) => dimension.integer(1, extent));
      });
    });
  });
}
