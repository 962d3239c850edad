/** Who each sample is: ids that are unique in the dataset, and the video or speaker that it belongs to. */
import type { SplitName } from '@interfuse/core';
import type { Table } from './table.js';

export interface Identity {
  readonly id: string;
  readonly group?: string;
}

/** `video$_$clip` in MMSA, `video[segment]` in the CMU-MultimodalSDK. */
export function groupOf(id: string): string | undefined {
  const group = /^(.+)\$_\$[^$]*$/.exec(id)?.[1] ?? /^(.+)\[\d+\]$/.exec(id)?.[1];
  return group === undefined || group === '' ? undefined : group;
}

/** An id that was there before gets the name of its split in front, and if need be a number behind. */
export function identify(table: Table, notes: string[]): { readonly [K in SplitName]: readonly Identity[] } {
  const seen = new Set<string>();
  let repeated = 0;
  const of = (split: SplitName) => {
    const { ids, count } = table.splits[split];
    return Array.from({ length: count }, (_, i): Identity => {
      const written = ids?.[i] || `${split}-${i}`;
      const group = ids === undefined ? undefined : groupOf(written);
      let id = written;
      if (seen.has(id)) {
        repeated += 1;
        id = `${split}:${written}`;
        for (let number = 2; seen.has(id); number += 1) id = `${split}:${written}#${number}`;
      }
      seen.add(id);
      return group === undefined ? { id } : { id, group };
    });
  };
  // One after another: the ids of one split matter to the next.
  const identities = { train: of('train'), valid: of('valid'), test: of('test') };
  if (repeated > 0) {
    notes.push(
      `${repeated} ids occur more than once in the file; the later ones got their split in front. \`interfuse data inspect\` tells whether their contents are the same, too.`,
    );
  }
  return identities;
}
