/** The name of a plugin's package, checked, and the spellings of it that the templates use. */
import { InterfuseError } from '@interfuse/core';

export interface PluginName {
  /** `@lab/my-fusion`: the name of the package and the id of the plugin. */
  readonly package: string;
  /** `my-fusion`: the name of the folder. */
  readonly bare: string;
  /** `myFusion`. */
  readonly camel: string;
  /** `MyFusion`. */
  readonly pascal: string;
  /** `My fusion`. */
  readonly title: string;
}

const words = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
const scoped = /^@([^/]*)\/(.*)$/;
/** What npm allows. */
const longestName = 214;

/**
 * @param written `my-fusion` or `@lab/my-fusion`
 * @param scope `lab` or `@lab`, for a name without one
 * @throws PLUGIN_NAME
 */
export function readPluginName(written: string, scope?: string): PluginName {
  const [, ownScope, rest = written] = scoped.exec(written) ?? [];
  if (ownScope !== undefined && scope !== undefined) {
    throw invalid(written, 'a name without a scope, where --scope gives one', `"${written}" and --scope ${scope}`);
  }
  const chosen = ownScope ?? scope?.replace(/^@/, '');
  if (chosen !== undefined && !words.test(chosen)) throw invalid(written, asWords('a scope of'), `"${chosen}"`);
  if (!words.test(rest)) throw invalid(written, asWords('a name of'), `"${rest}"`);
  const name = chosen === undefined ? rest : `@${chosen}/${rest}`;
  if (name.length > longestName) throw invalid(name, `at most ${longestName} letters`, `${name.length}`);
  const [first, ...others] = rest.split('-') as [string, ...string[]];
  const camel = [first, ...others.map(capitalised)].join('');
  return {
    package: name,
    bare: rest,
    camel,
    pascal: capitalised(camel),
    title: capitalised([first, ...others].join(' ')),
  };
}

function asWords(what: string): string {
  return `${what} lower-case letters and digits, in words joined by dashes, a letter first`;
}

function capitalised(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
}

function invalid(name: string, expected: string, got: string): InterfuseError {
  return new InterfuseError('PLUGIN_NAME', { place: `the plugin "${name}"`, expected, got });
}
