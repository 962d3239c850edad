/** Options that encoders share. */

export const steps = {
  description: 'Number of steps that the stream is resampled to before it is encoded; null keeps its frames.',
  type: ['integer', 'null'],
  minimum: 1,
  default: null,
} as const;

export const align = {
  description:
    'How frames become steps: "local" averages equal spans of the real frames; "strided" averages frames t, t + T, t + 2T, ... of the padded stream, as the released program of DeepMLF does.',
  enum: ['local', 'strided'],
  default: 'local',
} as const;
