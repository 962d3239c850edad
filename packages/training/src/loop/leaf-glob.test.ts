/** Globs on the paths of leaves. */
import { expect, it } from 'vitest';
import { leafGlob, literalPart } from './leaf-glob.js';

it.each([
  ['streams/**', ['streams/join/weight', 'streams/encoders/audio/0/bias'], ['streams', 'upstreams/join/weight']],
  ['**/norm/*', ['norm/mean', 'heads/norm/mean'], ['heads/norm', 'heads/norm/mean/0', 'heads/denorm/mean']],
  ['blocks/*/gate', ['blocks/0/gate'], ['blocks/gate', 'blocks/0/attention/gate']],
  ['streams/{join,norm}/**', ['streams/join/weight', 'streams/norm/bias'], ['streams/encoders/audio/bias']],
  ['a.b/(c)', ['a.b/(c)'], ['axb/(c)', 'a.b/c']],
  ['**', ['head', 'head/bias'], []],
])('%s means what it says', (glob, matching, others) => {
  const selects = (path: string) => leafGlob(glob).test(path);
  expect(matching.filter(selects)).toEqual(matching);
  expect(others.filter(selects)).toEqual([]);
});

it.each([
  ['streams/{join,norm}/**', 'streams'],
  ['streams/encoders/audio*/**', 'streams/encoders'],
  ['**', ''],
  ['head/bias', 'head/bias'],
])('before the first wildcard of %s stands "%s"', (glob, literal) => {
  expect(literalPart(glob)).toBe(literal);
});
