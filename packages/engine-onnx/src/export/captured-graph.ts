/** A traced step that can be looked into: nodes, constants and weights, with its inputs, variables and outputs named by path. */
import { join } from 'node:path';
import type { HostTensors, Step } from '@interfuse/core';
import type { Tensor } from 'onnxruntime-node';
import { Graph } from '../graph.js';
import type { ExternalConstant, Constant as GraphConstant, Node as GraphNode, ValueInfo } from '../graph-parts.js';
import type { ExternalVariable, OnnxStore } from '../store.js';
import { onnxTypeOf } from '../symbolic-backend.js';
import { traceStep } from '../trace.js';

export interface CapturedGraph {
  readonly nodes: readonly GraphNode[];
  readonly constants: ReadonlyMap<string, GraphConstant>;
  /** Frozen weights that lie in a file, by path of the variable; `file` is absolute. */
  readonly externals: ReadonlyMap<string, ExternalConstant>;
  /** Frozen weights that are held in memory, and their scales, by their names. */
  readonly held: ReadonlyMap<string, Tensor>;
  /** Paths of the resident variables that are read. */
  readonly variables: ReadonlySet<string>;
  /** All inputs that the step was given, whether or not it reads them. */
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
}

/** Traces a step that updates nothing. */
export function captureGraph(step: Step, store: OnnxStore, inputs: HostTensors): CapturedGraph {
  const graph = new Graph();
  const outputs: ValueInfo[] = [];
  const watched: Step = {
    name: step.name,
    run(variables, fresh) {
      const result = step.run(variables, fresh);
      for (const [path, { shape, dtype }] of Object.entries(result.outputs)) {
        outputs.push({ name: path, type: onnxTypeOf(dtype), shape });
      }
      return { updates: {}, outputs: result.outputs };
    },
  };
  const traced = traceStep(watched, store, inputs, graph);
  const parts = graph.parts([...traced.outputs.values()].map(({ name }) => name));

  const paths = new Map<string, string>();
  for (const [path, name] of [...traced.variables, ...traced.inputs]) paths.set(name, path);
  for (const [name, { label }] of traced.held) paths.set(name, label);
  for (const [path, { name }] of traced.outputs) paths.set(name, path);
  const stored = parts.externals.map((external) => {
    const file = join(traced.externalFolder, external.file);
    const path = pathOf(store, file, external.offset) ?? external.name;
    paths.set(external.name, path);
    return [path, { ...external, name: path, file }] as const;
  });
  const named = (names: readonly string[]): string[] => names.map((name) => paths.get(name) ?? name);
  return {
    nodes: parts.nodes.map((node) => ({ ...node, inputs: named(node.inputs), outputs: named(node.outputs) })),
    constants: new Map(parts.constants.map((constant) => [constant.name, constant])),
    externals: new Map(stored),
    held: new Map([...traced.held.values()].map(({ label, tensor }) => [label, tensor])),
    variables: new Set(traced.variables.keys()),
    inputs: Object.entries(inputs).map(([path, { type, shape }]) => ({ name: path, type, shape })),
    outputs,
  };
}

/** The first variable that is stored at this place: several may be. */
function pathOf(store: OnnxStore, file: string, begin: number): string | undefined {
  const isThere = (variable: ExternalVariable) => variable.file === file && variable.begin === begin;
  const found = [...store.variables].find(([, variable]) => variable.kind === 'external' && isThere(variable));
  return found?.[0];
}
