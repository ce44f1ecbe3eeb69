import type { BodyEvent, CommandRecord, RobotBody } from '../../hal/robot-body.ts';
import type { Board } from '../ports.ts';
import {
  type Read,
  type ReadSnapshot,
  readBootState,
  readEvents,
  readMap,
  readRecord,
  readRefused,
  readSnapshot,
  readSystemInfo,
} from './answers.ts';
import { BoardCalls, type CallParts, type Deadline } from './calls.ts';

/** A board with deadlines and bounds on its calls, and with validated answers. */
export interface GuardedBoard extends Omit<Board, 'body'> {
  readonly body: GuardedBody;
  /** The unanswered calls, and the last failures. */
  view(): object;
}

export interface GuardedBody extends Omit<RobotBody, 'snapshot'> {
  snapshot(signal: AbortSignal): Promise<ReadSnapshot>;
  events(after: number, signal: AbortSignal): Promise<readonly BodyEvent[]>;
  command: (...request: Parameters<RobotBody['command']>) => Promise<CommandRecord>;
}

/** Methods whose answer has no content to validate. */
const acceptAny = (): Read<true> => ({ value: true, faults: [] });

export function guardBoard(
  { body, boot, installer, system }: Board,
  parts: CallParts,
): GuardedBoard {
  const calls = new BoardCalls(parts);
  const nothing = (work: Promise<true>): Promise<void> => work.then(() => undefined);
  return {
    body: {
      snapshot: (signal) =>
        calls.call('body.snapshot', signal, (over) => body.snapshot(over), readSnapshot),
      events: (after, signal) =>
        calls.call('body.events', signal, (over) => body.events(after, over), readEvents),
      onChanged: (listener) => body.onChanged(listener),
      command(request, signal) {
        const isUrgent = request.verb === 'stop' || request.verb === 'dock';
        const name = isUrgent ? 'body.command/urgent' : 'body.command';
        return calls.call(name, signal, (over) => body.command(request, over), readRecord);
      },
      configure: (settings, signal) =>
        calls.call('body.configure', signal, (over) => body.configure(settings, over), readRefused),
      map: (missionId, signal) =>
        calls.call('body.map', signal, (over) => body.map(missionId, over), readMap),
    },
    boot: {
      state: (signal) =>
        calls.call('boot.state', signal, (over) => boot.state(over), readBootState),
      arm: (slot, options, signal) =>
        nothing(calls.call('boot.arm', signal, (over) => boot.arm(slot, options, over), acceptAny)),
      confirm: (slot, signal) =>
        nothing(calls.call('boot.confirm', signal, (over) => boot.confirm(slot, over), acceptAny)),
    },
    installer: {
      install: (image, signal) =>
        nothing(
          calls.call(
            'installer.install',
            signal,
            (over, deadline) => {
              const chunks = whileFetching(image.chunks, deadline);
              return installer.install({ ...image, chunks }, over);
            },
            acceptAny,
          ),
        ),
    },
    system: {
      info: (signal) =>
        calls.call('system.info', signal, (over) => system.info(over), readSystemInfo),
      reboot: (reason, signal) =>
        nothing(
          calls.call('system.reboot', signal, (over) => system.reboot(reason, over), acceptAny),
        ),
      setClock: (wallMs, signal) =>
        nothing(
          calls.call('system.setClock', signal, (over) => system.setClock(wallMs, over), acceptAny),
        ),
      setClockBack: (wallMs, signal) =>
        nothing(
          calls.call(
            'system.setClockBack',
            signal,
            (over) => system.setClockBack(wallMs, over),
            acceptAny,
          ),
        ),
      kick: (signal) =>
        nothing(calls.call('system.kick', signal, (over) => system.kick(over), acceptAny)),
    },
    view: () => ({ unanswered: calls.unanswered(), faults: calls.faults.view() }),
  };
}

/** The board's timeout counts from each chunk that it received; the network's time is not counted. */
async function* whileFetching(
  chunks: AsyncIterable<Uint8Array>,
  deadline: Deadline,
): AsyncGenerator<Uint8Array> {
  deadline.pause();
  for await (const chunk of chunks) {
    deadline.resume();
    yield chunk;
    deadline.pause();
  }
  deadline.resume();
}
