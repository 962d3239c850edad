/** The column that finished runs are ranked and shown by. */
import { lossColumn, type MetricColumn } from '@interfuse/core';

/**
 * The selected one. Where epochs were selected by the loss, which is no figure of the metrics: the error, if there is one
 * among them (MAE), or else the first.
 *
 * @param columns at least one
 */
export function rankingColumn(columns: readonly MetricColumn[], select: string): MetricColumn {
  const ranking =
    columns.find(({ name }) => name === select) ?? columns.find(({ better }) => better === lossColumn.better);
  return ranking ?? (columns[0] as MetricColumn);
}
