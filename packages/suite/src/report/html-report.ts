/**
 * The report of a comparison as one page, which loads nothing from anywhere and runs no script: for phones, desks and
 * paper, light and dark. It tells times and machines, so it is not the same twice.
 */

import { escapeText, plotPage } from '@interfuse/plots';
import { heading } from '../comparison/report.js';
import { costSection } from './cost-section.js';
import { crossModalReportSection } from './cross-modal-report-section.js';
import { curvesSection } from './curves-section.js';
import { paragraph, type Section, sectionElement } from './elements.js';
import { insideReportSection } from './inside-report-section.js';
import { strategyIntervals } from './intervals.js';
import { missingSection } from './missing-section.js';
import { pairsSection } from './pairs-section.js';
import { predictionsSection } from './predictions-section.js';
import { provenanceSection } from './provenance-section.js';
import { claimsSection, rankingSection } from './ranking-section.js';
import type { ReportData } from './report-data.js';

const style = [
  'h2{font-size:1.2rem;margin:2.5rem 0 .75rem;padding-top:.5rem;border-top:1px solid #ddd}',
  'h3{font-size:1rem}h4{font-size:.9rem;font-weight:600;margin:.75rem 0 0}',
  'nav{display:flex;flex-wrap:wrap;gap:.25rem 1rem;margin:.5rem 0 1.5rem}',
  'a{color:#1f6fb2}',
  'li,p,figcaption,summary{overflow-wrap:anywhere}figcaption{font-size:.85rem;margin-top:.5rem}',
  'body{max-width:70rem}main p,main li,figcaption{max-width:56rem}',
  // Names stand over lines.
  '.role-axis-label text{paint-order:stroke;stroke:#fff;stroke-width:3px}',
  '.panels{display:grid;gap:1rem;align-items:start}',
  '.small{grid-template-columns:repeat(auto-fill,minmax(min(100%,17.5rem),1fr))}',
  '.large{grid-template-columns:repeat(auto-fill,minmax(min(100%,27rem),1fr))}',
  '.panels svg{display:block}',
  '.inside figure{margin:.5rem 0;overflow-x:auto}.inside figure svg{max-width:none}',
  '.inside svg text:not([fill]){fill:currentColor}',
  'details{margin:.5rem 0}details details{margin-left:1rem}summary{cursor:pointer}',
  'pre{overflow-x:auto;padding:.75rem;background:#f4f4f4;font-size:.8rem;line-height:1.4}',
  '@media (max-width:600px){ul{padding-left:1.2rem}th,td{padding:.3rem .4rem}}',
  '@media (prefers-color-scheme:dark){a{color:#6db3f2}h2{border-color:#3a3a3a}pre{background:#222}.role-axis-label text{stroke:#161616}}',
  '@media print{body{max-width:none;padding:0;font-size:11px}figcaption{font-size:10px}nav{display:none}h2{break-after:avoid}svg,tr{break-inside:avoid}.wide,pre{overflow:visible}table{font-size:8px}th,td{padding:.15rem .3rem;white-space:normal}pre{white-space:pre-wrap}}',
].join('');

export async function htmlReport(data: ReportData): Promise<string> {
  const { comparison } = data;
  const intervals = strategyIntervals(data);
  const sections = [
    await rankingSection(data, intervals),
    claimsSection(data),
    await pairsSection(data),
    await curvesSection(data),
    await costSection(data, intervals),
    await predictionsSection(data),
    await missingSection(data),
    crossModalReportSection(data),
    insideReportSection(data),
    provenanceSection(data),
  ].filter((section): section is Section => section !== undefined);
  const links = sections.map(({ id, title }) => `<a href="#${id}">${escapeText(title)}</a>`);
  return plotPage({
    title: `Comparison: ${comparison.name}`,
    style,
    body: [
      `<h1>Comparison: ${escapeText(comparison.name)}</h1>`,
      paragraph(heading(comparison)),
      `<nav aria-label="Parts">${links.join('\n')}</nav>`,
      '<main>',
      ...sections.map(sectionElement),
      '</main>',
    ],
  });
}
