/** The kernels that replace or complete those of the cpu backend. */

import { cpuMemory } from './memory.js';
import { registerSharedKernels } from './shared-kernels.js';

export function registerCpuKernels(): void {
  registerSharedKernels('cpu', cpuMemory);
}
