import { describe, expect, it } from 'vitest';
import { type Clock, systemClock } from '../../base/clock.ts';
import { connack, startHostile } from '../support/agent-hostile.ts';
import {
  activeResources,
  attempt,
  linkOptions,
  robotOf,
  untilQuiet,
} from '../support/agent-mqtt.ts';
import { mintCa } from '../support/cloud-pki.ts';
import { until } from '../support/cloud-until.ts';

/** The machine's clock with timers that go off when the test says so, the first one first. */
function handClock(): Clock & { ring(): void } {
  const waiting = new Set<() => void>();
  return {
    ...systemClock,
    after(_ms, action) {
      waiting.add(action);
      return () => waiting.delete(action);
    },
    ring() {
      for (const action of [...waiting].slice(0, 1)) action();
    },
  };
}

describe('a connection attempt that waits for SUBACK', () => {
  it('leaves no socket and no timer when it is stopped and its deadline passes', async () => {
    const ca = await mintCa('CA');
    const robot = await robotOf(ca);
    const before = activeResources();
    {
      await using server = await startHostile(ca, {
        onPacket: (socket, { type }) => type === 1 && socket.write(connack(0)),
      });
      const clock = handClock();
      const options = linkOptions(server.port, robot, ca.certificatePem, { clock });
      const one = attempt(options);
      await until(() => server.packets.some(({ type }) => type === 8));
      one.stop.abort();
      // The connect deadline, which was set first; the one for DISCONNECT is still to come.
      clock.ring();
      expect(await one.observation).toMatchObject({ kind: 'timeout', code: 'suback' });
      await until(() => server.sockets.size === 0);
    }
    await untilQuiet(before);
  });
});
