/**
 * Functionals: one number for a whole utterance each. The choice follows eGeMAPS (Eyben et al.: "The Geneva minimalistic
 * acoustic parameter set", IEEE Transactions on Affective Computing 2016) as far as these descriptors go; the figures
 * are not those of openSMILE.
 */
import type { Descriptors } from './descriptors.js';

/** Taken over voiced rows only. */
const voicedOnly = ['pitch', 'slope', 'centroid', 'mfcc-1', 'mfcc-2', 'mfcc-3', 'mfcc-4'];
const everywhere = ['energy', 'flux', 'roll-off', 'strength'];
/** Those whose percentiles and movements count, as pitch and loudness in eGeMAPS. */
const traced = ['pitch', 'energy'];

/** By name: `pitch.mean`, `pitch.p80`, `energy.rising`, `voiced-segments-per-second`, ... */
export function functionals(descriptors: Descriptors): { readonly [name: string]: number } {
  const { columns, hop, rows } = descriptors;
  const voicing = columns.voicing as Float64Array;
  const isVoiced = (row: number) => voicing[row] === 1;
  const result: Record<string, number> = {};
  for (const name of [...voicedOnly, ...everywhere]) {
    const column = columns[name] as Float64Array;
    const values = [...column].filter((_, row) => everywhere.includes(name) || isVoiced(row));
    result[`${name}.mean`] = mean(values);
    result[`${name}.deviation`] = deviation(values);
    if (!traced.includes(name)) continue;
    for (const share of [20, 50, 80]) result[`${name}.p${share}`] = percentile(values, share / 100);
    result[`${name}.range`] = (result[`${name}.p80`] as number) - (result[`${name}.p20`] as number);
    const movements = [...column]
      .slice(1)
      .map((value, row) => ({ change: (value - (column[row] as number)) / hop, row }))
      .filter(({ row }) => name !== 'pitch' || (isVoiced(row) && isVoiced(row + 1)))
      .map(({ change }) => change);
    result[`${name}.rising`] = mean(movements.filter((change) => change > 0));
    result[`${name}.falling`] = mean(movements.filter((change) => change < 0));
  }
  const seconds = rows * hop;
  const voiced = runs(voicing, 1);
  const unvoiced = runs(voicing, 0);
  result['energy.peaks-per-second'] = peaks(columns.energy as Float64Array) / seconds;
  result['voiced-segments-per-second'] = voiced.length / seconds;
  result['voiced-seconds.mean'] = mean(voiced) * hop;
  result['voiced-seconds.deviation'] = deviation(voiced) * hop;
  result['unvoiced-seconds.mean'] = mean(unvoiced) * hop;
  result['unvoiced-seconds.deviation'] = deviation(unvoiced) * hop;
  result.seconds = seconds;
  return result;
}

/** 0 for no values: an utterance without a voiced row has no pitch to speak of. */
function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}

function deviation(values: readonly number[]): number {
  const centre = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - centre) ** 2)));
}

/** Linear between order statistics. */
function percentile(values: readonly number[], share: number): number {
  if (values.length === 0) return 0;
  const sorted = Float64Array.from(values).sort();
  const at = share * (sorted.length - 1);
  const below = sorted[Math.floor(at)] as number;
  return below + (at - Math.floor(at)) * ((sorted[Math.ceil(at)] as number) - below);
}

/** Lengths of the runs of a value. */
function runs(values: Float64Array, wanted: number): number[] {
  const lengths: number[] = [];
  values.forEach((value, i) => {
    if (value !== wanted) return;
    if (i > 0 && values[i - 1] === wanted) lengths[lengths.length - 1] = (lengths.at(-1) as number) + 1;
    else lengths.push(1);
  });
  return lengths;
}

/** Rows above five to either side, and at least 3 dB above the lowest of them. */
function peaks(energy: Float64Array): number {
  const reach = 5;
  let count = 0;
  for (let row = reach; row < energy.length - reach; row += 1) {
    const around = energy.subarray(row - reach, row + reach + 1);
    const here = energy[row] as number;
    if (around.every((value, i) => i === reach || value < here) && here - Math.min(...around) >= 3) count += 1;
  }
  return count;
}
