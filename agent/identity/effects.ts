import { codeOf, explain, PilotfishError } from '../../base/errors.ts';
import { type Context, once, repeat } from '../effects.ts';
import type { CredentialsName, Event, IdentityFacts, PreviousCredentials } from '../events.ts';
import type { EffectsOf, LoopEffect } from '../kernel/effects.ts';
import type { PublishEffect } from '../publish/effects.ts';

/** Changes to the credentials run one at a time. */
const key = 'identity';

export const identityEffects = {
  /** Makes a certificate request: for a key in use (the current one by default), or for a new one. */
  'identity/request': repeat<{
    readonly rotateKey: boolean;
    readonly credentials?: CredentialsName;
  }>(async ({ rotateKey, credentials }, { ports, signal }) => {
    try {
      const { csr } = await ports.identity.request(rotateKey ? 'new' : 'same', signal, credentials);
      return { type: 'identity/requested', csr };
    } catch (error) {
      return { type: 'identity/not-requested', code: codeOf(error) };
    }
  }, key),

  'identity/subscribe': repeat<{ readonly topics: readonly string[] }>(
    async ({ topics }, { ports, signal }) => {
      try {
        await ports.link.subscribe(topics, signal);
        return { type: 'identity/subscribed' };
      } catch (error) {
        return { type: 'identity/not-subscribed', code: codeOf(error) };
      }
    },
    key,
  ),

  /** Checks the received certificate and stores it beside the credentials in use, as the next ones. */
  'identity/stage': repeat<{ readonly certificatePem: string }>(
    async ({ certificatePem }, { ports }) => {
      try {
        const next = await ports.identity.stage(certificatePem, ports.time.now().wallMs);
        return { type: 'identity/staged', next };
      } catch (error) {
        return { type: 'identity/not-staged', code: codeOf(error), detail: withHint(error) };
      }
    },
    key,
  ),

  /** Makes the next credentials, which have connected, the current ones. */
  'identity/promote': once((_effect, context) => promote(context), key),

  'identity/discard': repeat(async (_effect, { ports }) => {
    await ports.identity.discard().catch(() => ports.journal.count('identity-not-discarded'));
    return undefined;
  }, key),

  /** Removes previous credentials that have expired. */
  'identity/forget': repeat<{ readonly places: readonly PreviousCredentials[] }>(
    async ({ places }, { ports }) => {
      try {
        await ports.identity.forget(places);
        return { type: 'identity/known', identity: await ports.identity.facts() };
      } catch {
        ports.journal.count('previous-not-forgotten');
        return undefined;
      }
    },
    'identity/forget',
  ),
};

export type IdentityEffect = EffectsOf<typeof identityEffects> | LoopEffect | PublishEffect;

async function promote({ ports }: Context): Promise<Event> {
  try {
    const before = await ports.identity.facts();
    const current = await ports.identity.promote();
    const after = await ports.identity.facts();
    reportDroppedCredentials(ports.journal, before, after);
    const { current: _current, next: _next, ...previous } = after;
    return { type: 'identity/promoted', current, previous };
  } catch (error) {
    return { type: 'identity/not-promoted', code: codeOf(error) };
  }
}

const withHint = (error: unknown): string => {
  const hint = error instanceof PilotfishError ? error.hint : undefined;
  return hint === undefined ? explain(error) : `${explain(error)}; ${hint}`;
};

/** All places for previous credentials were taken: those in the last one were removed. */
function reportDroppedCredentials(
  journal: Context['ports']['journal'],
  before: IdentityFacts,
  after: IdentityFacts,
): void {
  const idsOf = (facts: IdentityFacts) =>
    Object.values(facts).flatMap((credentials) =>
      credentials === null ? [] : [credentials.certificateId],
    );
  const left = idsOf(after);
  for (const certificateId of idsOf(before).filter((id) => !left.includes(id))) {
    journal.count('previous-dropped');
    journal.note('warn', 'previous certificate dropped: no place', { certificateId });
  }
}
