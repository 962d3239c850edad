/** Which process an id means: ids are used again, and a killed process may keep its id until its parent has noticed. */
import { readFile } from 'node:fs/promises';

export interface ProcessIdentity {
  readonly process: number;
  /** When it began, in clock ticks since the machine started. Absent where the system does not tell (Linux does). */
  readonly began?: string;
}

export async function identifyProcess(id: number): Promise<ProcessIdentity> {
  const found = await processState(id);
  return { process: id, ...(found === undefined ? {} : { began: found.began }) };
}

/** Whether this very process can still act. One that has ended and waits for its parent to notice cannot. */
export async function isAlive({ process: id, began }: ProcessIdentity): Promise<boolean> {
  if (!answers(id)) return false;
  const found = await processState(id);
  if (found === undefined) return true;
  return !['Z', 'X'].includes(found.state) && (began === undefined || began === found.began);
}

/** Signal 0 only asks. A process of somebody else (EPERM) is alive, too. */
function answers(id: number): boolean {
  try {
    process.kill(id, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Fields 3 and 22 of /proc/<id>/stat; the name before them stands in brackets and may hold anything. */
async function processState(id: number): Promise<{ state: string; began: string } | undefined> {
  const text = await readFile(`/proc/${id}/stat`, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return { state: fields[0] as string, began: fields[19] as string };
}
