import { createIdentity as create } from '../../agent/io/identity.ts';
import { strikeAt } from './system-sabotage.ts';

/** Stands in for `agent/io/identity.ts` in a sabotaged agent: the real files, and a blow around each of their changes. */
export const createIdentity: typeof create = (...parts) => {
  const identity = create(...parts);
  return {
    ...identity,
    async request(...asked) {
      const made = await identity.request(...asked);
      strikeAt('csr-made');
      return made;
    },
    async stage(chain, nowMs) {
      const facts = await identity.stage(chain, nowMs);
      strikeAt('credentials-staged');
      return facts;
    },
    async promote() {
      strikeAt('credentials-promoting');
      const facts = await identity.promote();
      strikeAt('credentials-promoted');
      return facts;
    },
  };
};
