/** Leaves, layers and losses: pure functions over TensorFlow.js tensors. */
export * from './activations.js';
export * from './attention.js';
export * from './batch-norm.js';
export * from './dropout.js';
export * from './embedding.js';
export * from './feed-forward.js';
export * from './gradients.js';
export * from './initial-values.js';
export * from './leaves.js';
export * from './linear.js';
export * from './losses.js';
export * from './lstm.js';
export * from './masks.js';
export * from './norms.js';
export * from './random.js';
export * from './trees.js';
