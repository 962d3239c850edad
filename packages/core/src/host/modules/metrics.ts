/** The metrics of a run. */
import { ContainerModule } from 'inversify';
import { lossColumn } from '../../contracts/metric.js';
import { InterfuseError } from '../../errors.js';
import { oneOf } from '../../show.js';
import { didYouMean } from '../../suggest.js';
import { loadFactory } from '../load-factory.js';
import { CONFIG, DATASET, METRICS, REGISTRY } from '../tokens.js';

export const metricsModule = new ContainerModule(({ bind }) => {
  bind(METRICS)
    .toResolvedValue(
      async ({ evaluation: { metrics: slot, select } }, { spec }, registry) => {
        const plugin = registry.get('metric', slot.use, 'evaluation.metrics.use');
        if (!plugin.task.includes(spec.task.kind)) {
          throw new InterfuseError('PLUGIN_REQUIREMENT', {
            place: 'evaluation.metrics.use',
            expected: `metrics for ${spec.task.kind}, the task of ${spec.name}`,
            got: `${plugin.id}, for ${plugin.task.join(' or ')}`,
          });
        }
        const create = await loadFactory(plugin);
        const family = create(slot.options as never, { task: spec.task });
        checkSelect(
          select,
          [...family.columns, lossColumn].map(({ name }) => name),
        );
        return family;
      },
      [CONFIG, DATASET, REGISTRY],
    )
    .inSingletonScope();
});

function checkSelect(select: string, columns: readonly string[]): void {
  if (columns.includes(select)) return;
  const guess = didYouMean(select, columns);
  throw new InterfuseError('CONFIG_WRONG_VALUE', {
    place: 'evaluation.select',
    expected: oneOf(columns),
    got: `"${select}"`,
    ...(guess === undefined ? {} : { remedy: guess }),
  });
}
