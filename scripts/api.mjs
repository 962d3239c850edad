/**
 * `npm run api`: writes down the public surface of @interfuse/core, as its built declarations have it, so that a change of
 * it is seen in review. `-- --check [file]` compares with what is written down and changes nothing.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import process from 'node:process';
import { root, setUp } from './set-up.mjs';

const folder = join(root, 'packages', 'core');
const [mode, file = join(folder, 'api.md')] = process.argv.slice(2);

if (mode !== '--check') await setUp();
const report = reportOf(folder);
if (mode !== '--check') {
  writeFileSync(file, report);
} else if (readFileSync(file, 'utf8').replaceAll('\r\n', '\n') !== report) {
  console.error(
    'The public surface of @interfuse/core is not what packages/core/api.md says. If the change is meant, run `npm run api`, look at the difference, and see docs/reference/stability.md for what it is: a patch, a minor or a major version.',
  );
  process.exitCode = 1;
}

function reportOf(packageFolder) {
  const { name, exports } = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8'));
  const sections = Object.entries(exports).map(([entry, { types }]) => {
    const declarations = exportsOf(resolve(packageFolder, types));
    const names = [...declarations.keys()].sort();
    const body = names.flatMap((each) => declarations.get(each));
    return `## ${name}${entry.slice(1)}\n\n\`\`\`ts\n${[...new Set(body)].join('\n\n')}\n\`\`\`\n`;
  });
  const title = `# The public surface of ${name}\n\nMade by \`npm run api\` from the built declarations, without their comments; a test compares.\n`;
  return [title, ...sections].join('\n');
}

/** Exported name -> its declarations, and those of the same module that they name without exporting them. */
function exportsOf(path) {
  const statements = statementsOf(path);
  const local = new Map();
  for (const statement of statements) {
    const name = declaredName(statement);
    if (name !== undefined) local.set(name, [...(local.get(name) ?? []), statement]);
  }
  const exported = new Map();
  for (const statement of statements) {
    const all = /^export \* from '([^']+)';/.exec(statement);
    const some = /^export (?:type )?\{([^}]*)\}(?: from '([^']+)')?;/.exec(statement);
    if (all !== null) {
      for (const [name, declarations] of exportsOf(moduleAt(path, all[1]))) exported.set(name, declarations);
    } else if (some !== null) {
      const from = some[2] === undefined ? local : exportsOf(moduleAt(path, some[2]));
      for (const { name, as } of namesIn(some[1])) exported.set(as, from.get(name) ?? [`export { ${name} as ${as} };`]);
    } else if (/^export /.test(statement)) {
      const name = declaredName(statement);
      if (name !== undefined) exported.set(name, withUsed(local.get(name), local));
    }
  }
  return exported;
}

/** Top-level statements: in declarations that tsc writes, they alone start a line. */
function statementsOf(path) {
  const text = readFileSync(path, 'utf8')
    .replaceAll('\r\n', '\n')
    .replaceAll(/^[ \t]*\/\*[\s\S]*?\*\/[ \t]*\n/gm, '')
    .replaceAll(/^\/\/.*\n?/gm, '')
    .replaceAll('"', "'")
    // What an error says may change in any version; its code may not.
    .replaceAll(/(readonly (?:means|remedy): )'.*';$/gm, '$1string;');
  return text
    .split(/^(?=(?:export|declare|import|interface|type|class)\b)/m)
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '');
}

function declaredName(statement) {
  return /^(?:export )?(?:declare )?(?:abstract )?(?:function|const|let|class|interface|type|enum) (\w+)/.exec(
    statement,
  )?.[1];
}

function namesIn(list) {
  return list
    .split(',')
    .map((item) => item.trim().replace(/^type /, ''))
    .filter((item) => item !== '')
    .map((item) => {
      const [name, as = name] = item.split(' as ');
      return { name, as };
    });
}

function withUsed(declarations, local, seen = new Set(declarations)) {
  const used = [...local].filter(
    ([name, [first]]) =>
      !first.startsWith('export ') && declarations.some((text) => new RegExp(`\\b${name}\\b`).test(text)),
  );
  for (const [, more] of used) {
    const fresh = more.filter((declaration) => !seen.has(declaration));
    for (const declaration of fresh) seen.add(declaration);
    if (fresh.length > 0) withUsed(fresh, local, seen);
  }
  return [...seen];
}

function moduleAt(path, specifier) {
  return resolve(dirname(path), specifier.replace(/\.js$/, '.d.ts'));
}
