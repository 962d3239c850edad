/** The published feature files of MMSA, by SHA-256 as its README states them (https://github.com/thuiar/MMSA). */

export interface KnownFile {
  readonly name: string;
  readonly title: string;
  readonly range: readonly [number, number];
}

export const knownFiles: { readonly [sha256: string]: KnownFile } = {
  '78e0f8b5ef8ff71558e7307848fc1fa929ecb078203f565ab22b9daab2e02524': {
    name: 'mosi',
    title: 'CMU-MOSI, unaligned features of MMSA',
    range: [-3, 3],
  },
  d3994fd25681f9c7ad6e9c6596a6fe9b4beb85ff7d478ba978b124139002e5f9: {
    name: 'mosi-aligned',
    title: 'CMU-MOSI, aligned features of MMSA',
    range: [-3, 3],
  },
  ad8b23d50557045e7d47959ce6c5b955d8d983f2979c7d9b7b9226f6dd6fec1f: {
    name: 'mosei',
    title: 'CMU-MOSEI, unaligned features of MMSA',
    range: [-3, 3],
  },
  '45eccfb748a87c80ecab9bfac29582e7b1466bf6605ff29d3b338a75120bf791': {
    name: 'mosei-aligned',
    title: 'CMU-MOSEI, aligned features of MMSA',
    range: [-3, 3],
  },
  c9e20c13ec0454d98bb9c1e520e490c75146bfa2dfeeea78d84de047dbdd442f: {
    name: 'sims',
    title: 'CH-SIMS, unaligned features of MMSA',
    range: [-1, 1],
  },
};
