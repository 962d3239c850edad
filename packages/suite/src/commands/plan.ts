/** `interfuse plan`: what a config would run, what of it trains, what that takes, and what is there already; no weight is read. */
import { formatCount, formatFlops, showBytes } from '../comparison/format.js';
import { textTable } from '../comparison/table.js';
import { type ExperimentRequest, openExperiment } from '../experiment/open-experiment.js';
import { type CommandContext, terminalLogger } from './context.js';
import type { ExperimentPlan, PlannedStrategy } from './planned-experiment.js';

export async function plan(
  request: ExperimentRequest,
  { json }: { readonly json: boolean },
  { terminal }: CommandContext,
): Promise<number> {
  const experiment = await openExperiment(request, terminalLogger(terminal));
  // Loads the tensor library, which a config with an error need not wait for.
  const { planExperiment } = await import('./planned-experiment.js');
  const planned = await planExperiment(experiment);
  terminal.out.write(json ? `${JSON.stringify(planned, null, 2)}\n` : `${planText(planned)}\n`);
  return 0;
}

function planText({ name, dataset, seeds, output, strategies }: ExperimentPlan): string {
  const count = strategies.reduce((sum, { runs }) => sum + runs.length, 0);
  const samples = Object.entries(dataset.samples).map(([split, size]) => `${split} ${size}`);
  const several = (number: number, what: string): string => `${number} ${what}${number === 1 ? '' : 's'}`;
  return [
    `${name}: ${several(count, 'run')} on ${dataset.name} (${samples.join(', ')}), seeds ${seeds.join(', ')}, in ${output}`,
    ...strategies.map(strategyText),
  ].join('\n\n');
}

function strategyText({
  strategy,
  stage,
  backbone,
  category,
  parameters,
  parts,
  memory,
  flops,
  epochs,
  runs,
}: PlannedStrategy): string {
  const row = (part: string, total: number, trained: number) => [
    part,
    exact(trained),
    exact(total - trained),
    exact(total),
  ];
  const table = textTable({
    columns: [
      { title: 'parameters', align: 'left' },
      ...['trained', 'frozen', 'total'].map((title) => ({ title, align: 'right' }) as const),
    ],
    rows: [
      ...parts.map(({ part, total, trained }) => row(part, total, trained)),
      row('all', parameters.total, parameters.trained),
    ],
  });
  const { batches, updates, dropped, most } = epochs;
  const whole = memory.parameters + memory.gradients + memory.optimizer;
  const states = (['finished', 'begun', 'open'] as const).flatMap((state) => {
    const of = runs.filter((run) => run.state === state);
    return of.length === 0
      ? []
      : [`${of.length} ${state} (${of.map(({ seed, run }) => run ?? `seed ${seed}`).join(', ')})`];
  });
  return [
    `${stage === undefined ? '' : `stage ${stage}: `}${strategy}${backbone === undefined ? '' : ` with ${backbone}`} [${category}]`,
    table,
    `epochs: at most ${most}, each of ${batches} micro-batches and ${updates} optimizer steps${dropped === 0 ? '' : `, ${dropped} micro-batches dropped`}`,
    `memory: ${showBytes(whole)} before activations (parameters ${showBytes(memory.parameters)} as float32, gradients ${showBytes(memory.gradients)}, optimizer ${showBytes(memory.optimizer)}); ${formatCount(parameters.trained)} of ${formatCount(parameters.total)} parameters train`,
    `FLOPs by the example, at full lengths: ${formatFlops(flops?.prediction)} of a prediction, ${formatFlops(flops?.training)} of a training step`,
    `runs: ${states.join('; ')}`,
  ].join('\n');
}

/** `41,842,204` */
function exact(count: number): string {
  return count.toLocaleString('en-GB');
}
