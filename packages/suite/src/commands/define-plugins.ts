/** `interfuse plugins`: names, arguments and help of the commands on plugins. Whatever one needs is imported when it runs. */
import type { Command } from 'commander';
import type { CommandContext } from './context.js';

export function addPluginCommands(program: Command, context: CommandContext, end: (exitCode: number) => void): void {
  const plugins = program.command('plugins').description('list, describe and start plugins');
  plugins
    .command('list', { isDefault: true })
    .description('list what can stand in each slot of a config')
    .option('--installed', 'list installed packages that say they are plugins, without loading them')
    .option('--config <file>', 'also load the plugins that this config names')
    .action(async ({ installed, config }: { installed?: boolean; config?: string }) => {
      const { listInstalled, listPlugins } = await import('./plugins.js');
      end(installed === true ? await listInstalled(context) : await listPlugins(config, context));
    });
  plugins
    .command('describe')
    .description('describe a plugin and its options')
    .argument('<id>', 'its id, such as deepmlf, or fusion/deepmlf')
    .option('--config <file>', 'also load the plugins that this config names')
    .action(async (id: string, { config }: { config?: string }) => {
      const { describePlugin } = await import('./plugins.js');
      end(await describePlugin(id, config, context));
    });

  plugins
    .command('new')
    .summary('write the package of a plugin of your own')
    .description(
      'Writes a package into a new folder: a plugin that works as it is, its options, its test, and a config that runs it.',
    )
    .argument('<name>', 'my-fusion, or @lab/my-fusion: the name of the package, and the id of the plugin')
    .option('--kind <kind>', 'fusion, encoder, language-model, metric or dataset', 'fusion')
    .option('--scope <scope>', 'lab, for the name @lab/<name>')
    .action(async (name: string, flags: { kind: string; scope?: string }) => {
      const { newPlugin } = await import('./new-plugin.js');
      end(await newPlugin(name, flags, context));
    });
}
