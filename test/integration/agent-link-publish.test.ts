import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { KeyAndCertificate } from '../../base/x509/authority.ts';
import {
  type Behaviour,
  type HostileServer,
  pingresp,
  publish,
  startFreezer,
  startHostile,
  wellBehaved,
} from '../support/agent-hostile.ts';
import {
  activeResources,
  attempt,
  linkOptions,
  robotOf,
  untilQuiet,
} from '../support/agent-mqtt.ts';
import { type Identity, mintCa } from '../support/cloud-pki.ts';
import { until } from '../support/cloud-until.ts';

let ca: KeyAndCertificate;
let robot: Identity;
const warnings: string[] = [];
const warned = ({ message }: Error) => void warnings.push(message);
beforeAll(async () => {
  ca = await mintCa();
  robot = await robotOf(ca);
  process.on('warning', warned);
});
afterAll(() => void process.off('warning', warned));
beforeEach(() => {
  warnings.length = 0;
});
afterEach(() => expect(warnings).toEqual([]));

const optionsFor = ({ port }: HostileServer) => linkOptions(port, robot, ca.certificatePem);
const payload = (n: number, bytes: number) => Buffer.from(String(n).padStart(bytes, '0'));
const published = ({ packets }: HostileServer) =>
  packets.filter(({ type }) => type === 3).map(({ body }) => Number(body.subarray(3)));

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
const heapMiB = () => {
  collect();
  const { heapUsed, external, arrayBuffers } = process.memoryUsage();
  return (heapUsed + external + arrayBuffers) / 2 ** 20;
};

/** A broker that stops reading once the robot is up, until the test resumes it. */
function slowReader(): Behaviour & { resume(): void } {
  let stopped = (): void => {};
  return {
    onPacket(socket, packet) {
      wellBehaved.onPacket(socket, packet);
      if (packet.type !== 8) return;
      socket.pause();
      stopped = () => void socket.resume();
    },
    resume: () => stopped(),
  };
}

