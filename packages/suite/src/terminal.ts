/** Where a command writes: results to `out`, everything else to `error`; colour only where somebody sees it. */

export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

export interface Terminal {
  readonly out: Output;
  readonly error: Output;
  readonly environment: { readonly [name: string]: string | undefined };
}

/** Select Graphic Rendition codes (ECMA-48): on and off. */
const styles = { bold: [1, 22], dim: [2, 22], red: [31, 39], green: [32, 39] } as const;

export type Paint = (style: keyof typeof styles, text: string) => string;

/** Colours for what is written to this output, or none. https://no-color.org */
export function painter(output: Output, environment: Terminal['environment']): Paint {
  const isPlain = output.isTTY !== true || environment.TERM === 'dumb' || (environment.NO_COLOR ?? '') !== '';
  return (style, text) => (isPlain ? text : `\x1b[${styles[style][0]}m${text}\x1b[${styles[style][1]}m`);
}
