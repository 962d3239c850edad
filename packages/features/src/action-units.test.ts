import { describe, expect, it } from 'vitest';
import { poolActionUnits, readOpenFace } from './action-units.js';

// The head of a file of OpenFace 2.2: blanks after commas, presences (_c) beside intensities (_r).
const head = 'frame, face_id, timestamp, confidence, success, gaze_0_x, AU01_r, AU12_r, AU01_c';
const rows = [
  '1, 0, 0.000, 0.98, 1, 0.1, 0.50, 2.00, 1',
  '2, 0, 0.100, 0.98, 1, 0.1, 1.50, 4.00, 1',
  '3, 0, 0.250, 0.02, 0, 0.1, 5.00, 5.00, 0',
  '4, 0, 0.500, 0.98, 1, 0.1, 0.25, 1.00, 0',
];
const file = (...lines: string[]) => [head, ...lines, ''].join('\n');

describe('a file of OpenFace', () => {
  it('gives intensities of action units, times, and where a face was found', () => {
    const units = readOpenFace(file(...rows), 'a.csv');
    expect(units.names).toEqual(['AU01_r', 'AU12_r']);
    expect([...units.times]).toEqual([0, 0.1, 0.25, 0.5]);
    expect(units.found).toEqual([true, true, false, true]);
    expect([...units.values]).toEqual([0.5, 2, 1.5, 4, 5, 5, 0.25, 1]);
  });

  it('is pooled over frames with a face; without one the span goes on as the one before', () => {
    expect([...poolActionUnits(readOpenFace(file(...rows), 'a.csv'), 4)]).toEqual([1, 3, 1, 3, 0.25, 1]);
  });

  it('that begins without a face begins as the first span that has one; without any it is 0', () => {
    const lost = (row: string) => row.replace(/0\.98, 1/, '0.02, 0');
    const [first = '', second = '', ...others] = rows;
    const late = readOpenFace(file(lost(first), lost(second), ...others), 'a.csv');
    expect([...poolActionUnits(late, 4)]).toEqual([0.25, 1, 0.25, 1, 0.25, 1]);
    expect([...poolActionUnits(readOpenFace(file(lost(first)), 'a.csv'), 4)]).toEqual([0, 0]);
  });

  it.each([
    ['other columns', 'a,b\n1,2\n', 'a.csv:1', 'a column "timestamp"'],
    ['no intensities', 'timestamp,success\n0,1\n', 'a.csv:1', 'AU01_r'],
    ['no frame', file(), 'a.csv', 'at least one frame'],
    ['a row that is cut off', file(rows[0] as string, '2, 0, 0.1'), 'a.csv:3', '9 cells'],
    ['a word', file((rows[0] as string).replace('2.00', 'much')), 'a.csv:2: AU12_r', 'a finite number'],
    ['an empty cell', file((rows[0] as string).replace('2.00', '')), 'a.csv:2: AU12_r', 'a finite number'],
    ['two faces', file(rows[0] as string, (rows[1] as string).replace('2, 0', '2, 1')), 'a.csv:3: face_id', 'one face'],
  ])('with %s is refused, with its place', (_, text, place, expected) => {
    let error: unknown;
    try {
      readOpenFace(text, 'a.csv');
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toMatchObject({ code: 'FILE_UNREADABLE', place });
    expect((error as Error).message).toContain(expected);
  });
});
