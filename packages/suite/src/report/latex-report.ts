/** The table of a comparison for LaTeX, with the rules of booktabs. */
import type { Comparison } from '../comparison/comparison.js';
import { heading, resultTable } from '../comparison/report.js';
import type { Table } from '../comparison/table.js';

export function latexReport(comparison: Comparison): string {
  const table = resultTable(comparison, { withSeconds: false });
  return [
    '% \\usepackage{booktabs}',
    '\\begin{table}',
    '\\centering',
    `\\caption{${escapeLatex(heading(comparison))}}`,
    latexTable(table),
    '\\end{table}',
    '',
  ].join('\n');
}

function latexTable({ columns, rows }: Table): string {
  const line = (cells: readonly string[]) => `${cells.map(escapeLatex).join(' & ')} \\\\`;
  return [
    `\\begin{tabular}{${columns.map(({ align }) => (align === 'left' ? 'l' : 'r')).join('')}}`,
    '\\toprule',
    line(columns.map(({ title }) => title)),
    '\\midrule',
    // The constant prediction, in the last row, is no strategy.
    ...rows.slice(0, -1).map(line),
    '\\midrule',
    ...rows.slice(-1).map(line),
    '\\bottomrule',
    '\\end{tabular}',
  ].join('\n');
}

const escapes: { readonly [character: string]: string } = {
  '\\': '\\textbackslash{}',
  '~': '\\textasciitilde{}',
  '^': '\\textasciicircum{}',
  '±': '$\\pm$',
  '↑': '$\\uparrow$',
  '<': '$<$',
  '>': '$>$',
};

export function escapeLatex(text: string): string {
  return text.replace(/[\\&%$#_{}~^±↑<>]/g, (character) => escapes[character] ?? `\\${character}`);
}
