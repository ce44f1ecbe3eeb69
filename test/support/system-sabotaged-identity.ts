import { createIdentity as create } from '../../agent/io/identity.ts';
import { interruptAt } from './system-sabotage.ts';

/** Stands in for `agent/io/identity.ts` in a sabotaged agent: the real files, interrupted around each of their changes. */
export const createIdentity: typeof create = (...parts) => {
  const identity = create(...parts);
  return {
    ...identity,
    async request(...args) {
      const made = await identity.request(...args);
      interruptAt('csr-made');
      return made;
    },
    async stage(chain, nowMs) {
      const facts = await identity.stage(chain, nowMs);
      interruptAt('credentials-staged');
      return facts;
    },
    async promote() {
      interruptAt('credentials-promoting');
      const facts = await identity.promote();
      interruptAt('credentials-promoted');
      return facts;
    },
  };
};