describe('a publish', () => {
  it('is accepted only while the link is up', async () => {
    await using server = await startHostile(ca, wellBehaved);
    const one = attempt(optionsFor(server));
    expect(one.link.publish('t', payload(1, 10))).toBe(false);
    await one.untilUp();
    for (let n = 0; n < 50; n++) expect(one.link.publish('t', payload(n, 10))).toBe(true);
    await until(() => published(server).length === 50);
    expect(published(server)).toEqual(Array.from({ length: 50 }, (_, n) => n));
    one.stop.abort();
    await one.observation;
    expect(one.link.publish('t', payload(1, 10))).toBe(false);
  });

  it('leaves nothing in memory when the link is down, even 100,000 times', async () => {
    await using server = await startHostile(ca, wellBehaved);
    const one = attempt(optionsFor(server));
    await one.untilUp();
    one.stop.abort();
    await one.observation;
    const before = heapMiB();
    const bytes = payload(0, 300);
    for (let n = 0; n < 100_000; n++) expect(one.link.publish('t', bytes)).toBe(false);
    expect(heapMiB() - before).toBeLessThan(8);
  });

  it('is rejected when the broker does not read and the socket is full, in bounded memory', async () => {
    const manner = slowReader();
    await using server = await startHostile(ca, manner);
    const one = attempt(optionsFor(server));
    await one.untilUp();
    const before = heapMiB();
    let taken = 0;
    const flood = async () => {
      for (let round = 0; round < 100; round++) {
        for (let n = 0; n < 1000; n++) if (one.link.publish('t', payload(taken, 1000))) taken += 1;
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    await flood();
    const full = taken;
    await flood();
    expect(taken - full).toBeLessThan(1000);
    expect(heapMiB() - before).toBeLessThan(16);
    manner.resume();
    await until(() => published(server).length === taken);
    expect(published(server)).toEqual(Array.from({ length: taken }, (_, n) => n));
    await until(() => one.link.publish('t', payload(taken, 1000)));
    one.stop.abort();
    await one.observation;
  });

  it('keeps many small messages apart, without a warning', async () => {
    await using server = await startHostile(ca, wellBehaved);
    const one = attempt(optionsFor(server));
    await one.untilUp();
    let taken = 0;
    // As many as the socket accepts, and more after each drain.
    while (taken < 2000) {
      const { drains } = one;
      while (taken < 2000 && one.link.publish('t', payload(taken, 60))) taken += 1;
      if (taken < 2000) await until(() => one.drains > drains);
    }
    await until(() => published(server).length === taken);
    expect(published(server)).toEqual(Array.from({ length: taken }, (_, n) => n));
    one.stop.abort();
    await one.observation;
  });

  it('carries a list of the largest size', async () => {
    await using server = await startHostile(ca, wellBehaved);
    const one = attempt(optionsFor(server));
    await one.untilUp();
    expect(one.link.publish('t', payload(7, 128 * 1024))).toBe(true);
    await until(() => published(server).length === 1);
    one.stop.abort();
    await one.observation;
  });
});

describe('a stopped connection attempt', () => {
  const deafTo =
    (...types: number[]): NonNullable<Behaviour['onPacket']> =>
    (socket, packet) => {
      if (!types.includes(packet.type)) wellBehaved.onPacket(socket, packet);
    };

  it.each<readonly [string, Behaviour]>([
    ['before CONNACK', {}],
    ['before SUBACK', { onPacket: deafTo(8) }],
    ['while it is up', wellBehaved],
  ])('ends soon when %s, and leaves no socket and no timer', async (name, manner) => {
    const before = activeResources();
    {
      await using server = await startHostile(ca, manner);
      const one = attempt(optionsFor(server));
      if (name.includes('up')) await one.untilUp();
      else await until(() => server.sockets.size > 0);
      one.stop.abort();
      const startMs = performance.now();
      await one.observation;
      expect(performance.now() - startMs).toBeLessThan(10_000);
    }
    await untilQuiet(before);
  });

  it('ends soon while the broker is unreachable, and takes no time from the next attempt', async () => {
    const before = activeResources();
    {
      await using server = await startHostile(ca, wellBehaved);
      await using way = await startFreezer(server);
      const options = optionsFor(way);
      const older = attempt(options);
      await older.untilUp();
      way.freeze();
      older.stop.abort();
      const startMs = performance.now();
      const newer = attempt(options, older.link);
      await newer.untilUp();
      await older.observation;
      const lastedMs = performance.now() - startMs;
      expect(lastedMs).toBeGreaterThan(1500);
      expect(lastedMs).toBeLessThan(4000);
      expect(newer.link.publish('t', payload(1, 10))).toBe(true);
      newer.stop.abort();
      await newer.observation;
    }
    await untilQuiet(before);
  });

  it('never starts when it is stopped before its start', async () => {
    await using server = await startHostile(ca, wellBehaved);
    const one = attempt(optionsFor(server));
    one.stop.abort();
    await one.observation;
    expect(one.ups).toBe(0);
    await until(() => server.sockets.size === 0);
  });
});

describe('a probe of the broker', () => {
  it('shows by its response that the broker has read all earlier publishes', async () => {
    const holding: { answer?: () => void; say?: () => void } = {};
    const manner: Behaviour = {
      onPacket(socket, packet) {
        if (packet.type !== 12) return wellBehaved.onPacket(socket, packet);
        holding.answer = () => void socket.write(pingresp);
        holding.say = () => void socket.write(publish('t', 'x'));
      },
    };
    await using server = await startHostile(ca, manner);
    const one = attempt(optionsFor(server));
    await one.untilUp();
    one.link.publish('t', payload(1, 10));
    one.link.probe();
    await until(() => holding.answer !== undefined);
    expect([published(server), one.proofs]).toEqual([[1], 0]);
    holding.answer?.();
    await until(() => one.proofs === 1);
    // A response without a request proves nothing about a later probe.
    holding.answer?.();
    holding.say?.();
    await until(() => one.received.length === 1);
    one.link.probe();
    await until(() => server.packets.filter(({ type }) => type === 12).length === 2);
    expect(one.proofs).toBe(1);
    one.stop.abort();
    await one.observation;
  });

  it('is not sent before the link is up', async () => {
    await using server = await startHostile(ca, wellBehaved);
    const one = attempt(optionsFor(server));
    one.link.probe();
    await one.untilUp();
    one.stop.abort();
    await one.observation;
    expect([one.proofs, server.packets.some(({ type }) => type === 12)]).toEqual([0, false]);
  });
});
