/** The contracts of Interfuse, and what binds plugins to a run: registry, container, configuration and coded errors. */
export * from './contracts/dataset.js';
export * from './contracts/encoder.js';
export * from './contracts/engine.js';
export * from './contracts/fusion.js';
export * from './contracts/language-model.js';
export * from './contracts/leaf.js';
export * from './contracts/metric.js';
export * from './contracts/model.js';
export * from './contracts/plugin.js';
export * from './contracts/training.js';
export * from './define.js';
export * from './errors.js';
