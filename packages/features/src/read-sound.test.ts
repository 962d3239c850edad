import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readSound } from './read-sound.js';

const bytesOf = (name: string) => readFileSync(new URL(`../test/recordings/${name}`, import.meta.url));

describe('a recording', () => {
  it('is read by what it holds, whatever it is called', async () => {
    const sounds = await Promise.all(['wav', 'flac', 'mp3'].map((end) => readSound(bytesOf(`voice.${end}`), 'voice')));
    const [wav] = sounds;
    expect(wav?.sampleRate).toBe(22_050);
    for (const { sampleRate, samples } of sounds) {
      expect([sampleRate, samples.length]).toEqual([wav?.sampleRate, wav?.samples.length]);
    }
  });

  it.each([
    ['text', Buffer.from('id,split,label'), '"id,s" first'],
    ['nothing', Buffer.alloc(0), '0 bytes'],
    ['zeros', Buffer.alloc(100), 'first'],
    ['a tag of ID3 and no more', Buffer.from('ID3\x04\x00\x00\x00\x00\x00\x00'), 'ID3'],
  ])('that is %s is refused', async (_, bytes, got) => {
    await expect(readSound(bytes, 'a.wav')).rejects.toMatchObject({
      code: 'FILE_UNREADABLE',
      place: 'a.wav',
      expected: 'a WAV, FLAC or MP3 file',
      got: expect.stringContaining(got),
    });
  });
});
