/** Draws a comparison as SVG, one dot per seed: node scripts/draw-comparison.mjs runs/default-comparison.json docs/images/comparison.svg */
import { readFileSync, writeFileSync } from 'node:fs';
import process from 'node:process';

const [source, target] = process.argv.slice(2);
if (source === undefined || target === undefined) {
  process.stderr.write('Give a comparison (.json) and the picture to write (.svg).\n');
  process.exit(2);
}
const { columns, strategies, constant, dataset, seeds } = JSON.parse(readFileSync(source, 'utf8'));
const [column] = columns;
const bar = constant.figures[column.name];

const [left, right, top, rowHeight] = [170, 40, 56, 34];
const width = 760;
const height = top + rowHeight * strategies.length + 56;
const values = [...strategies.flatMap(({ perSeed }) => perSeed), bar];
const [low, high] = [Math.floor(10 * Math.min(...values)) / 10, Math.ceil(10 * Math.max(...values)) / 10];
const x = (value) => left + ((value - low) / (high - low)) * (width - left - right);
const colour = (category) => (category === 'none' ? '#8a8f98' : '#2563a8');

const ticks = Array.from({ length: Math.round((high - low) * 10) + 1 }, (_, i) => low + i / 10);
const parts = ticks.map(
  (tick) =>
    `<line x1="${x(tick)}" x2="${x(tick)}" y1="${top - 8}" y2="${height - 44}" stroke="#e3e6ea"/><text x="${x(tick)}" y="${height - 26}" text-anchor="middle">${tick.toFixed(1)}</text>`,
);
parts.push(
  `<line x1="${x(bar)}" x2="${x(bar)}" y1="${top - 8}" y2="${height - 44}" stroke="#b3261e" stroke-dasharray="4 4"/>`,
  `<text x="${x(bar)}" y="${top - 14}" text-anchor="middle" fill="#b3261e">${constant.name}</text>`,
);
strategies.forEach(({ label, category, perSeed, figures }, row) => {
  const y = top + rowHeight * (row + 0.5);
  const mean = x(figures[column.name].mean);
  parts.push(
    `<text x="${left - 14}" y="${y + 4}" text-anchor="end">${label}</text>`,
    ...perSeed.map(
      (value) => `<circle cx="${x(value)}" cy="${y}" r="5" fill="${colour(category)}" fill-opacity="0.45"/>`,
    ),
    `<line x1="${mean}" x2="${mean}" y1="${y - 11}" y2="${y + 11}" stroke="${colour(category)}" stroke-width="3"/>`,
  );
});
const title = `${column.describe} on the test split of ${dataset.name ?? dataset}, ${column.better} is better: ${seeds.length} seeds and their mean`;
writeFileSync(
  target,
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="13" fill="#22262b"><title>${title}</title><rect width="100%" height="100%" fill="#ffffff"/><text x="14" y="22" font-size="15">${title}</text>${parts.join('')}</svg>\n`,
);
