/** A comparison in all its forms, beside one another in a folder. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileWhole } from '@interfuse/safetensors';
import { jsonReport, markdownReport } from '../comparison/report.js';
import { csvReport } from './csv-report.js';
import { latexReport } from './latex-report.js';
import type { ReportData } from './report-data.js';

/** @returns absolute paths, that of the page first */
export async function writeReport(folder: string, name: string, data: ReportData): Promise<string[]> {
  await mkdir(folder, { recursive: true });
  const { comparison } = data;
  // The numbers first: they are quick, and there even if somebody stops the drawing.
  const written = {
    json: jsonReport(comparison),
    md: markdownReport(comparison),
    csv: csvReport(data),
    tex: latexReport(comparison),
  };
  const stem = join(folder, name);
  for (const [extension, text] of Object.entries(written)) await writeFileWhole(`${stem}.${extension}`, text);
  // Loads the library that draws.
  const { htmlReport } = await import('./html-report.js');
  await writeFileWhole(`${stem}.html`, await htmlReport(data));
  return ['html', 'md', 'tex', 'csv', 'json'].map((extension) => `${stem}.${extension}`);
}
