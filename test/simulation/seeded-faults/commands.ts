import type { CommandsEffect } from '../../../agent/commands/effects.ts';
import type { CommandsState } from '../../../agent/commands/state.ts';
import type { Command } from '../../../protocol/schemas/commands.ts';
import { changeEffects, type SeededFault, wrapExports, wrapStep } from '../seams.ts';

const hourMs = 3_600_000;

/** Seeded faults of the commands machine. */
export const commandFaults: readonly SeededFault[] = [
  {
    name: 'drop-the-command-id',
    seam: changeEffects<CommandsState, CommandsEffect>('commands', (effect, { freshId }) =>
      effect.type === 'body/command' ? { ...effect, tag: freshId } : effect,
    ),
    seedsMax: 5,
    why: 'neither body nor cloud can tell one command from its repetition',
  },
  {
    name: 'repeat-command-after-crash',
    seam: wrapStep<CommandsState, CommandsEffect>('commands', (step) => (state, event, moment) => {
      const seen = event.type === 'body/snapshot' ? event.snapshot.commands : null;
      const lost = state.unsettled.find((id) => seen?.every(({ tag }) => tag !== id));
      const item = seen === null || lost === undefined ? undefined : state.items.get(lost);
      if (lost === undefined || item === undefined) return step(state, event, moment);
      const verb = item.command.command as 'start';
      return {
        state: { ...state, unsettled: [], items: new Map(state.items).set(lost, { ...item }) },
        effects: [
          {
            type: 'body/command',
            ...{ tag: lost, verb, initiator: 'cloud' },
            validUntilMonoMs: Number.MAX_SAFE_INTEGER,
          },
        ],
      };
    }),
    seedsMax: 150,
    why: 'a command whose fate is not known is begun again, however late it is by now',
  },
  {
    name: 'late-command',
    seam: wrapStep<CommandsState, CommandsEffect>('commands', (step) => (state, event, moment) => {
      const { latestMs } = moment;
      const timely = (command: Command): Command => {
        const lateMs = latestMs - command.expiresMs;
        const isLate = lateMs >= 0 && lateMs < hourMs;
        return isLate ? { ...command, expiresMs: latestMs + 1 } : command;
      };
      const waiting = { ...state, waiting: state.waiting.map(timely) };
      return event.type === 'cloud/command'
        ? step(waiting, { ...event, body: timely(event.body) }, moment)
        : step(waiting, event, moment);
    }),
    seedsMax: 50,
    why: 'a command is run that has expired within the last hour',
  },
  {
    name: 'start-after-a-later-stop',
    seam: wrapExports<typeof import('../../../agent/commands/state.ts')>(
      'agent/commands/state.ts',
      {
        isSuperseded: () => () => false,
      },
    ),
    seedsMax: 200,
    why: 'a stop goes first, and a start that was sent before it is carried out after it',
  },
];
