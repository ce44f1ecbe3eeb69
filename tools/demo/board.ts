import { join } from 'node:path';
import type { BootState } from '../../hal/boot-control.ts';
import type { BodySnapshot } from '../../hal/robot-body.ts';
import { connectLines } from '../../hal/sim/wire/link.ts';
import type { World } from './world.ts';

/** What the test bench reads from the board. */
export interface BenchStatus {
  readonly bootId: string;
  readonly boot: BootState;
  readonly agent: { readonly pid: number | null; readonly starts: number };
  readonly snapshot: BodySnapshot;
}

/** The same as `sim-board bench --do status`, without starting a process for each poll. */
export async function benchStatus({ places, signal }: World): Promise<BenchStatus> {
  await using link = await connectLines(join(places.board, 'bench.sock'), signal);
  return (await link.call('status', {}, signal)) as BenchStatus;
}

/** The running agent's status, as far as the demo reads it. */
export interface AgentStatus {
  readonly version: string;
  readonly boot: number;
  readonly link: {
    readonly state: string;
    readonly connects: number;
    readonly last: { readonly kind: string; readonly detail: string } | null;
  };
  readonly missions: { readonly unconfirmed: number; readonly confirmed: number };
  readonly maps: { readonly kept: number };
}

export async function agentStatus({ places, processes, programs }: World): Promise<AgentStatus> {
  const args = ['status', '--config', places.config, '--json'];
  return JSON.parse(await processes.run(programs.pilotfish, args)) as AgentStatus;
}

/** The robot's phase in everyday words. */
export const phaseText = (phase: string): string =>
  ({
    charge: 'on its dock',
    run: 'cleaning',
    pause: 'paused',
    stuck: 'stuck',
    hmMidMsn: 'going to recharge',
    recharge: 'recharging',
    hmPostMsn: 'going home',
    stop: 'standing still',
  })[phase] ?? phase;
