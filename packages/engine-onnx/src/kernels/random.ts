/** The counter-based random kernel of `nn` as nodes over unsigned 32-bit integers: the same numbers, bit for bit. */
import type { Graph } from '../graph.js';
import { onnxTypes } from '../graph-parts.js';
import { type Emitters, input, size } from './kernel.js';

/** `mix32` of nn/random on names. */
function mix(graph: Graph, value: string): string {
  const constant = (bits: number): string => graph.scalar('uint32', bits);
  const shifted = (x: string, bits: number): string =>
    graph.add('BitwiseXor', [x, graph.add('BitShift', [x, constant(bits)], { direction: 'RIGHT' })]);
  const first = graph.add('Mul', [shifted(value, 16), constant(0x7feb352d)]);
  return shifted(graph.add('Mul', [shifted(first, 15), constant(0x846ca68b)]), 16);
}

export const random: Emitters = {
  CounterUniform: (emission) => {
    const { graph } = emission;
    const { shape, key, stream } = emission.attributes as { shape: number[]; key: number; stream: number };
    const constant = (bits: number): string => graph.scalar('uint32', bits >>> 0);
    const step = graph.add('Cast', [emission.name(input(emission, 'step'))], { to: onnxTypes.uint32 });
    const perStep = mix(graph, graph.add('Add', [step, constant(0x9e3779b9)]));
    const perStream = mix(graph, graph.add('Add', [perStep, constant(stream)]));
    const draw = mix(graph, graph.add('Add', [perStream, constant(key)]));
    const count = size(shape);
    const bounds = [0, count, 1].map((bound) => graph.scalar('int32', bound));
    const positions = graph.add('Cast', [graph.add('Range', bounds)], { to: onnxTypes.uint32 });
    const hashed = mix(graph, graph.add('BitwiseXor', [mix(graph, graph.add('Add', [positions, draw])), draw]));
    const top = graph.add('BitShift', [hashed, constant(8)], { direction: 'RIGHT' });
    const unit = graph.add('Mul', [
      graph.add('Cast', [top], { to: onnxTypes.float32 }),
      graph.scalar('float32', 2 ** -24),
    ]);
    return emission.emit('Reshape', [unit, graph.integers(shape)], shape, 'float32');
  },
};
