/**
 * A model as an ONNX file that holds its weights, written piece by piece: no weight that lies in a file passes through
 * memory as a whole. Where the file would exceed what protocol buffers allow, the weights lie in a second file beside it.
 *
 * https://onnx.ai/onnx/repo-docs/IR.html, https://onnx.ai/onnx/repo-docs/ExternalData.html
 */
import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { InterfuseError } from '@interfuse/core';
import { type Node as GraphNode, type OnnxType, onnxTypes } from '../graph-parts.js';
import { irVersion, operatorSets, writeNode } from '../onnx-messages.js';
import { ProtobufWriter } from '../protobuf.js';
import type { ModelValue } from './dynamic-batch.js';

/** Bytes in a file, from `begin` on. */
export interface FileBytes {
  readonly file: string;
  readonly begin: number;
  readonly byteLength: number;
}

export interface Initializer {
  readonly name: string;
  readonly type: OnnxType;
  readonly shape: readonly number[];
  readonly data: Uint8Array | FileBytes;
}

export interface DocumentedValue extends ModelValue {
  /** What it means and how to prepare it. */
  readonly meaning?: string;
}

export interface InferenceModel {
  readonly nodes: readonly GraphNode[];
  readonly initializers: readonly Initializer[];
  readonly inputs: readonly DocumentedValue[];
  readonly outputs: readonly DocumentedValue[];
}

export interface Description {
  /** Of the program that writes the file. */
  readonly version: string;
  readonly summary: string;
  readonly metadata: Readonly<Record<string, string>>;
}

export interface WriteSettings {
  /** A larger file gets its weights in a file of their own. Default: what protocol buffers allow, 2 GiB. */
  readonly largestFile?: number;
  readonly signal?: AbortSignal;
}

export interface WrittenModel {
  /** Bytes of the model, and of the file with its weights, if it has one. */
  readonly bytes: number;
  readonly dataBytes?: number;
}

const protobufLimit = 2 ** 31 - 1;

/** What is smaller stays in the model even if weights lie beside it. */
const smallest = 1024;

/** Weights begin at multiples of this, so that a runtime can map them. */
const alignment = 4096;

export function dataFileOf(name: string): string {
  return `${name}.data`;
}

/**
 * Writes `<folder>/<name>` and, for a model above the limit, `<folder>/<name>.data`.
 *
 * @throws FILE_UNREADABLE if a weight is cut off; what the signal was aborted with
 */
export async function writeModel(
  model: InferenceModel,
  description: Description,
  folder: string,
  name: string,
  { largestFile = protobufLimit, signal }: WriteSettings = {},
): Promise<WrittenModel> {
  const inside = modelPieces(model, description, new Map());
  if (lengthOf(inside) <= largestFile) return { bytes: await writePieces(join(folder, name), inside, signal) };
  const { places, pieces } = dataPieces(model.initializers);
  const dataBytes = await writePieces(join(folder, dataFileOf(name)), pieces, signal);
  const bytes = await writePieces(
    join(folder, name),
    modelPieces(model, description, places, dataFileOf(name)),
    signal,
  );
  return { bytes, dataBytes };
}

type Piece = Uint8Array | FileBytes;

function lengthOf(pieces: readonly Piece[]): number {
  return pieces.reduce((sum, { byteLength }) => sum + byteLength, 0);
}

/** The data file: the weights one after another, and where each begins. */
function dataPieces(initializers: readonly Initializer[]): { places: Map<string, number>; pieces: Piece[] } {
  const places = new Map<string, number>();
  const pieces: Piece[] = [];
  let end = 0;
  for (const { name, data } of initializers) {
    if (data.byteLength < smallest) continue;
    const padding = (alignment - (end % alignment)) % alignment;
    pieces.push(new Uint8Array(padding), data);
    places.set(name, end + padding);
    end += padding + data.byteLength;
  }
  return { places, pieces };
}

