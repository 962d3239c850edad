/** Writes the recordings in this folder anew: `node make.mjs`. It needs espeak-ng 1.51, flac 1.4 and LAME 3.100 in PATH. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const at = (name) => fileURLToPath(new URL(name, import.meta.url));
const run = (program, ...args) => execFileSync(program, args, { stdio: 'inherit' });

/** PCM: one frame a sample of the list, which holds a whole number for each channel. */
function wave(rate, bits, frames) {
  const width = bits / 8;
  const channels = frames[0].length;
  const data = Buffer.alloc(frames.length * channels * width);
  for (const [i, value] of frames.flat().entries()) data.writeIntLE(value, i * width, width);
  const head = Buffer.alloc(44);
  head.write('RIFF', 0);
  head.writeUInt32LE(36 + data.length, 4);
  head.write('WAVEfmt ', 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(channels, 22);
  head.writeUInt32LE(rate, 24);
  head.writeUInt32LE(rate * channels * width, 28);
  head.writeUInt16LE(channels * width, 32);
  head.writeUInt16LE(bits, 34);
  head.write('data', 36);
  head.writeUInt32LE(data.length, 40);
  return Buffer.concat([head, data]);
}

const tone = (rate, seconds, channels) =>
  Array.from({ length: rate * seconds }, (_, i) =>
    channels.map((amplitude) => Math.round(32768 * amplitude * Math.sin((2 * Math.PI * 440 * i) / rate))),
  );

/** Blocks of 256 samples that an encoder codes in different ways. */
function shapes() {
  let state = 1;
  const noise = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state >>> 8) - 2 ** 23;
  };
  const sine = (i, period) => Math.round(5e6 * Math.sin((2 * Math.PI * i) / period));
  const blocks = [
    () => [0, 0],
    () => [-12345, -12345],
    () => [noise(), noise()],
    (i) => [sine(i, 50), sine(i, 50) + (noise() >> 16)],
    (i) => [sine(i, 60) + (noise() >> 16), sine(i, 60)],
    (i) => [noise() >> 4, sine(i, 70)],
    (i) => [256 * Math.round(sine(i, 30) / 256), 4096 * Math.round(sine(i, 90) / 4096)],
    (i) => [i * 1000, i * i],
  ];
  const frames = blocks.flatMap((block) => Array.from({ length: 256 }, (_, i) => block(i)));
  return [...frames, ...Array.from({ length: 100 }, (_, i) => [sine(i, 40), -sine(i, 40)])];
}

run('espeak-ng', '-v', 'en-gb', '-s', '200', '-w', at('voice.wav'), 'Good.');
run('flac', '--silent', '--force', '--no-padding', '--best', '-o', at('voice.flac'), at('voice.wav'));
run('lame', '--quiet', '-V', '2', at('voice.wav'), at('voice.mp3'));

writeFileSync(at('shapes.wav'), wave(48_000, 24, shapes()));
for (const [name, flags] of [
  ['shapes', ['--best', '--blocksize=256']],
  ['shapes-fixed', ['--fast', '--blocksize=256', '--max-lpc-order=0', '--mid-side']],
]) {
  run('flac', '--silent', '--force', '--lax', '--no-padding', ...flags, '-o', at(`${name}.flac`), at('shapes.wav'));
}

for (const [name, rate, channels, flags] of [
  ['tone-16000-mono', 16_000, [0.4], ['-b', '64']],
  ['tone-44100-stereo', 44_100, [0.4, 0.2], ['-V', '4', '--resample', '44.1', '--id3v2-only', '--tt', 'Tone']],
  ['tone-untagged', 16_000, [0.4], ['-t', '-b', '32']],
]) {
  writeFileSync(at('tone.wav'), wave(rate, 16, tone(rate, 0.5, channels)));
  run('lame', '--quiet', ...flags, at('tone.wav'), at(`${name}.mp3`));
}
run('rm', at('tone.wav'));
