/** `interfuse doctor`: what works on this machine, and why the rest does not. */
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type EnginePlugin, isInterfuseError, type Step } from '@interfuse/core';
import { constant, flattenLeaves, linear, nestTensors } from '@interfuse/nn';
import { writeFileWhole } from '@interfuse/safetensors';
import { textTable } from '../comparison/table.js';
import { describeMachine } from '../run/manifest.js';
import { exitCodes } from '../show-error.js';
import { painter } from '../terminal.js';
import { version } from '../version.js';
import { type CommandContext, terminalLogger } from './context.js';
import { openRegistry } from './open-registry.js';

interface Finding {
  readonly what: string;
  readonly works: boolean;
  readonly details: string;
  /** Whether Interfuse can do without. */
  readonly optional?: boolean;
}

/** @returns 1 if something fails that is needed */
export async function doctor(context: CommandContext): Promise<number> {
  const { terminal, workingFolder } = context;
  const registry = await openRegistry(undefined, context);
  const findings: Finding[] = [...machineFindings(), await diskFinding(workingFolder)];
  for (const { plugin } of registry.list('engine')) findings.push(await engineFinding(plugin, context));
  findings.push(
    await acceleratorFinding('@tensorflow/tfjs-node'),
    await acceleratorFinding('@tensorflow/tfjs-node-gpu'),
  );

  const paint = painter(terminal.out, terminal.environment);
  const verdict = ({ works, optional }: Finding) => (works ? 'ok' : optional ? 'absent' : 'FAILS');
  const table = textTable({
    columns: ['', 'what', 'details'].map((title) => ({ title, align: 'left' })),
    rows: findings.map((finding) => [verdict(finding), finding.what, finding.details]),
  });
  const coloured = table.replaceAll(/^FAILS/gm, paint('red', 'FAILS')).replaceAll(/^ok/gm, paint('green', 'ok'));
  terminal.out.write(`${coloured}\n`);
  return findings.every(({ works, optional }) => works || optional) ? 0 : exitCodes.unexpected;
}

function machineFindings(): Finding[] {
  const { node, system, processor, cores, memoryGigabytes } = describeMachine();
  const [major = 0, minor = 0] = node.split('.').map(Number);
  return [
    { what: 'interfuse', works: true, details: version },
    { what: 'node', works: major > 20 || (major === 20 && minor >= 19), details: `${node} (at least 20.19)` },
    { what: 'machine', works: true, details: `${system}, ${cores} cores (${processor}), ${memoryGigabytes} GB memory` },
  ];
}

async function diskFinding(folder: string): Promise<Finding> {
  const what = 'disk';
  try {
    const trial = await mkdtemp(join(folder, '.interfuse-doctor-'));
    try {
      await writeFileWhole(join(trial, 'file'), 'written whole');
    } finally {
      await rm(trial, { recursive: true, force: true });
    }
    return { what, works: true, details: `${folder} can be written to` };
  } catch (error) {
    return { what, works: false, details: firstLine(error) };
  }
}

async function engineFinding(plugin: EnginePlugin, { terminal }: CommandContext): Promise<Finding> {
  const what = `engine ${plugin.id}`;
  try {
    const create = await plugin.load();
    const engine = await create({} as never, { logger: terminalLogger(terminal) });
    try {
      const store = engine.createStore();
      await store.allocate(flattenLeaves(smokeLeaves), 0);
      const { sum } = await engine.compile(smokeStep, store).run({
        x: { shape: [1, 2], type: 'float32', data: Float32Array.of(3, 4) },
      });
      store.dispose?.();
      // 2 * 3 + 2 * 4 + 1
      if (sum?.data[0] !== 15) return { what, works: false, details: `computes ${sum?.data[0]} where 15 is right` };
      const described = Object.entries(await engine.describe()).map(([name, value]) => `${name} ${value}`);
      const costs = engine.costs?.();
      if (costs !== undefined)
        described.push(`compiles a step of one layer in ${(costs.compileSeconds * 1000).toFixed(0)} ms`);
      return { what, works: true, details: described.join(', ') };
    } finally {
      await engine.dispose();
    }
  } catch (error) {
    return { what, works: false, details: firstLine(error) };
  }
}

const smokeLeaves = { weight: constant([1, 2], 2), bias: constant([1], 1) };

const smokeStep: Step = {
  name: 'doctor',
  run: (variables, { x }) => ({
    updates: {},
    outputs: { sum: linear(nestTensors(smokeLeaves, variables), x as NonNullable<typeof x>) },
  }),
};

/** Native TensorFlow is only looked for: no engine of this version runs on it. */
async function acceleratorFinding(name: string): Promise<Finding> {
  const works = await import(name).then(
    () => true,
    () => false,
  );
  const details = works ? 'installed; no engine of this version uses it' : 'not installed; nothing needs it';
  return { what: name, works, optional: true, details };
}

function firstLine(error: unknown): string {
  if (isInterfuseError(error)) return `${error.code}: ${error.got}`;
  return (error instanceof Error ? error.message : String(error)).split('\n', 1)[0] as string;
}
