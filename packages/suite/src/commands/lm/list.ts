/** `interfuse lm list`: the models that can be named here and now. */

import { isInterfuseError } from '@interfuse/core';
import { listSnapshots, missingFiles, readEnvironment, showHubName } from '@interfuse/hub';
import { bundledFolder, bundledModels } from '@interfuse/lm-adapters';
import { inspectCheckpoint, isProblem } from '@interfuse/lm-adapters/inspect';
import { formatCount } from '../../comparison/format.js';
import { textTable } from '../../comparison/table.js';
import type { CommandContext } from '../context.js';

interface Listed {
  /** What to write as `checkpoint`. */
  readonly checkpoint: string;
  readonly from: 'bundled' | 'cache';
  readonly architecture?: string;
  readonly parameters?: number;
  readonly commit?: string;
  /** Why it cannot be used; absent if it can. */
  readonly problem?: string;
}

export async function list(
  { json = false }: { readonly json?: boolean },
  { terminal }: CommandContext,
): Promise<number> {
  const { cacheFolder } = readEnvironment(terminal.environment);
  const found: Listed[] = [];
  for (const name of bundledModels()) {
    found.push({ checkpoint: name, from: 'bundled', ...(await factsOf(bundledFolder(name) as string)) });
  }
  for (const { folder, commit, ...name } of listSnapshots(cacheFolder)) {
    const missing = missingFiles(folder);
    const facts =
      missing.length > 0
        ? { problem: `without ${missing.join(', ')}: \`interfuse lm pull ${showHubName(name)}\`` }
        : await factsOf(folder);
    found.push({ checkpoint: showHubName(name), from: 'cache', commit, ...facts });
  }
  terminal.out.write(json ? `${JSON.stringify(found, null, 2)}\n` : report(found, cacheFolder));
  return 0;
}

async function factsOf(folder: string): Promise<Pick<Listed, 'architecture' | 'parameters' | 'problem'>> {
  try {
    const { architecture, parameters, adapter, tokenizer } = await inspectCheckpoint(folder);
    const problem = [adapter, tokenizer].find((part) => isProblem(part));
    return {
      architecture,
      parameters,
      ...(isProblem(problem) ? { problem: `${problem.code}: ${problem.problem}` } : {}),
    };
  } catch (error) {
    if (!isInterfuseError(error)) throw error;
    return { problem: `${error.code}: ${error.place}: expected ${error.expected}; got ${error.got}` };
  }
}

function report(found: readonly Listed[], cacheFolder: string): string {
  const table = textTable({
    columns: [
      { title: 'checkpoint', align: 'left' },
      { title: 'from', align: 'left' },
      { title: 'architecture', align: 'left' },
      { title: 'parameters', align: 'right' },
      { title: 'commit', align: 'left' },
      { title: 'usable', align: 'left' },
    ],
    rows: found.map(({ checkpoint, from, architecture = '', parameters, commit = '', problem }) => [
      checkpoint,
      from,
      architecture,
      parameters === undefined ? '' : formatCount(parameters),
      commit.slice(0, 8),
      problem ?? 'yes',
    ]),
  });
  return `${table}\n\nThe cache is ${cacheFolder}. \`interfuse lm pull <name>\` adds to it.\n`;
}
