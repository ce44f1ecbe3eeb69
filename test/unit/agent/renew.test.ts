import { describe, expect, it } from 'vitest';
import { type Agent, createAgent } from '../../../agent/agent.ts';
import type { Settings } from '../../../agent/cli/options.ts';
import type { IdentityFacts } from '../../../agent/events.ts';
import type { Reply } from '../../../protocol/requests.ts';
import { testConfig } from '../../support/agent-config.ts';
import { type MemoryPorts, memoryPorts } from '../../support/agent-ports.ts';
import { until } from '../../support/cloud-until.ts';

const token = { deviceKey: 'pkcs11:token=robot' };
const createTopic = '$aws/certificates/create-from-csr/json';

/** An agent with ports in memory; `isUp`: connected, `knowsTime`: the cloud has sent the time as well. */
async function start(
  how: {
    isUp?: boolean;
    knowsTime?: boolean;
    identity?: IdentityFacts;
    settings?: Partial<Settings>;
  } = {},
): Promise<{ agent: Agent; ports: MemoryPorts; requests(): unknown[] }> {
  const { isUp = true, knowsTime = isUp, identity, settings } = how;
  const ports = memoryPorts();
  if (identity !== undefined) ports.identity.facts = async () => identity;
  const agent = await createAgent(ports, testConfig(settings), { version: '1', builtMs: 0 });
  await until(() => ports.link.attempts.length === 1);
  if (isUp) ports.link.latest.up();
  if (knowsTime) publishTime(ports);
  const requests = () => ports.link.published.filter(({ topic }) => topic === createTopic);
  return { agent, ports, requests };
}

const publishTime = ({ link }: MemoryPorts) =>
  link.deliver('$aws/things/R1/jobs/notify-next', { timestamp: Math.floor(Date.now() / 1000) });

const renew = ({ request }: Agent, params: object = {}): Promise<Reply> =>
  request({ method: 'renew', params }, 'local-socket');

describe('a requested renewal', () => {
  it.each([
    [{}, 'same'],
    [{ rotateKey: false }, 'same'],
    [{ rotateKey: true }, 'new'],
  ])('starts at once and is reported as started: %j', async (params, key) => {
    const { agent, ports, requests } = await start();
    await using _ = agent;
    expect(await renew(agent, params)).toMatchObject({
      ok: true,
      result: { robot: 'R1', renewal: 'started', identity: { state: 'requesting' } },
    });
    await until(() => requests().length === 1);
    expect(requests()).toMatchObject([
      { body: { certificateSigningRequest: `request for the ${key} key` } },
    ]);
    const { rotateKey = false } = params as { rotateKey?: boolean };
    expect(ports.journal.notes).toContainEqual({
      level: 'info',
      text: 'certificate renewal requested',
      about: { origin: 'local-socket', rotateKey },
    });
  });

  it('is not started again while one is running', async () => {
    const { agent, requests } = await start();
    await using _ = agent;
    await renew(agent);
    await until(() => requests().length === 1);
    expect(await renew(agent)).toMatchObject({
      result: { renewal: 'under-way', identity: { state: 'creating' } },
    });
    expect(await renew(agent, { rotateKey: true })).toMatchObject({ code: 'renewal-under-way' });
    expect(requests()).toHaveLength(1);
  });

  it('is not started again while one with a new key is running', async () => {
    const { agent } = await start();
    await using _ = agent;
    await renew(agent, { rotateKey: true });
    expect(await renew(agent, { rotateKey: true })).toMatchObject({
      result: { renewal: 'under-way' },
    });
  });

  it('waits for cloud time, and is reported as waiting', async () => {
    const { agent, ports, requests } = await start({ knowsTime: false });
    await using _ = agent;
    expect(await renew(agent)).toMatchObject({
      result: { renewal: 'waiting', waitsFor: 'cloud-time' },
    });
    publishTime(ports);
    await until(() => requests().length === 1);
  });

  it('waits for a connection, and is reported as waiting', async () => {
    const { agent, ports, requests } = await start({ isUp: false });
    await using _ = agent;
    expect(await renew(agent)).toMatchObject({
      result: { renewal: 'waiting', waitsFor: 'connection' },
    });
    ports.link.latest.up();
    publishTime(ports);
    await until(() => requests().length === 1);
  });
});

describe('an impossible renewal', () => {
  it.each([
    ['when it is switched off', { renewal: false }, {}, 'renewal-off'],
    ['with a new key where the token holds one only', token, { rotateKey: true }, 'key-rotation'],
    ['with a misspelled parameter', {}, { rotate: true }, 'bad-params'],
    ['with a parameter of another type', {}, { rotateKey: 'yes' }, 'bad-params'],
  ])('is rejected %s, and nothing starts', async (_name, settings, params, code) => {
    const { agent } = await start({ settings });
    await using _ = agent;
    expect(await renew(agent, params)).toMatchObject({ ok: false, code });
    expect(agent.status()).toMatchObject({ identity: { state: 'settled' } });
  });

  it('is rejected without a certificate', async () => {
    const { agent } = await start({ identity: { current: null, next: null } });
    await using _ = agent;
    expect(await renew(agent)).toMatchObject({ ok: false, code: 'no-identity' });
  });

  it('is possible with the same key where the key is in a token', async () => {
    const { agent } = await start({ settings: token });
    await using _ = agent;
    expect(await renew(agent)).toMatchObject({ result: { renewal: 'started' } });
  });
});
