/**
 * The kernel `BatchMatMul` on wasm.
 *
 * The stock kernel hands only single untransposed products to XNNPACK; a batch or a transposed factor sends it into a
 * scalar loop some twenty times slower, and attention is a batch, and gradients transpose. So batches and small products
 * go to a function of our own, and what remains has its transposed factors written out first.
 */
import * as tf from '@tensorflow/tfjs';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { type BlockedProduct, blockColumns, blockRows, compileBlockedProduct } from './blocked-product.js';
import { replaceKernelFunction } from './registry.js';

type Compute = (call: { inputs: object; backend: object; attrs: object }) => tf.TensorInfo;

/** A single right factor of more values than this (512 KiB) is faster in XNNPACK, which packs it (measured). */
const rightLimit = 131_072;

/** A longer inner dimension of a transposed left factor is split, so that what one block reads stays in the first cache. */
const innerLimit = 256;
const mostPieces = 16;

export function registerMatrixProduct(): void {
  const stock = tf.getKernel('BatchMatMul', 'wasm').kernelFunc as unknown as Compute;
  const stockTranspose = tf.getKernel('Transpose', 'wasm').kernelFunc as unknown as Compute;
  const blockedProducts = new WeakMap<BackendWasm, BlockedProduct>();

  const blockedProductOf = (backend: BackendWasm): BlockedProduct => {
    const compiled = blockedProducts.get(backend) ?? compileBlockedProduct(heapOf(backend));
    blockedProducts.set(backend, compiled);
    return compiled;
  };

  function transposed(x: tf.TensorInfo, backend: BackendWasm): tf.TensorInfo {
    const perm = x.shape.map((_, axis) => axis);
    perm.push(...perm.splice(-2).reverse());
    return stockTranspose({ inputs: { x }, backend, attrs: { perm } });
  }

  replaceKernelFunction('wasm', 'BatchMatMul', (call) => {
    const { a, b } = call.inputs as { a: tf.TensorInfo; b: tf.TensorInfo };
    const { transposeA, transposeB } = call.attrs as { transposeA: boolean; transposeB: boolean };
    const backend = call.backend as BackendWasm;
    const temporary: tf.TensorInfo[] = [];
    const writtenOut = (x: tf.TensorInfo): tf.TensorInfo => {
      const copy = transposed(x, backend);
      temporary.push(copy);
      return copy;
    };
    const right = transposeB ? writtenOut(b) : b;
    const product = isBlocked(a, right, transposeA)
      ? multiplyBlocked(blockedProductOf(backend), backend, a, right, transposeA)
      : stock({
          inputs: { a: transposeA ? writtenOut(a) : a, b: right },
          backend,
          attrs: { transposeA: false, transposeB: false },
        });
    for (const copy of temporary) backend.disposeData(copy.dataId);
    return product;
  });
}

function lastTwo(x: tf.TensorInfo): [number, number] {
  return x.shape.slice(-2) as [number, number];
}

/** Rows, inner extent and columns of a product whose right factor is not transposed. */
function extents(a: tf.TensorInfo, b: tf.TensorInfo, transposeA: boolean): [number, number, number] {
  const [first, second] = lastTwo(a);
  return transposeA ? [second, first, lastTwo(b)[1]] : [first, second, lastTwo(b)[1]];
}

/** Whether our function can take the product, and is the faster one. */
function isBlocked(a: tf.TensorInfo, b: tf.TensorInfo, transposeA: boolean): boolean {
  const [rows, inner, columns] = extents(a, b, transposeA);
  const outer = a.shape.slice(0, -2);
  const single = outer.every((extent) => extent === 1);
  const length = inner / (transposeA ? pieceCount(inner) : 1);
  const floats = a.dtype === 'float32' && b.dtype === 'float32';
  const matching = outer.join() === b.shape.slice(0, -2).join() && inner === lastTwo(b)[0] && !a.shape.includes(0);
  const fits = rows >= blockRows && columns >= blockColumns && (!single || length * columns <= rightLimit);
  return floats && matching && fits;
}

function multiplyBlocked(
  blockedProduct: BlockedProduct,
  backend: BackendWasm,
  a: tf.TensorInfo,
  b: tf.TensorInfo,
  transposeA: boolean,
): tf.TensorInfo {
  const [rows, inner, columns] = extents(a, b, transposeA);
  const outer = a.shape.slice(0, -2);
  const batch = outer.reduce((size, extent) => size * extent, 1);
  // a^T b of two tall factors is the sum of the products of their pieces, and the pieces are a batch as they lie.
  const pieces = transposeA && batch === 1 ? pieceCount(inner) : 1;
  const product = backend.makeOutput([...outer, rows, columns], 'float32');
  const target = pieces === 1 ? product : backend.makeOutput([pieces, rows, columns], 'float32');
  const address = (x: tf.TensorInfo): number => backend.getMemoryOffset(x.dataId);
  const length = inner / pieces;
  const [rowStride, innerStride] = transposeA ? [4, 4 * rows] : [4 * length, 4];
  blockedProduct(
    address(a),
    address(b),
    address(target),
    batch * pieces,
    rows,
    length,
    columns,
    rowStride,
    innerStride,
  );
  if (target !== product) {
    sumPieces(backend.typedArrayFromHeap(target) as Float32Array, backend.typedArrayFromHeap(product) as Float32Array);
    backend.disposeData(target.dataId);
  }
  return product;
}

/** The least number of equal pieces that keeps each within the limit; 1 if no such number is small enough. */
function pieceCount(inner: number): number {
  for (let pieces = Math.ceil(inner / innerLimit); pieces <= mostPieces; pieces += 1) {
    if (inner % pieces === 0) return pieces;
  }
  return 1;
}

/** Adds up arrays that lie one after another. */
function sumPieces(pieces: Float32Array, sum: Float32Array): void {
  sum.set(pieces.subarray(0, sum.length));
  for (let start = sum.length; start < pieces.length; start += sum.length) {
    for (let i = 0; i < sum.length; i += 1) sum[i] = (sum[i] as number) + (pieces[start + i] as number);
  }
}

/** The memory that Emscripten's module exports. */
function heapOf(backend: BackendWasm): object {
  return (backend.wasm as unknown as { asm: { memory: object } }).asm.memory;
}