/** A message of type ModelProto. @param places where initializers begin that lie in the file `dataFile` */
function modelPieces(
  model: InferenceModel,
  { version, summary, metadata }: Description,
  places: ReadonlyMap<string, number>,
  dataFile = '',
): Piece[] {
  const graph = graphPieces(model, places, dataFile);
  const head = new ProtobufWriter();
  head.integer(1, irVersion);
  head.text(2, 'interfuse');
  head.text(3, version);
  head.text(6, summary);
  head.opening(7, lengthOf(graph));
  const tail = new ProtobufWriter();
  for (const [domain, number] of Object.entries(operatorSets)) {
    tail.message(8, (message) => {
      message.text(1, domain);
      message.integer(2, number);
    });
  }
  for (const [key, value] of Object.entries(metadata)) {
    tail.message(14, (message) => {
      message.text(1, key);
      message.text(2, value);
    });
  }
  return [head.finish(), ...graph, tail.finish()];
}

function graphPieces(
  { nodes, initializers, inputs, outputs }: InferenceModel,
  places: ReadonlyMap<string, number>,
  dataFile: string,
): Piece[] {
  const head = new ProtobufWriter();
  for (const node of nodes) head.message(1, (message) => writeNode(message, node));
  head.text(2, 'interfuse');
  const pieces: Piece[] = [head.finish()];
  for (const initializer of initializers) {
    const place = places.get(initializer.name);
    pieces.push(...(place === undefined ? tensorPieces(initializer) : [externalTensor(initializer, dataFile, place)]));
  }
  const tail = new ProtobufWriter();
  for (const input of inputs) tail.message(11, (message) => writeValue(message, input));
  for (const output of outputs) tail.message(12, (message) => writeValue(message, output));
  return [...pieces, tail.finish()];
}

/** Field `initializer` of the graph, with the data in place. */
function tensorPieces(initializer: Initializer): Piece[] {
  const { data } = initializer;
  const head = new ProtobufWriter();
  writeTensor(head, initializer);
  head.opening(9, data.byteLength);
  const header = head.finish();
  const opening = new ProtobufWriter();
  opening.opening(5, header.byteLength + data.byteLength);
  return [opening.finish(), header, data];
}

function externalTensor(initializer: Initializer, location: string, offset: number): Uint8Array {
  const entries = { location, offset: String(offset), length: String(initializer.data.byteLength) };
  const field = new ProtobufWriter();
  field.message(5, (message) => {
    writeTensor(message, initializer);
    for (const [key, value] of Object.entries(entries)) {
      message.message(13, (entry) => {
        entry.text(1, key);
        entry.text(2, value);
      });
    }
    message.integer(14, 1); // EXTERNAL
  });
  return field.finish();
}

function writeTensor(message: ProtobufWriter, { name, type, shape }: Initializer): void {
  for (const extent of shape) message.integer(1, extent);
  message.integer(2, onnxTypes[type]);
  message.text(8, name);
}

function writeValue(message: ProtobufWriter, { name, type, shape, meaning }: DocumentedValue): void {
  message.text(1, name);
  message.message(2, (valueType) => {
    valueType.message(1, (tensor) => {
      tensor.integer(1, onnxTypes[type]);
      tensor.message(2, (dimensions) => {
        for (const extent of shape) {
          dimensions.message(1, (dimension) => {
            if (typeof extent === 'number') dimension.integer(1, extent);
            else dimension.text(2, extent);
          });
        }
      });
    });
  });
  if (meaning !== undefined) message.text(3, meaning);
}

async function writePieces(path: string, pieces: readonly Piece[], signal: AbortSignal | undefined): Promise<number> {
  const handle = await open(path, 'wx');
  try {
    for (const piece of pieces) {
      signal?.throwIfAborted();
      if (piece instanceof Uint8Array) await handle.appendFile(piece);
      else await copyBytes(handle, piece, signal);
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
  return lengthOf(pieces);
}

async function copyBytes(handle: FileHandle, bytes: FileBytes, signal: AbortSignal | undefined): Promise<void> {
  const { file, begin, byteLength } = bytes;
  let copied = 0;
  for await (const chunk of createReadStream(file, {
    start: begin,
    end: begin + byteLength - 1,
    highWaterMark: 2 ** 20,
  })) {
    signal?.throwIfAborted();
    await handle.appendFile(chunk as Buffer);
    copied += (chunk as Buffer).byteLength;
  }
  if (copied === byteLength) return;
  throw new InterfuseError('FILE_UNREADABLE', {
    place: file,
    expected: `data up to byte ${begin + byteLength}`,
    got: `the end of the file at byte ${begin + copied}`,
  });
}
