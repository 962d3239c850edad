/** The encoders of a run: one for every stream of its dataset. */
import { ContainerModule } from 'inversify';
import type { Slot } from '../../config/effective-config.js';
import type { Encoder } from '../../contracts/encoder.js';
import { InterfuseError } from '../../errors.js';
import { didYouMean } from '../../suggest.js';
import { loadFactory } from '../load-factory.js';
import { CONFIG, DATASET, ENCODERS, LOGGER, REGISTRY } from '../tokens.js';

export const encodersModule = new ContainerModule(({ bind }) => {
  bind(ENCODERS)
    .toResolvedValue(
      async ({ encoders: slots }, { spec }, registry, logger) => {
        const streams = Object.keys(spec.streams);
        checkNames(slots, streams, spec.name);
        const encoders: Record<string, Encoder> = {};
        for (const stream of Object.values(spec.streams)) {
          const name = stream.name in slots ? stream.name : '*';
          const slot = slots[name];
          if (slot === undefined) throw missingEncoder(stream.name);
          const create = await loadFactory(registry.get('encoder', slot.use, `encoders.${name}.use`));
          encoders[stream.name] = create(slot.options as never, { stream, logger });
        }
        return encoders;
      },
      [CONFIG, DATASET, REGISTRY, LOGGER],
    )
    .inSingletonScope();
});

/** An encoder for a stream that the dataset does not have is a misspelling or the config of another dataset. */
function checkNames(slots: { readonly [stream: string]: Slot }, streams: readonly string[], dataset: string): void {
  const unknown = Object.keys(slots).find((name) => name !== '*' && !streams.includes(name));
  if (unknown === undefined) return;
  const guess = didYouMean(unknown, streams);
  throw new InterfuseError('CONFIG_UNKNOWN_OPTION', {
    place: `encoders.${unknown}`,
    expected: `a stream of ${dataset}: ${streams.join(', ')}`,
    got: `"${unknown}"`,
    remedy: guess ?? 'Name a stream of the dataset, or "*" for all of them.',
  });
}

function missingEncoder(stream: string): InterfuseError {
  return new InterfuseError('CONFIG_MISSING_OPTION', {
    place: `encoders.${stream}`,
    expected: `an encoder for the stream "${stream}", or one for "*"`,
    got: 'nothing',
  });
}
