/**
 * Engines run steps. A step is a pure function from resident variables and fresh inputs to new variables and outputs;
 * an eager engine calls it, a compiling engine traces it once per signature of its inputs.
 */
import type { Tensor } from '@tensorflow/tfjs';
import type { Leaf, Shape } from './leaf.js';

export type DataType = 'float32' | 'int32' | 'bool';

/** A tensor outside of any engine. */
export interface HostTensor {
  readonly shape: Shape;
  readonly type: DataType;
  readonly data: Float32Array | Int32Array | Uint8Array;
}

/** By path (`text/tokens`, `streams/audio/values`). */
export type HostTensors = { readonly [path: string]: HostTensor };
export type TensorMap = { readonly [path: string]: Tensor };

export interface Step {
  /** For messages and profiles: `train`, `evaluate`. */
  readonly name: string;
  /**
   * Pure, and reads no value back. `updates` holds new values of variables, by path and with their shape and type
   * unchanged; `outputs` is read back to the host.
   */
  run(variables: TensorMap, inputs: TensorMap): { updates: TensorMap; outputs: TensorMap };
}

/** Resident variables by path: parameters, optimizer moments, state, counters. */
export interface Store {
  /** Adds variables; stored leaves are read from their files, the others are initialised from the seed and their path. */
  allocate(leaves: ReadonlyMap<string, Leaf>, seed: number): Promise<void>;
  readonly paths: readonly string[];
  /** A copy of the values of variables. */
  read(paths: readonly string[]): Promise<HostTensors>;
  /** Replaces values; shape and type must agree. */
  write(values: HostTensors): Promise<void>;
  /** Frees the variables before the engine is disposed of. Absent where garbage collection does it. */
  dispose?(): void;
}

export interface Program {
  run(inputs: HostTensors): Promise<HostTensors>;
}

/** What compiling has cost an engine so far. */
export interface CompileCosts {
  /** Tracing, optimising and preparing, in all. */
  readonly compileSeconds: number;
  /** Programs compiled: one for each step and signature of its inputs. */
  readonly signatures: number;
}

/** Where the time of a profile went: all nodes of one kind of operation. */
export interface OperationTime {
  /** The runtime's name of the operation. */
  readonly operation: string;
  readonly calls: number;
  readonly seconds: number;
}

export interface Engine {
  readonly id: string;
  /** True if every new signature of inputs costs a compilation: batches then come in few lengths. */
  readonly compiles?: boolean;
  /** Backend, version, threads, device: for manifests and `interfuse doctor`. */
  describe(): Promise<Record<string, string | number | boolean>>;
  createStore(): Store;
  /** Compiles a step over the variables of one store. */
  compile(step: Step, store: Store): Program;
  /** Absent where nothing is compiled. */
  costs?(): CompileCosts;
  /**
   * Times every operation of what is compiled from now on, which slows it down a little; the function returned ends that
   * and gives the times, longest first. Absent where the runtime has no profiler.
   */
  startProfile?(): () => Promise<readonly OperationTime[]>;
  /** Frees all that this engine allocated. */
  dispose(): Promise<void>;
}
