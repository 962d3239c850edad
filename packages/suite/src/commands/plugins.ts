/** `interfuse plugins`: what can stand in each slot, and what its options are. Loads no tensor library. */
import { findInstalled, InterfuseError, type Plugin, type PluginSource, pluginKinds, suggest } from '@interfuse/core';
import { type Table, textTable } from '../comparison/table.js';
import { exitCodes, showError } from '../show-error.js';
import type { CommandContext } from './context.js';
import { openEachPlugin, openRegistry } from './open-registry.js';

/** Built-in plugins and those that a config names: all that load, then why the others do not. */
export async function listPlugins(configFile: string | undefined, context: CommandContext): Promise<number> {
  const { registry, failures } = await openEachPlugin(configFile, context);
  const rows = pluginKinds.flatMap((kind) =>
    registry.list(kind).map(({ plugin, source }) => [kind, plugin.id, plugin.version, source, plugin.title]),
  );
  context.terminal.out.write(`${textTable(tableOf(['kind', 'id', 'version', 'from', 'title'], rows))}\n`);
  for (const failure of failures) showError(failure, context.terminal);
  return failures.length === 0 ? 0 : exitCodes.input;
}

/** Packages that say of themselves that they are plugins; none is imported. */
export async function listInstalled({ terminal, workingFolder }: CommandContext): Promise<number> {
  const installed = await findInstalled(workingFolder);
  if (installed.length === 0) {
    terminal.out.write('No installed package has the keyword "interfuse-plugin".\n');
    return 0;
  }
  const rows = installed.map(({ name, version, description }) => [name, version, description]);
  terminal.out.write(`${textTable(tableOf(['package', 'version', 'description'], rows))}\n`);
  terminal.out.write('\nTo use one, name it under `plugins:` in the config.\n');
  return 0;
}

/** @throws PLUGIN_UNKNOWN */
export async function describePlugin(
  id: string,
  configFile: string | undefined,
  context: CommandContext,
): Promise<number> {
  const registry = await openRegistry(configFile, context);
  const known = registry.list();
  const found = known.filter(({ plugin }) => plugin.id === id || `${plugin.kind}/${plugin.id}` === id);
  if (found.length === 0) throw unknown(id, known);
  context.terminal.out.write(found.map(describe).join('\n'));
  return 0;
}

function unknown(id: string, known: readonly PluginSource[]): InterfuseError {
  const ids = known.map(({ plugin }) => plugin.id);
  const guess = suggest(id, ids);
  return new InterfuseError('PLUGIN_UNKNOWN', {
    place: 'interfuse plugins describe',
    expected: `one of ${ids.join(', ')}`,
    got: `"${id}"`,
    ...(guess === undefined ? {} : { remedy: `Did you mean "${guess}"?` }),
  });
}

function describe({ plugin, source }: PluginSource): string {
  const { kind, id, version, title, summary, paper } = plugin;
  const facts: [string, string | undefined][] = [
    ['kind', kind],
    ['version', version],
    ['from', source],
    ['paper', paper],
    ...factsOf(plugin),
  ];
  const lines = facts.flatMap(([name, value]) => (value === undefined ? [] : [`  ${name.padEnd(9)} ${value}`]));
  const options = optionLines(plugin.options as OptionSchema);
  const list = options.length === 0 ? 'No options.' : `Options:\n${options.join('\n')}`;
  return `${id}: ${title}\n${summary}\n\n${lines.join('\n')}\n\n${list}\n${presetsOf(plugin)}`;
}

/** Two lines for each. */
function presetsOf(plugin: Plugin): string {
  const presets = plugin.kind === 'fusion' ? Object.entries(plugin.presets ?? {}) : [];
  if (presets.length === 0) return '';
  const lines = presets.map(([name, { summary, source }]) => {
    return `  ${name}\n      ${summary}${source === undefined ? '' : ` From ${source}.`}`;
  });
  return `\nPresets (\`preset: <name>\` beside \`use\`):\n${lines.join('\n')}\n`;
}

function factsOf(plugin: Plugin): [string, string | undefined][] {
  switch (plugin.kind) {
    case 'fusion': {
      const { languageModel, text, streams, task } = plugin.requires;
      const needs = [
        languageModel && `a language model with ${languageModel.join(', ')}`,
        text && 'text',
        streams && `at least ${streams.min} stream${streams.min === 1 ? '' : 's'}`,
        task && `a task of ${task.join(' or ')}`,
      ].filter((need) => need !== undefined);
      return [
        ['category', plugin.category === 'none' ? 'none: a single modality' : plugin.category],
        ['requires', needs.length === 0 ? 'nothing' : needs.join('; ')],
        ['missing', plugin.missing],
        ['padding', plugin.padding],
      ];
    }
    case 'language-model':
      return [['provides', plugin.provides.join(', ')]];
    case 'metric':
      return [['task', plugin.task.join(', ')]];
    default:
      return [];
  }
}

interface OptionSchema {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly description?: string;
  readonly properties?: { readonly [name: string]: OptionSchema };
  readonly required?: readonly string[];
}

/** Two lines for each. Options of options are named with dots, as in overrides; a group that may be null has a line, too. */
function optionLines(schema: OptionSchema, prefix = ''): string[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, option]) => {
    const path = `${prefix}${name}`;
    const nested = optionLines(option, `${path}.`);
    if (option.properties !== undefined && ![option.type].flat().includes('null')) return nested;
    const isRequired = schema.required?.includes(name) === true && option.default === undefined;
    const preset = option.default === undefined ? '' : `, default ${JSON.stringify(option.default)}`;
    return [
      `  ${path}  (${typeOf(option)}${isRequired ? ', required' : preset})`,
      `      ${option.description ?? ''}`,
      ...nested,
    ];
  });
}

function typeOf({ type, enum: choices }: OptionSchema): string {
  return choices === undefined
    ? [type ?? 'any'].flat().join(' or ')
    : choices.map((choice) => JSON.stringify(choice)).join(', ');
}

function tableOf(titles: readonly string[], rows: Table['rows']): Table {
  return { columns: titles.map((title) => ({ title, align: 'left' })), rows };
}
