/** The names of reports: that of the config, and a hash of the runs where overrides made others of it. */
import { createHash } from 'node:crypto';

export interface ReportOf {
  /** Of the config. */
  readonly name: string;
  readonly overrides: readonly string[];
  /** Names of the runs, which hash what determines their results. */
  readonly runs: readonly string[];
}

/** `default-comparison`; with overrides `default-0f3c9a52-comparison`, unless one of them is the name. */
export function reportName(of: ReportOf): string {
  return [plainName(of.name), ...hashOf(of), 'comparison'].join('-');
}

/** `ablation-depth`, of another config than the default `mosi-ablation-depth`; with overrides `ablation-depth-0f3c9a52`. */
export function ablationName(question: string, of: ReportOf): string {
  const name = plainName(of.name);
  return [...(name === 'default' ? [] : [name]), 'ablation', question, ...hashOf(of)].join('-');
}

/** As names of files have it. */
export function plainName(name: string): string {
  return name.replace(/[^\w.-]+/g, '-');
}

function hashOf({ overrides, runs }: ReportOf): string[] {
  const isChanged = overrides.length > 0 && !overrides.some((override) => override.startsWith('name='));
  return isChanged ? [createHash('sha256').update(runs.join('\n')).digest('hex').slice(0, 8)] : [];
}
