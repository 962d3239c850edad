/** A label of all samples of a split, in row order. */
import { type HostTensors, InterfuseError, type Sample } from '@interfuse/core';

export interface LabelColumn {
  /** 0 where the label is not known. */
  readonly values: Float32Array;
  /** 1 where it is. */
  readonly known: Uint8Array;
}

/** The labels that any sample has, `task` always among them. */
export function labelNames(samples: readonly Sample[]): string[] {
  return [...new Set(['task', ...samples.flatMap(({ labels }) => Object.keys(labels))])];
}

/** @throws DATASET_NOT_FINITE naming the sample */
export function labelColumn(samples: readonly Sample[], name: string): LabelColumn {
  const values = new Float32Array(samples.length);
  const known = new Uint8Array(samples.length);
  samples.forEach(({ id, labels }, row) => {
    const label = labels[name];
    if (label === undefined) return;
    if (!Number.isFinite(label)) {
      throw new InterfuseError('DATASET_NOT_FINITE', {
        place: `sample ${id}, label ${name}`,
        expected: 'a finite number',
        got: String(label),
      });
    }
    values[row] = label;
    known[row] = 1;
  });
  return { values, known };
}

export function takeLabels(name: string, column: LabelColumn, rows: readonly number[]): HostTensors {
  const values = Float32Array.from(rows, (row) => column.values[row] as number);
  const known = Uint8Array.from(rows, (row) => column.known[row] as number);
  return {
    [`labels/${name}/values`]: { shape: [rows.length, 1], type: 'float32', data: values },
    [`labels/${name}/known`]: { shape: [rows.length], type: 'bool', data: known },
  };
}
