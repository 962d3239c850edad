/** Writes what a run does inside into its folder: numbers and a page. */
import type { Engine } from '@interfuse/core';
import { writeFileWhole } from '@interfuse/safetensors';
import { rankingColumn } from '../comparison/ranking-column.js';
import type { RunPlan } from '../experiment/plan.js';
import { requireEqual } from '../run/require-equal.js';
import type { RunData } from '../run/run-data.js';
import { pathOf, writeJson } from '../run/run-folder.js';
import { type IntrospectionSettings, introspect } from './introspect.js';
import type { Introspection } from './introspection.js';
import { introspectionPage } from './page.js';

/**
 * Changes nothing else of the run. With `onlyIfShown`, a strategy that shows neither gates nor attention is left alone,
 * and nothing comes back.
 *
 * @param changed parts of the identity of the run that are no longer what they were
 * @throws RUN_INVALID if its validation figures cannot be reproduced; what `introspect` throws
 */
export async function writeIntrospection(
  run: RunPlan,
  engine: Engine,
  data: RunData,
  settings: IntrospectionSettings & { readonly changed: readonly string[] },
): Promise<Introspection | undefined> {
  const { result, changed } = settings;
  const found = await introspect(run, engine, data, settings);
  if (found === undefined) return undefined;
  const { folder, strategy } = run;
  requireEqual(folder, { valid: found.whole }, result, changed);
  const selected = rankingColumn(strategy.metrics.columns, result.selected.column);
  await writeFileWhole(pathOf(folder, 'introspectionPage'), introspectionPage(found, selected));
  await writeJson(folder, 'introspection', found);
  return found;
}
