import { describe, expect, it } from 'vitest';
import { readWindow, readWindows, upperWindows } from './windows.js';

const config = (fields: Record<string, unknown>) => ({ file: 'config.json', fields });

describe('the sliding windows of a config', () => {
  it('have the size that is usual for the architecture where the config has none, and no end where it is null', () => {
    expect(readWindow(config({}), 4096)).toBe(4096);
    expect(readWindow(config({ sliding_window: 8 }), 4096)).toBe(8);
    expect(readWindow(config({ sliding_window: null }), 4096)).toBeUndefined();
  });

  it('stand where layer_types says, and by the rule of the architecture without it', () => {
    const even = (index: number): boolean => index % 2 === 0;
    expect(readWindows(config({}), 3, 8, even)).toEqual([8, undefined, 8]);
    const layerTypes = ['full_attention', 'sliding_attention', 'full_attention'];
    expect(readWindows(config({ layer_types: layerTypes }), 3, 8, even)).toEqual([undefined, 8, undefined]);
  });

  it('are Qwen’s in the upper blocks, and only if they are used', () => {
    const fields = { sliding_window: 8, max_window_layers: 2 };
    expect(upperWindows(config(fields), 3)).toEqual([undefined, undefined, undefined]);
    expect(upperWindows(config({ ...fields, use_sliding_window: true }), 3)).toEqual([undefined, undefined, 8]);
  });
});
