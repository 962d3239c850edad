/** Where the bundled dataset `staged` lies, seen from the sources as well as from the build. */
import { fileURLToPath } from 'node:url';

export const stagedFolder = fileURLToPath(new URL('../../data/staged', import.meta.url));
