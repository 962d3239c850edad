/** Makes the symbolic backend that of TensorFlow.js while a step is traced. */
import * as tf from '@tensorflow/tfjs';
import type { Graph } from './graph.js';
import { registerKernels } from './kernels/register.js';
import { type SymbolicBackend, symbolicBackend, symbolicBackendName } from './symbolic-backend.js';

/** What is computed meanwhile becomes nodes of the graph; its tensors go with the scope, and the backend of before is back. */
export function onSymbolicBackend<R>(graph: Graph, run: (backend: SymbolicBackend) => R): R {
  registerKernels();
  const backend = symbolicBackend();
  const previous = tf.getBackend();
  void tf.setBackend(symbolicBackendName);
  try {
    return backend.trace(graph, () => {
      tf.engine().startScope();
      try {
        return run(backend);
      } finally {
        tf.engine().endScope();
      }
    });
  } finally {
    if (previous) void tf.setBackend(previous);
  }
}
