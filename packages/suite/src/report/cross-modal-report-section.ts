/** Is the gain cross-modal? Of the first seed of each strategy that was asked. */
import { crossModalClaims, crossModalLegend, crossModalTable, crossModalTitle } from '../emap/cross-modal.js';
import { listElement, paragraph, type Section, tableElement } from './elements.js';
import type { ReportData } from './report-data.js';

/** Nothing if no run was asked. */
export function crossModalReportSection({ comparison }: ReportData): Section | undefined {
  const table = crossModalTable(comparison);
  if (table === undefined) return undefined;
  return {
    id: 'cross-modal',
    title: crossModalTitle,
    body: [paragraph(crossModalLegend(comparison)), tableElement(table), listElement(crossModalClaims(comparison))],
  };
}
