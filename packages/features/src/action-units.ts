/** Facial action units from the CSV files of OpenFace (Baltrušaitis et al. 2018): intensities from 0 to 5, frame by frame. */
import { InterfuseError } from '@interfuse/core';

export interface ActionUnits {
  /** As OpenFace names intensities: `AU01_r`, ... */
  readonly names: readonly string[];
  /** Seconds of each frame. */
  readonly times: Float64Array;
  /** Whether a face was tracked in the frame. */
  readonly found: readonly boolean[];
  /** [frames, names]. */
  readonly values: Float32Array;
}

/**
 * Reads the output of FeatureExtraction for one face.
 *
 * @param place the file, for errors
 * @throws FILE_UNREADABLE with the line: no such columns, a row that is cut off, a value that is no number, several faces
 */
export function readOpenFace(text: string, place: string): ActionUnits {
  const lines = text.split(/\r?\n/);
  if (lines.at(-1) === '') lines.pop();
  const titles = (lines[0] ?? '').split(',').map((title) => title.trim());
  const columnOf = (title: string) => {
    const column = titles.indexOf(title);
    if (column === -1)
      throw unreadable(`${place}:1`, `a column "${title}"`, titles.slice(0, 5).join(', ') || 'nothing');
    return column;
  };
  const [time, success] = [columnOf('timestamp'), columnOf('success')];
  const face = titles.indexOf('face_id');
  const names = titles.filter((title) => /^AU\d\d_r$/.test(title));
  if (names.length === 0) throw unreadable(`${place}:1`, 'intensities of action units (AU01_r, ...)', 'none');
  if (lines.length < 2) throw unreadable(place, 'at least one frame', 'none');
  const columns = names.map((name) => titles.indexOf(name));
  const faces = new Set<number>();
  const frames = lines.slice(1).map((line, i) => {
    const at = `${place}:${i + 2}`;
    const cells = line.split(',');
    if (cells.length !== titles.length) throw unreadable(at, `${titles.length} cells`, `${cells.length}`);
    const number = (column: number) => {
      const value = Number(cells[column]?.trim() || Number.NaN);
      if (Number.isFinite(value)) return value;
      throw unreadable(`${at}: ${titles[column]}`, 'a finite number', `"${cells[column]?.trim()}"`);
    };
    if (face !== -1 && faces.add(number(face)).size > 1) {
      const remedy = 'Run OpenFace with FeatureExtraction, which follows one face.';
      throw unreadable(`${at}: face_id`, 'one face', `another: ${number(face)}`, remedy);
    }
    return { time: number(time), found: number(success) === 1, values: columns.map(number) };
  });
  return {
    names,
    times: Float64Array.from(frames, (frame) => frame.time),
    found: frames.map((frame) => frame.found),
    values: Float32Array.from(frames.flatMap((frame) => frame.values)),
  };
}

/**
 * [steps, names]: means over the frames of each span of `1 / perSecond` seconds in which a face was found. Spans without
 * one go on as the span before, those at the start as the first that has one, and are 0 if none has.
 */
export function poolActionUnits({ names, times, found, values }: ActionUnits, perSecond: number): Float32Array {
  const width = names.length;
  const start = times[0] ?? 0;
  const stepOf = (frame: number) => Math.floor(((times[frame] as number) - start) * perSecond + 1e-9);
  const steps = 1 + times.reduce((most, _, frame) => Math.max(most, stepOf(frame)), 0);
  const pooled = new Float32Array(steps * width);
  const counts = new Float64Array(steps);
  found.forEach((isFound, frame) => {
    if (!isFound) return;
    const step = stepOf(frame);
    counts[step] = (counts[step] as number) + 1;
    for (let i = 0; i < width; i += 1) {
      pooled[step * width + i] = (pooled[step * width + i] as number) + (values[frame * width + i] as number);
    }
  });
  let last = counts.findIndex((count) => count > 0);
  for (let step = 0; step < steps && last !== -1; step += 1) {
    const count = counts[step] as number;
    if (count === 0) continue;
    for (let i = 0; i < width; i += 1) pooled[step * width + i] = (pooled[step * width + i] as number) / count;
  }
  for (let step = 0; step < steps && last !== -1; step += 1) {
    if ((counts[step] as number) > 0) last = step;
    else pooled.copyWithin(step * width, last * width, (last + 1) * width);
  }
  return pooled;
}

function unreadable(place: string, expected: string, got: string, remedy?: string): InterfuseError {
  return new InterfuseError('FILE_UNREADABLE', { place, expected, got, ...(remedy === undefined ? {} : { remedy }) });
}
