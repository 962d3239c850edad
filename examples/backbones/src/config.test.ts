import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { openExperiment, planRuns } from 'interfuse';
import { expect, it } from 'vitest';

const folder = fileURLToPath(new URL('..', import.meta.url));
const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined };

it('the config has a run for every row of the table in the README, with every seed', async () => {
  const request = { workingFolder: folder, configFile: 'config.yaml', overrides: [] };
  const experiment = await openExperiment(request, silent);
  const runs = await planRuns(experiment);
  const planned = [...new Set(runs.map(({ strategy }) => strategy))].map(({ slot, backbone, usesBackbone }) =>
    [slot.use, usesBackbone ? backbone?.use : 'none'].join(' on '),
  );
  const rows = [...readFileSync(`${folder}/README.md`, 'utf8').matchAll(/^\| \d+ \| (\w+)[^|]* \| (\w+)[^|]* \|/gm)];
  expect(rows.map(([, strategy, backbone]) => `${strategy} on ${backbone}`).sort()).toEqual(planned.sort());
  expect(runs).toHaveLength(rows.length * experiment.config.seeds.length);
});
