/** Batch normalisation with given statistics; its gradient is made of ordinary kernels. */
import { type Emitters, input } from './kernel.js';

export const normalisation: Emitters = {
  /** (x - mean) * scale / sqrt(variance + epsilon) + offset. */
  FusedBatchNorm: (emission) => {
    const { scale, offset } = emission.inputs;
    const { graph, name } = emission;
    const x = input(emission, 'x');
    const epsilon = graph.scalar('float32', emission.attributes.varianceEpsilon ?? 0.001);
    const centred = graph.add('Sub', [name(x), name(input(emission, 'mean'))]);
    const scaled = scale ? graph.add('Mul', [centred, name(scale)]) : centred;
    const deviation = graph.add('Sqrt', [graph.add('Add', [name(input(emission, 'variance')), epsilon])]);
    if (!offset) return emission.emit('Div', [scaled, deviation], x.shape, x.dtype);
    return emission.emit('Add', [graph.add('Div', [scaled, deviation]), offset], x.shape, x.dtype);
  },
};
