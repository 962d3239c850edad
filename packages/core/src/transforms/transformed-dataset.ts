/** A dataset whose streams pass through the transforms that a config declares. */
import type { Dataset, DatasetSpec, Split } from '../contracts/dataset.js';
import type { Statistics, StreamTransform, StreamTransforms } from '../contracts/transforms.js';
import { InterfuseError } from '../errors.js';
import { didYouMean } from '../suggest.js';
import { longestAfter, statisticsName } from './apply.js';
import { fitStream } from './fit.js';
import { transformSplit } from './transformed-split.js';

type Lists = ReadonlyMap<string, readonly StreamTransform[]>;

/**
 * The dataset itself if nothing is to be done to any of its streams. Standardisations are fitted when a split is first
 * opened, on the training split alone.
 *
 * @throws CONFIG_UNKNOWN_OPTION naming a stream that the dataset does not have; CONFIG_WRONG_VALUE
 */
export function transformDataset(dataset: Dataset, transforms: StreamTransforms): Dataset {
  const lists = listsOf(transforms, dataset.spec);
  return lists.size === 0 ? dataset : transformed(dataset, lists);
}

function transformed(dataset: Dataset, lists: Lists, given?: Statistics): Dataset {
  const { spec } = dataset;
  let known = given === undefined ? undefined : Promise.resolve(given);
  const statistics = (): Promise<Statistics> => {
    known ??= fit(dataset, lists);
    return known;
  };
  const through = async (open: () => Promise<Split>): Promise<Split> => {
    const fitted = await statistics();
    return transformSplit(await open(), { streams: spec.streams, lists, statistics: fitted });
  };
  const widths = standardisedWidths(spec, lists);
  return {
    spec: transformSpec(spec, lists),
    open: (split) => through(() => dataset.open(split)),
    openTest: (receipt) => through(() => dataset.openTest(receipt)),
    ...(Object.keys(widths).length === 0
      ? {}
      : { standardisation: { widths, statistics, with: (fitted) => transformed(dataset, lists, fitted) } }),
  };
}

/** The streams that anything is done to. */
function listsOf(transforms: StreamTransforms, { name, streams }: DatasetSpec): Lists {
  const known = Object.keys(streams);
  const unknown = Object.keys(transforms).find((stream) => stream !== '*' && !known.includes(stream));
  if (unknown !== undefined) {
    throw new InterfuseError('CONFIG_UNKNOWN_OPTION', {
      place: `data.transforms.${unknown}`,
      expected: `a stream of ${name}: ${known.join(', ')}`,
      got: `"${unknown}"`,
      remedy: didYouMean(unknown, known) ?? 'Name a stream of the dataset, or "*" for all that are not named.',
    });
  }
  for (const [stream, list] of Object.entries(transforms))
    for (const [at, one] of list.entries()) checkRange(one, stream, at);
  const lists = known.map((stream) => [stream, transforms[stream] ?? transforms['*'] ?? []] as const);
  return new Map(lists.filter(([, list]) => list.length > 0));
}

function checkRange(transform: StreamTransform, stream: string, position: number): void {
  if (!('clip' in transform)) return;
  const [low, high] = transform.clip;
  if (low < high) return;
  throw new InterfuseError('CONFIG_WRONG_VALUE', {
    place: `data.transforms.${stream}[${position}].clip`,
    expected: 'two numbers, the lower first',
    got: `[${low}, ${high}]`,
  });
}

function standardisedWidths(spec: DatasetSpec, lists: Lists): Record<string, number> {
  const widths = [...lists].flatMap(([stream, list]) =>
    list.flatMap((transform, position) =>
      'standardise' in transform ? [[statisticsName(stream, position), spec.streams[stream]?.width as number]] : [],
    ),
  );
  return Object.fromEntries(widths);
}

function transformSpec(spec: DatasetSpec, lists: Lists): DatasetSpec {
  const streams = Object.entries(spec.streams).map(([name, { pace, ...stream }]) => {
    const maximumLength = longestAfter(lists.get(name) ?? [], stream.maximumLength);
    // Sequences that are shortened, each by as much as it takes, have no pace in common.
    const kept = pace === undefined || maximumLength < stream.maximumLength ? {} : { pace };
    return [name, { ...stream, ...kept, maximumLength }];
  });
  return { ...spec, streams: Object.fromEntries(streams) };
}

/** Opens the training split for this and closes it again. */
async function fit(dataset: Dataset, lists: Lists): Promise<Statistics> {
  const fits = [...lists].filter(([, list]) => list.some((transform) => 'standardise' in transform));
  if (fits.length === 0) return {};
  const train = await dataset.open('train');
  try {
    let statistics: Statistics = {};
    for (const [stream, list] of fits) {
      const spec = dataset.spec.streams[stream] as DatasetSpec['streams'][string];
      statistics = { ...statistics, ...(await fitStream(train, spec, list)) };
    }
    return statistics;
  } finally {
    await train.close();
  }
}
