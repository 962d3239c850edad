/** `interfuse lm pull`: fetches a model from the Hugging Face Hub into the local cache. */
import { readEnvironment, requireHubName, showHubName } from '@interfuse/hub';
import { type Pulled, pull } from '@interfuse/hub/pull';
import { showBytes } from '../../comparison/format.js';
import { exitCodes } from '../../show-error.js';
import type { CommandContext } from '../context.js';
import { showBar } from '../data/bar.js';

/** @throws COMMAND_USAGE, and what `pull` throws */
export async function pullModel(
  written: string,
  { quiet = false }: { readonly quiet?: boolean },
  { terminal, signal }: CommandContext,
): Promise<number> {
  const name = requireHubName(written, 'interfuse lm pull');
  const environment = readEnvironment(terminal.environment);
  const bar = showBar(terminal, quiet);
  const say = (line: string) => {
    bar.close();
    if (!quiet) terminal.error.write(`${line}\n`);
  };
  try {
    const pulled = await pull(name, {
      environment,
      signal,
      onWait: () => say(`Another process fetches ${name.name}: waiting for it.`),
      onProgress: ({ bytes, total, file }) =>
        bar.update(total === 0 ? 1 : bytes / total, `${file}  ${showBytes(bytes)} of ${showBytes(total)}`),
    });
    bar.close();
    terminal.out.write(`${summary(showHubName(name), pulled)}\n`);
    return 0;
  } catch (error) {
    bar.close();
    if (!signal.aborted) throw error;
    say('Stopped. To go on from here, run the same command again.');
    return exitCodes.interrupted;
  }
}

function summary(name: string, { commit, folder, fetched, files }: Pulled): string {
  const total = files.reduce((sum, { bytes }) => sum + bytes, 0);
  const what =
    files.length === 0
      ? 'was here, complete; nothing was asked for'
      : fetched === 0
        ? `was here: ${files.length} files, ${showBytes(total)}`
        : `${showBytes(fetched)} fetched and verified of ${showBytes(total)} in ${files.length} files`;
  return [
    `${name} at commit ${commit}: ${what}.`,
    folder,
    `To use it: \`checkpoint: ${name}\`; what it is: \`interfuse lm inspect ${name}\`.`,
  ].join('\n');
}
