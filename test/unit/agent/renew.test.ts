import { describe, expect, it } from 'vitest';
import { type Agent, createAgent } from '../../../agent/agent.ts';
import { renewNow } from '../../../agent/api/renew.ts';
import type { IdentityFacts } from '../../../agent/events.ts';
import { testConfig } from '../../support/agent-config.ts';
import { certificate } from '../../support/agent-pairs.ts';
import { type HandPorts, handPorts } from '../../support/agent-ports.ts';
import { until } from '../../support/cloud-until.ts';

const settings = { robot: 'R1', renewal: true, deviceKey: 'file' };
const token = { ...settings, deviceKey: 'pkcs11:token=robot' };
const createTopic = '$aws/certificates/create-from-csr/json';

/** An agent on parts in memory; `isUp`: connected, `knowsTime`: the cloud has told the time as well. */
async function start(
  how: { isUp?: boolean; knowsTime?: boolean; pairs?: IdentityFacts } = {},
): Promise<{ agent: Agent; ports: HandPorts; asked(): unknown[] }> {
  const { isUp = true, knowsTime = isUp, pairs } = how;
  const ports = handPorts();
  if (pairs !== undefined) ports.identity.facts = async () => pairs;
  const agent = await createAgent(ports, testConfig(), { version: '1', builtMs: 0 });
  await until(() => ports.link.attempts.length === 1);
  if (isUp) ports.link.latest.up();
  if (knowsTime) tellTime(ports);
  const asked = () => ports.link.published.filter(({ topic }) => topic === createTopic);
  return { agent, ports, asked };
}

const tellTime = ({ link }: HandPorts) =>
  link.say('$aws/things/R1/jobs/notify-next', { timestamp: Math.floor(Date.now() / 1000) });

describe('a renewal that is asked for', () => {
  it.each([
    [{}, 'same'],
    [{ rotateKey: false }, 'same'],
    [{ rotateKey: true }, 'new'],
  ])('begins at once: %j', async (params, key) => {
    const { agent, asked } = await start();
    await using _ = agent;
    expect(renewNow(agent, settings, params)).toMatchObject({
      robot: 'R1',
      isUnderWay: true,
      identity: { state: 'requesting' },
    });
    await until(() => asked().length === 1);
    expect(asked()).toMatchObject([
      { body: { certificateSigningRequest: `request for the ${key} key` } },
    ]);
  });

  it('asked again, tells how far it is, and is no second one', async () => {
    const { agent, asked } = await start();
    await using _ = agent;
    renewNow(agent, settings, {});
    await until(() => asked().length === 1);
    const again = renewNow(agent, settings, {});
    expect(again).toMatchObject({ isUnderWay: true, identity: { state: 'asking' } });
    expect(() => renewNow(agent, settings, { rotateKey: true })).toThrow(
      expect.objectContaining({ code: 'renewal-under-way' }),
    );
    expect(asked()).toHaveLength(1);
  });

  it('waits for the cloud’s time, and says so', async () => {
    const { agent, ports, asked } = await start({ knowsTime: false });
    await using _ = agent;
    expect(renewNow(agent, settings, {})).toMatchObject({ isUnderWay: false });
    tellTime(ports);
    await until(() => asked().length === 1);
  });

  it('is refused without a connection, and happens when there is one', async () => {
    const { agent, ports, asked } = await start({ isUp: false });
    await using _ = agent;
    expect(() => renewNow(agent, settings, {})).toThrow(
      expect.objectContaining({
        code: 'not-connected',
        message: 'R1 is not connected; its certificate will be renewed as soon as it is',
      }),
    );
    ports.link.latest.up();
    tellTime(ports);
    await until(() => asked().length === 1);
  });
});

describe('a renewal that cannot be', () => {
  it.each([
    ['is switched off', { ...settings, renewal: false }, {}, 'renewal-off'],
    ['with a new key where there can be one only', token, { rotateKey: true }, 'key-rotation'],
    ['by a parameter that is misspelled', settings, { rotate: true }, 'bad-params'],
    ['by a parameter of another kind', settings, { rotateKey: 'yes' }, 'bad-params'],
  ])('%s is refused, and nothing begins', async (_name, how, params, code) => {
    const { agent } = await start();
    await using _ = agent;
    expect(() => renewNow(agent, how, params)).toThrow(expect.objectContaining({ code }));
    expect(agent.status()).toMatchObject({ identity: { state: 'settled' } });
  });

  it('is refused without a certificate', async () => {
    const { agent } = await start({ pairs: { current: null, next: null } });
    await using _ = agent;
    expect(() => renewNow(agent, settings, {})).toThrow(
      expect.objectContaining({ code: 'no-identity' }),
    );
  });

  it('with the same key goes on where the key is in a token', async () => {
    const { agent } = await start({ pairs: { current: certificate(1), next: null } });
    await using _ = agent;
    expect(renewNow(agent, token, {})).toMatchObject({ isUnderWay: true });
  });
});
