/** Errors of tracing name an operation or a tensor; whose it is, the run knows. */
import { InterfuseError, isInterfuseError, type PluginKind } from '@interfuse/core';

const ofTracing: ReadonlySet<string> = new Set(['KERNEL_UNSUPPORTED', 'STEP_READS_VALUE']);

/** Does work in which the steps of a plugin run. @throws what the work throws, with the plugin in its place */
export async function namingPlugin<R>(kind: PluginKind, id: string, work: () => Promise<R>): Promise<R> {
  try {
    return await work();
  } catch (error) {
    if (!isInterfuseError(error) || !ofTracing.has(error.code)) throw error;
    const { code, place, expected, got, remedy } = error;
    throw new InterfuseError(code, { place: `${kind} ${id}, ${place}`, expected, got, remedy, cause: error });
  }
}
