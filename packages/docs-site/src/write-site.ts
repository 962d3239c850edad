/** Writes a site into a folder, which is replaced when all of it has been written. */
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Site } from './links.js';

export async function writeSite(site: Site, folder: string): Promise<void> {
  const fresh = `${folder}.${process.pid}.tmp`;
  try {
    for (const [address, content] of site) {
      const file = join(fresh, address);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, content);
    }
    await rm(folder, { recursive: true, force: true });
    await rename(fresh, folder);
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
}
