/** What every late strategy starts from: the text through the whole language model alone, each stream through its encoder, and one pooled vector for each modality. */
import type { Batch, FusionHost, Pass, Tensors, TensorTree } from '@interfuse/core';
import { batchText, encoderLeaves, encodeSamplesAlone, encodeStreams, hostLanguageModel, inFork } from '@interfuse/nn';
import * as tf from '@tensorflow/tfjs';
import { pooledStream, pooledText } from './pooling.js';
import { realTokens } from './text-mask.js';

/** By modality: `text`, and the streams by their names. */
export type ByModality<T> = { readonly [modality: string]: T };

/** What `make` makes for every modality, in their order. */
export function forEachModality<T, R>(values: ByModality<T>, make: (value: T, modality: string) => R): ByModality<R> {
  return Object.fromEntries(Object.entries(values).map(([modality, value]) => [modality, make(value, modality)]));
}

/**
 * The leaves of the language model and the encoders, and what reads a batch with them.
 *
 * @throws PLUGIN_REQUIREMENT if the run has no language model
 */
export function modalityReader(host: FusionHost, strategy: string) {
  const languageModel = hostLanguageModel(host, strategy);
  const { layers, width } = languageModel.config;
  const encoders = encoderLeaves(host.encoders);
  const parameters = { languageModel: languageModel.parameters, encoders: encoders.parameters };
  const state = { encoders: encoders.state };
  /** Of the pooled vectors. */
  const widths: ByModality<number> = { text: 2 * width, ...forEachModality(host.encoders, (encoder) => encoder.width) };

  /** [mean ; last] of the text, [B, 2 d], and the mean of each encoded stream, [B, D]; zeros for what is absent. */
  function read(params: Tensors<typeof parameters>, before: Tensors<typeof state>, batch: Batch, pass: Pass) {
    const text = batchText(batch, strategy);
    const alone = languageModel.prefix(params.languageModel, text, layers, inFork(pass, 'languageModel'));
    const words = languageModel.norm(params.languageModel, alone); // [B, L, d]
    const streamed = encodeStreams(host.encoders, params.encoders, before.encoders, batch, pass);
    const pooled: Record<string, tf.Tensor> = { text: pooledText(words, realTokens(text)) };
    for (const [name, encoded] of Object.entries(streamed.encoded)) pooled[name] = pooledStream(encoded);
    return { read: pooled, state: { encoders: streamed.state as Record<string, TensorTree> } };
  }

  return { parameters, state, widths, prefixDepths: [layers], samplesAlone: encodeSamplesAlone(host.encoders), read };
}

/** Which samples have a modality: [B] bool. */
export function presence(batch: Pick<Batch, 'text' | 'streams'>, modality: string): tf.Tensor {
  const input = modality === 'text' ? batch.text : batch.streams[modality];
  return (input as NonNullable<typeof input>).present;
}

/** The same as numbers to multiply with: [B, 1] float32, 0 or 1. */
export function presenceWeights(batch: Pick<Batch, 'text' | 'streams'>, modality: string): tf.Tensor {
  return tf.expandDims(tf.cast(presence(batch, modality), 'float32'), 1);
}
