/** A page of plots and tables that loads nothing from anywhere, in light and dark, for screens of any width. */
import { escapeText } from './theme.js';

export interface Page {
  readonly title: string;
  /** HTML. */
  readonly body: readonly string[];
  /** Rules of CSS for it alone. */
  readonly style?: string;
}

const style = [
  ':root{color-scheme:light dark}',
  'body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:0 auto;padding:1.5rem 1rem 3rem;color:#222;background:#fff}',
  'h1{font-size:1.5rem;line-height:1.25}',
  'figure{margin:1.5rem 0}figure svg{max-width:100%;height:auto}',
  '.wide{overflow-x:auto}',
  'table{border-collapse:collapse;font-size:.9rem;font-variant-numeric:tabular-nums}',
  'th,td{padding:.35rem .7rem;border-bottom:1px solid #ddd;white-space:nowrap;text-align:right}',
  'th:first-child,td:first-child,.left{text-align:left}',
  '.faint{color:#6b6b6b}',
  '@media (prefers-color-scheme:dark){body{color:#e6e6e6;background:#161616}th,td{border-color:#3a3a3a}.faint{color:#a3a3a3}}',
].join('');

export function plotPage({ title, body, style: own = '' }: Page): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeText(title)}</title>
<style>${style}${own}</style>
${body.join('\n')}
</html>
`;
}
