/** Sounds as WAV files, for tests. */

/** PCM of 16 bits at 8 kHz: a voice with five harmonics. */
export function waveFile(hertz: number, seconds: number): Buffer {
  const count = 8000 * seconds;
  const file = Buffer.alloc(44 + 2 * count);
  file.write('RIFF', 0);
  file.writeUInt32LE(36 + 2 * count, 4);
  file.write('WAVEfmt ', 8);
  for (const [where, value] of [
    [16, 16],
    [24, 8000],
    [28, 16000],
    [40, 2 * count],
  ] as const)
    file.writeUInt32LE(value, where);
  for (const [where, value] of [
    [20, 1],
    [22, 1],
    [32, 2],
    [34, 16],
  ] as const)
    file.writeUInt16LE(value, where);
  file.write('data', 36);
  for (let i = 0; i < count; i += 1) {
    let sample = 0;
    for (let k = 1; k <= 5; k += 1) sample += Math.sin((2 * Math.PI * hertz * k * i) / 8000) / k;
    file.writeInt16LE(Math.round(6000 * sample), 44 + 2 * i);
  }
  return file;
}
