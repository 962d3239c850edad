/** Names for strategies and language models in tables: the id, and what tells apart those that share one. */
import type { FusionSlot, Slot, WarmStart } from '@interfuse/core';

const controls = {
  none: '',
  'constant-streams': ', streams constant',
  'shuffled-streams': ', streams shuffled',
} as const;

/** `early`; `unimodal (audio)`; `deepmlf (depth 2, tokens 8)`; `deepmlf no-gate`; `late + feed-forward`; `deepmlf after encoders`; `deepmlf, streams shuffled`. */
export function strategyLabels(slots: readonly FusionSlot[]): string[] {
  const name = ({ use, preset }: FusionSlot) => (preset ? `${use} ${preset}` : use);
  const byOptions = slotLabels(slots.map((slot) => ({ use: name(slot), options: slot.options })));
  const all = slotLabels(slots.map((slot) => ({ use: name(slot), options: { ...slot.options, ...slot.training } })));
  // How they are trained is said only where nothing else tells them apart.
  const labels = byOptions.map((label, index) =>
    slots.some((slot, other) => other !== index && byOptions[other] === label && differsInTraining(slot, slots[index]))
      ? all[index]
      : label,
  );
  return slots.map(({ adaptation, control, warmStart }, index) => {
    const whole = [labels[index], ...(adaptation === 'frozen' ? [] : [`+ ${adaptation}`]), ...after(warmStart)];
    return `${whole.join(' ')}${controls[control]}`;
  });
}

function differsInTraining(one: FusionSlot, other: FusionSlot | undefined): boolean {
  return JSON.stringify(one.training) !== JSON.stringify(other?.training);
}

function after(warmStart: readonly WarmStart[] = []): string[] {
  const runs = new Set(warmStart.map(({ run }) => run.split('/').at(-1)));
  return runs.size === 0 ? [] : [`after ${[...runs].join(' and ')}`];
}

/** `gpt2`; `llama (stories260k)`. */
export function slotLabels(slots: readonly Slot[]): string[] {
  return slots.map((slot) => {
    const namesakes = slots.filter(({ use }) => use === slot.use);
    const names = new Set(namesakes.flatMap(({ options }) => Object.keys(options)));
    const differing = [...names].filter((name) => {
      const values = namesakes.map(({ options }) => JSON.stringify(options[name]));
      return new Set(values).size > 1;
    });
    const said = differing.map((name) => {
      const value = slot.options[name];
      return differing.length === 1 && typeof value === 'string' ? value : `${name} ${show(value)}`;
    });
    return `${slot.use}${said.length === 0 ? '' : ` (${said.join(', ')})`}`;
  });
}

function show(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? 'unset');
}
