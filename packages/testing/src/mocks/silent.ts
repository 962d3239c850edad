/** A logger that says nothing, for hosts of tests. */
import type { Logger } from '@interfuse/core';

export const silent: Logger = { debug: () => undefined, info: () => undefined, warn: () => undefined };
