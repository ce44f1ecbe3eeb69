import type { TLSSocket } from 'node:tls';
import { expect, it } from 'vitest';
import { silentLog } from '../../../base/log.ts';
import { createFaults } from '../../../cloud-stub/faults.ts';
import type { ClientCertificate } from '../../../cloud-stub/services/registry.ts';
import { createSessions, type SessionParts } from '../../../cloud-stub/sessions.ts';
import { createCloudWorld, robot } from '../../support/cloud-world.ts';

it('the end of a connection that the store could not take is stored after the next call', () => {
  const world = createCloudWorld();
  world.enter(robot);
  const { cloud } = world;
  const [row] = cloud.rows.list('certificates');
  const certificate = { certificateId: row?.key, commonName: robot } as ClientCertificate;
  let isFull = false;
  const disconnected: typeof cloud.disconnected = (...end) => {
    if (isFull) throw new Error('disk full');
    return cloud.disconnected(...end);
  };
  const parts = {
    ...{ cloud: { ...cloud, disconnected }, faults: createFaults(), log: silentLog },
    clock: { wallMs: () => world.nowMs, monoMs: () => world.nowMs },
    entropy: () => 'session',
  } as unknown as SessionParts;
  const sessions = createSessions(parts, () => {});
  const session = sessions.open({ destroyed: false } as TLSSocket, certificate);
  sessions.begin(session, () => {});
  const state = () => cloud.rows.get('presence', robot)?.state;
  expect(state()).toBe('connected');

  isFull = true;
  sessions.end(session, 'CONNECTION_LOST');
  sessions.send([]);
  expect([sessions.count(), state()]).toEqual([0, 'connected']);

  isFull = false;
  sessions.send([]);
  expect(state()).toBe('disconnected');
});
