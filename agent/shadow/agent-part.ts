import type { BootState, Fallback } from '../../hal/boot-control.ts';
import type { Reported } from '../../protocol/schemas/settings.ts';

/** What the robot reports of its agent, as short flat strings: a cloud may reorder the members of an object. */
export type AgentPart = Reported['agent'];

export const noAgentPart: AgentPart = {
  ...{ version: '', slot: '', boot: 0 },
  ...{ fallback: 'none', storage: 'ok' },
};

/** The running slot, and the slot that the board has abandoned, with the reason. */
export const bootPart = (boot: BootState | null): Pick<AgentPart, 'slot' | 'fallback'> => ({
  // Our own parser accepts 16 and 120 characters.
  slot: (boot?.booted ?? '').slice(0, 16),
  fallback: boot?.fallback === undefined ? 'none' : fallbackText(boot.fallback).slice(0, 120),
});

/** Such as `b damaged: the SHA-256 is another one` or `b crashed: exit code 1 (6 starts)`. */
export function fallbackText({ slot, reason, detail, starts }: Fallback): string {
  const count = starts === undefined || starts === 0 ? '' : ` (${startsText(starts)})`;
  return `${slot} ${reason}: ${detail}${count}`;
}

const startsText = (starts: number): string => (starts === 1 ? '1 start' : `${starts} starts`);
