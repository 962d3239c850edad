/** The name of a comparison's files: that of the config, and a hash of the runs where overrides made others of it. */
import { createHash } from 'node:crypto';

export interface ReportOf {
  /** Of the config. */
  readonly name: string;
  readonly overrides: readonly string[];
  /** Names of the runs, which hash what determines their results. */
  readonly runs: readonly string[];
}

/** `default-comparison`; with overrides `default-0f3c9a52-comparison`, unless one of them is the name. */
export function reportName({ name, overrides, runs }: ReportOf): string {
  const plain = name.replace(/[^\w.-]+/g, '-');
  const isChanged = overrides.length > 0 && !overrides.some((override) => override.startsWith('name='));
  const hash = createHash('sha256').update(runs.join('\n')).digest('hex').slice(0, 8);
  return isChanged ? `${plain}-${hash}-comparison` : `${plain}-comparison`;
}
