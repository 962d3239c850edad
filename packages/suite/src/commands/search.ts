/** `interfuse search`: tries values of options and training settings on validation alone, and writes a config with the best. */
import { InterfuseError, type Search } from '@interfuse/core';
import { formatFigure } from '../comparison/format.js';
import { textTable } from '../comparison/table.js';
import { type Experiment, type ExperimentRequest, openExperiment } from '../experiment/open-experiment.js';
import { stagesOf } from '../experiment/stages-of.js';
import { checkSpace, requireKnown } from '../search/check-space.js';
import { showPath } from '../show-path.js';
import { type CommandContext, terminalLogger } from './context.js';
import { type LaunchOptions, openLauncher } from './open-launcher.js';

export interface SearchOptions extends LaunchOptions {
  readonly quiet: boolean;
}

/** @throws COMMAND_USAGE for a config without a search; CONFIG_WRONG_VALUE, CONFIG_UNKNOWN_OPTION, and what `tune` throws */
export async function search(
  request: ExperimentRequest,
  options: SearchOptions,
  { terminal, signal }: CommandContext,
): Promise<number> {
  const launcher = await openLauncher(options);
  const logger = terminalLogger(terminal);
  const experiment = await openExperiment(request, logger);
  const { config, host } = experiment;
  const asked = requireSearch(experiment);
  checkSpace(asked);
  const known = config.fusion.map(({ use }) => optionNames(host.registry.get('fusion', use).options));
  requireKnown(asked, known);

  // Load the tensor library, which a config with an error need not wait for.
  const { Digests } = await import('../experiment/identity.js');
  const { removeSharedStates } = await import('../run/shared-states.js');
  const { showPoint } = await import('../search/space.js');
  const { runsOf, tune } = await import('../search/tune.js');
  const { writeSearch } = await import('../search/write-search.js');
  const searching = { request, experiment, digests: new Digests(experiment), logger };
  const tuning = await tune(searching, known, { launcher, quiet: options.quiet, terminal, signal });
  if ('exitCode' in tuning) return tuning.exitCode;
  const { tuned, column } = tuning;
  const runs = runsOf(tuned);
  await removeSharedStates([...stagesOf(runs), ...runs]);
  const files = await writeSearch(searching, tuned);

  const show = (figure: number) => formatFigure(figure, column ?? { percent: false });
  const ofSeveral = (text: string) => (tuned.some(({ candidate }) => candidate.backbone) ? [text] : []);
  const table = textTable({
    columns: [
      { title: 'strategy', align: 'left' },
      ...ofSeveral('language model').map((title) => ({ title, align: 'left' }) as const),
      { title: 'trials', align: 'right' },
      { title: `valid ${config.evaluation.select}`, align: 'right' },
      { title: 'worst', align: 'right' },
      { title: 'with', align: 'left' },
    ],
    rows: tuned.map(({ candidate: { label, backbone }, trials, best, worst }) => [
      label,
      ...ofSeveral(backbone?.label ?? 'none'),
      String(trials),
      show(best.mean),
      show(worst.mean),
      showPoint(best.trial.point),
    ]),
  });
  terminal.out.write(
    `${table}\n\nThe test split was not opened. Written: ${files.map((file) => showPath(file)).join(', ')}\n`,
  );
  return 0;
}

function requireSearch({ config: { search: asked, plugins } }: Experiment): Search {
  const refuse = (expected: string, got: string, remedy: string) =>
    new InterfuseError('COMMAND_USAGE', { place: 'interfuse search', expected, got, remedy });
  if (asked === undefined) throw refuse('a config that says what to search', 'none', 'Add `search: { space: … }`.');
  const value = plugins.find((plugin) => /^[\w-]+\/.+@\d/.test(plugin));
  if (value !== undefined) throw refuse('plugins by name', value, 'Name its package or file under `plugins:`.');
  return asked;
}

function optionNames(schema: unknown): string[] {
  return Object.keys((schema as { readonly properties?: object }).properties ?? {});
}
