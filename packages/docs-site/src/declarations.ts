/** The public declarations of an entry of a package, read from the `.d.ts` files that the compiler writes. */
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

export interface Declaration {
  /** With the comments of its members. */
  readonly text: string;
  /** Without any comment. */
  readonly code: string;
  /** The comment before it, `/** ... *\/` included; empty if there is none. */
  readonly comment: string;
}

/** Exported name to its declarations, and those of the same module that they name without exporting them. */
export function declarationsOf(path: string): Map<string, readonly Declaration[]> {
  const statements = statementsOf(path);
  const local = new Map<string, Declaration[]>();
  for (const statement of statements) {
    const name = declaredName(statement.code);
    if (name !== undefined) local.set(name, [...(local.get(name) ?? []), statement]);
  }
  const exported = new Map<string, readonly Declaration[]>();
  for (const statement of statements) {
    const all = /^export \* from ['"](\.[^'"]+)['"];/.exec(statement.code);
    const some = /^export (?:type )?\{([^}]*)\}(?: from ['"]([^'"]+)['"])?;/.exec(statement.code);
    if (all !== null) {
      for (const [name, declarations] of declarationsOf(moduleAt(path, all[1] as string)))
        exported.set(name, declarations);
    } else if (some !== null) {
      const from = someFrom(path, some[2], local);
      for (const { name, as } of namesIn(some[1] as string)) {
        exported.set(as, from.get(name) ?? [withoutComment(`export { ${name} as ${as} };`)]);
      }
    } else if (statement.code.startsWith('export ')) {
      const name = declaredName(statement.code);
      if (name !== undefined) exported.set(name, withUsed(local.get(name) as Declaration[], local));
    }
  }
  return exported;
}

/** Of another package nothing but the names is known here. */
function someFrom(path: string, specifier: string | undefined, local: ReadonlyMap<string, readonly Declaration[]>) {
  if (specifier === undefined) return local;
  return specifier.startsWith('.') ? declarationsOf(moduleAt(path, specifier)) : new Map<string, Declaration[]>();
}

/** Top-level statements: in declarations that tsc writes, they and their comments alone start a line. */
function statementsOf(path: string): Declaration[] {
  const text = readFileSync(path, 'utf8')
    .replaceAll('\r\n', '\n')
    .replaceAll(/^\/\/.*\n?/gm, '');
  const parts: { text: string; comment: string }[] = [];
  let comment = '';
  for (const part of text.split(/^(?=\/\*\*|(?:export|declare|import|interface|type|class)\b)/m)) {
    const [own] = /^\/\*\*[\s\S]*?\*\/\n?/.exec(part) ?? [''];
    const last = parts.at(-1);
    if (own === '') {
      parts.push({ text: part, comment });
      comment = '';
    } else if (part.length === own.length || last === undefined) {
      comment = own.trim();
    } else {
      // The members of a union, too, have comments that start a line.
      last.text += part;
    }
  }
  return parts
    .map((part) => ({ ...part, text: part.text.trim(), code: stripComments(part.text) }))
    .filter(({ code }) => code !== '');
}

function stripComments(text: string): string {
  return text.replaceAll(/^[ \t]*\/\*[\s\S]*?\*\/[ \t]*\n/gm, '').trim();
}

function withoutComment(code: string): Declaration {
  return { text: code, code, comment: '' };
}

function declaredName(code: string): string | undefined {
  return /^(?:export )?(?:declare )?(?:abstract )?(?:function|const|let|class|interface|type|enum) (\w+)/.exec(
    code,
  )?.[1];
}

function namesIn(list: string): { name: string; as: string }[] {
  return list
    .split(',')
    .map((item) => item.trim().replace(/^type /, ''))
    .filter((item) => item !== '')
    .map((item) => {
      const [name = item, as = name] = item.split(' as ');
      return { name, as };
    });
}

function withUsed(
  declarations: readonly Declaration[],
  local: ReadonlyMap<string, readonly Declaration[]>,
  seen = new Set(declarations),
): readonly Declaration[] {
  const used = [...local].filter(
    ([name, [first]]) =>
      !first?.code.startsWith('export ') && declarations.some(({ code }) => new RegExp(`\\b${name}\\b`).test(code)),
  );
  for (const [, more] of used) {
    const fresh = more.filter((declaration) => !seen.has(declaration));
    for (const declaration of fresh) seen.add(declaration);
    if (fresh.length > 0) withUsed(fresh, local, seen);
  }
  return [...seen];
}

function moduleAt(path: string, specifier: string): string {
  return resolve(dirname(path), specifier.replace(/\.js$/, '.d.ts'));
}
