import { beforeAll, expect, it } from 'vitest';
import { createTime } from '../../agent/io/clock.ts';
import { createJournal } from '../../agent/io/journal.ts';
import { createLink } from '../../agent/io/mqtt.ts';
import type { Blame } from '../../agent/publish/poison-detector.ts';
import { createSender } from '../../agent/publish/sender.ts';
import { systemClock } from '../../base/clock.ts';
import { silentLog } from '../../base/log.ts';
import type { KeyAndCertificate } from '../../base/x509/authority.ts';
import { type Behaviour, startHostile, wellBehaved } from '../support/agent-hostile.ts';
import { linkOptions, robotOf } from '../support/agent-mqtt.ts';
import { type Identity, mintCa } from '../support/cloud-pki.ts';
import { until } from '../support/cloud-until.ts';

let ca: KeyAndCertificate;
let robot: Identity;
beforeAll(async () => {
  ca = await mintCa();
  robot = await robotOf(ca);
});

/** A broker that closes at a message to `forbidden`, as AWS IoT Core does where a policy does not allow it. */
const strict = (received: string[]): Behaviour => ({
  onPacket(socket, packet) {
    wellBehaved.onPacket(socket, packet);
    if (packet.type !== 3) return;
    const topic = packet.body.subarray(2, 2 + packet.body.readUInt16BE(0)).toString();
    received.push(topic);
    if (topic === 'forbidden') socket.destroy();
  },
});

it('the agent loses a few connections and no other message to one that makes the broker close', async () => {
  const received: string[] = [];
  await using server = await startHostile(ca, strict(received));
  const link = createLink(linkOptions(server.port, robot, ca.certificatePem));
  const sender = createSender({
    link,
    time: createTime(systemClock),
    journal: createJournal(silentLog),
    budget: { perS: 20, lowPriorityPerMin: 6 },
  });
  const say = (topic: string) => sender.send({ topic, payload: {} });
  /** All messages of the robot, at each new connection, until it ends or `over`. */
  const connection = async (over: () => boolean) => {
    const stop = new AbortController();
    let isUp = false;
    const ended = link.run(
      'current',
      {
        up() {
          isUp = true;
          sender.up();
          for (const topic of ['one', 'forbidden', 'two']) say(topic);
        },
        message() {},
        skipped() {},
        drained: sender.drained,
        proved: sender.proved,
      },
      stop.signal,
    );
    await until(() => isUp);
    await Promise.race([ended, until(over)]);
    const blames = over() ? [] : sender.down(await ended);
    stop.abort();
    await ended;
    return blames;
  };
  const blames: Blame[] = [];
  // Four, and one more whenever this machine was too slow for the end to prove anything.
  for (let time = 0; time < 20 && !blames.some(({ isLast }) => isLast); time++) {
    blames.push(...(await connection(() => false)));
  }
  const ofForbidden = blames.filter(({ about }) => about === 'forbidden');
  expect(ofForbidden.length).toBeGreaterThanOrEqual(4);
  expect(blames.filter(({ isLast }) => isLast)).toEqual([{ about: 'forbidden', isLast: true }]);
  received.length = 0;
  expect(await connection(() => received.includes('one') && received.includes('two'))).toEqual([]);
  expect(received).not.toContain('forbidden');
  expect(sender.view()).toMatchObject({ skipped: ['forbidden'] });
});
