import type { BootState, Fallback } from '../../hal/boot-control.ts';
import type { Reported } from '../../protocol/schemas/settings.ts';

/** What the robot reports of its agent, in short flat texts: a cloud may order the names of an object as it likes. */
export type AgentPart = Reported['agent'];

export const noAgentPart: AgentPart = {
  ...{ version: '', slot: '', boot: 0 },
  ...{ fallback: 'none', storage: 'ok' },
};

/** Which slot runs, and which one the board has left, with the reason. */
export const bootPart = (boot: BootState | null): Pick<AgentPart, 'slot' | 'fallback'> => ({
  // Our own reader takes back 16 and 120 characters.
  slot: (boot?.booted ?? '').slice(0, 16),
  fallback: boot?.fallback === undefined ? 'none' : fallbackText(boot.fallback).slice(0, 120),
});

/** Such as `b damaged: the SHA-256 is another one` or `b crashed: exit code 1 (6 starts)`. */
export function fallbackText({ slot, reason, detail, starts }: Fallback): string {
  const count = starts === undefined || starts === 0 ? '' : ` (${startsText(starts)})`;
  return `${slot} ${reason}: ${detail}${count}`;
}

const startsText = (starts: number): string => (starts === 1 ? '1 start' : `${starts} starts`);
