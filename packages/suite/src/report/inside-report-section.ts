/** What goes on inside strategies that show gates or attention: of the first run of each that was looked into. */
import { escapeText } from '@interfuse/plots';
import { attentionSection, gatesSection } from '../introspection/page.js';
import type { Section } from './elements.js';
import type { ReportData, ReportedRun } from './report-data.js';

/** Characters of drawings in all; the rest is in the pages of the runs. */
const mostDrawn = 700_000;

/** Nothing if nothing shows anything. */
export function insideReportSection({ strategies }: ReportData): Section | undefined {
  let left = mostDrawn;
  const body: string[] = [];
  for (const { name, runs } of strategies) {
    const [run] = runs.filter(shows);
    if (run?.introspection === undefined) continue;
    const { introspection: found, result } = run;
    const drawings = [...gatesSection(found), ...attentionSection(found)].map((part) =>
      part.replaceAll('<h2>', '<h4>').replaceAll('</h2>', '</h4>'),
    );
    const kept = drawings.filter((part) => {
      const isKept = part.length <= left;
      if (isKept) left -= part.length;
      return isKept;
    });
    body.push(
      `<h3>${escapeText(name)}</h3>`,
      `<p>Seed ${result.seed}, validation split, ${found.samples} samples, weights of epoch ${found.epoch + 1}.</p>`,
      `<div class="inside">${kept.join('\n')}</div>`,
      ...(kept.length < drawings.length
        ? [
            `<p>${drawings.length - kept.length} more drawings: introspection.html in the folder of ${escapeText(result.run)}.</p>`,
          ]
        : []),
    );
  }
  return body.length === 0 ? undefined : { id: 'inside', title: 'Inside', body };
}

function shows({ introspection }: ReportedRun): boolean {
  return introspection !== undefined && introspection.gates.length + introspection.attention.length > 0;
}
