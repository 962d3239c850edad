/** How to do it again: the command, and everything that the runs were made of. */
import { escapeText } from '@interfuse/plots';
import { folded, json, paragraph, type Section, tableElement } from './elements.js';
import type { ReportData } from './report-data.js';

/** Characters of manifests in all; beyond it, one for each strategy has to do. */
const mostManifests = 600_000;

export function provenanceSection({ strategies, reproduce }: ReportData): Section {
  const runs = strategies.flatMap((strategy) => strategy.runs.map((run) => ({ name: strategy.name, run })));
  const size = runs.reduce((sum, { run }) => sum + JSON.stringify(run.manifest, null, 2).length, 0);
  const shown =
    size <= mostManifests ? runs : runs.filter(({ run }) => strategies.some((each) => each.runs[0] === run));
  const [first] = runs;
  const versions = [...new Set(runs.map(({ run }) => run.manifest.interfuse))].join(', ');
  return {
    id: 'reproduce',
    title: 'How to reproduce',
    body: [
      `<pre>${reproduce.map(escapeText).join('\n')}</pre>`,
      paragraph(
        `With Interfuse ${versions}. The name of a run is a hash of all that determines its result: data (${first?.run.result.data.name}, SHA-256 ${first?.run.result.data.digest}), config, code, stored weights and seed. The same names mean the same numbers. Or save one of the configs below and give it to \`interfuse train\`.`,
      ),
      folded(
        `Runs (${runs.length})`,
        tableElement({
          columns: [
            { title: 'strategy', align: 'left' },
            { title: 'seed', align: 'right' },
            { title: 'run', align: 'left' },
            { title: 'selected epoch', align: 'right' },
            { title: 'epochs', align: 'right' },
            { title: 'training, s', align: 'right' },
            { title: 'memory, MB', align: 'right' },
          ],
          rows: runs.map(({ name, run: { result, cost } }) => [
            name,
            String(result.seed),
            result.run,
            String(result.selected.epoch + 1),
            String(result.epochs),
            cost.trainingSeconds.toFixed(1),
            String(cost.peakMemoryMegabytes),
          ]),
        }),
      ),
      folded(
        `Configs, of the first seed of each strategy (${strategies.length})`,
        strategies.map(({ name, runs: [run] }) => folded(name, json(run?.config))).join('\n'),
      ),
      folded(
        `Manifests: versions, digests of code and weights, machines (${shown.length})`,
        [
          ...shown.map(({ name, run }) => folded(`${name}, seed ${run.result.seed}`, json(run.manifest))),
          ...(shown.length < runs.length
            ? [paragraph('Those of the other seeds: `manifest.json` in the run folders.')]
            : []),
        ].join('\n'),
      ),
    ],
  };
}
