import { codeOf } from '../../base/errors.ts';
import { limits } from '../../protocol/limits.ts';
import { type Context, repeat } from '../effects.ts';
import type { CredentialsName, Event, LinkMemory } from '../events.ts';
import type { EffectsOf, LoopEffect } from '../kernel/effects.ts';
import { readMessage } from './inbound.ts';

export const linkEffects = {
  /** Makes one attempt to connect. Its end comes back as `link/down`. */
  'link/open': repeat<{ readonly credentials: CredentialsName }>(openConnection, 'link/open'),

  /** Disconnects cleanly; the end comes back as `link/down`. */
  'link/close': repeat((_effect, { ports }) => ports.link.close()),

  /** For the next agent of this boot, if this one crashes. */
  'link/remember': repeat<{ readonly memory: LinkMemory }>(({ memory }, { ports }) => {
    try {
      ports.runtime.remember(memory);
    } catch (error) {
      ports.journal.count('not-remembered', codeOf(error));
    }
  }),
};

export type LinkEffect = EffectsOf<typeof linkEffects> | LoopEffect;

async function openConnection(
  { credentials }: { readonly credentials: CredentialsName },
  context: Context,
): Promise<Event> {
  const { ports, sender, signal, emit } = context;
  readEvidence(context);
  const observation = await ports.link.run(
    credentials,
    {
      drained: sender.drained,
      proved: sender.proved,
      up() {
        // A dropped attempt must not affect what another one sends.
        if (signal.aborted) return;
        sender.up();
        emit({ type: 'link/up', credentials });
      },
      message: (topic, payload) => receiveMessage(topic, payload, context),
      skipped: (topic, byteCount) =>
        ports.journal.countRejected(
          'too-large',
          topic,
          `${byteCount} bytes, at most ${limits.messageBytesMax} are taken`,
        ),
    },
    signal,
  );
  if (!signal.aborted) {
    for (const blame of sender.down(observation)) emit({ type: 'publish/blamed', ...blame });
  }
  return { type: 'link/down', observation, credentials };
}

/** Before each attempt: the certificates on the disk, and whether the board's clock can be trusted. */
function readEvidence({ ports, board, signal, emit }: Context): void {
  void ports.identity.facts().then(
    (identity) => emit({ type: 'identity/known', identity }),
    () => ports.journal.count('identity-not-read'),
  );
  void board.system.info(signal).then(
    ({ isClockSynced = false }) => {
      ports.time.trustBoard(isClockSynced);
      emit({ type: 'clock/synced', isSynced: isClockSynced });
    },
    () => ports.journal.count('board-no-answer'),
  );
}

function receiveMessage(topic: string, payload: Uint8Array, { robot, ports, emit }: Context): void {
  const read = readMessage(robot, topic, payload);
  if (!read.ok) ports.journal.countRejected(read.code, topic, read.message);
  const event = read.ok ? read.value : read.stamped;
  if (event === undefined) return;
  if ('dropped' in event) {
    const [first] = event.dropped ?? [];
    ports.journal.countRejected('part-not-read', topic, first?.why ?? '');
  }
  emit(event);
}
