/** `asked.json`: which questions of a report a finished run has answered. What there was to tell stands in files of its own. */
import { has, readJson, writeJson } from '../run/run-folder.js';
import type { Question } from './messages.js';

interface Asked {
  readonly format: 1;
  readonly answered: readonly Question[];
}

/** Those of the questions that the run has not answered. @throws RUN_INVALID if the file is damaged */
export async function unanswered(folder: string, questions: readonly Question[]): Promise<readonly Question[]> {
  if (questions.length === 0) return questions;
  const answered = await readAnswered(folder);
  return questions.filter((question) => !answered.includes(question));
}

export async function writeAnswered(folder: string, question: Question): Promise<void> {
  const answered = [...(await readAnswered(folder)), question];
  await writeJson(folder, 'asked', { format: 1, answered } satisfies Asked);
}

async function readAnswered(folder: string): Promise<readonly Question[]> {
  return has(folder, 'asked') ? (await readJson<Asked>(folder, 'asked')).answered : [];
}
