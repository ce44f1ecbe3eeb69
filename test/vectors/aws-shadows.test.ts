import { describe, expect, it } from 'vitest';
import { awsOf } from '../support/cloud-aws.ts';
import { createCloudWorld, robot } from '../support/cloud-world.ts';
import faults from './aws/shadow-errors.json' with { type: 'json' };
import examples from './aws/shadows.json' with { type: 'json' };

/** What AWS's developer guide says of shadows, against the stub: see `aws/README.md`. */

const prefix = `$aws/things/${robot}/shadow`;
const verbs = ['get', 'update', 'delete'] as const;

interface Step {
  readonly about?: string;
  /** In seconds, as AWS's timestamps. */
  readonly at?: number;
  readonly get?: unknown;
  readonly update?: unknown;
  readonly delete?: unknown;
  readonly times?: number;
  /** All messages, by the part of the topic after the prefix. */
  readonly sent?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

describe.each(examples)('$section', ({ steps }) => {
  it.each(['', '/name/map'])('holds for shadow%s', (name) => {
    const world = createCloudWorld();
    for (const step of steps as Step[]) {
      world.nowMs = (step.at ?? 0) * 1000;
      const verb = verbs.find((one) => step[one] !== undefined) ?? 'get';
      const send = () => world.send(`${prefix}${name}/${verb}`, step[verb]);
      let sent = send();
      for (let i = 1; i < (step.times ?? 1); i++) sent = send();
      if (step.sent === undefined) continue;
      const messages = Object.fromEntries(
        sent.map(([topic, body]) => [topic.slice(`${prefix}${name}/`.length), body]),
      );
      expect(Object.keys(messages)).toEqual(Object.keys(step.sent));
      for (const [channel, fields] of Object.entries(step.sent)) {
        for (const [field, value] of Object.entries(fields)) {
          const seen = messages[channel]?.[field];
          expect([step.about, channel, field, seen]).toEqual([step.about, channel, field, value]);
        }
      }
    }
  });
});

describe(`errors: ${faults.section}`, () => {
  interface Case {
    readonly verb?: string;
    readonly body?: unknown;
    readonly raw?: string;
    readonly hex?: string;
    readonly stateBytes?: number;
  }
  const bytesOf = ({ body, raw, hex, stateBytes, verb }: Case): Buffer => {
    if (verb !== undefined) return Buffer.from('');
    if (hex !== undefined) return Buffer.from(hex, 'hex');
    const state = { desired: { a: 'x'.repeat(stateBytes ?? 0) } };
    return Buffer.from(raw ?? JSON.stringify(stateBytes ? { state } : body));
  };

  it.each(faults.errors)('$code by MQTT: $message', ({ code, message, ...given }) => {
    const world = createCloudWorld();
    const { verb = 'update' } = given as Case;
    const [[topic, body] = [], ...others] = world.send(`${prefix}/${verb}`, bytesOf(given));
    expect([topic, others]).toEqual([`${prefix}/${verb}/rejected`, []]);
    expect(body).toMatchObject({ code, message, timestamp: world.nowMs / 1000 });
  });

  const methods: Record<string, string> = { get: 'GET', update: 'POST', delete: 'DELETE' };
  it.each(faults.errors)('$code by HTTP, without a message by MQTT: $message', (fault) => {
    const { code: status, exception, message, ...given } = fault;
    const aws = awsOf(createCloudWorld());
    const { verb = 'update' } = given as Case;
    const answer = aws(methods[verb] ?? '', `/things/${robot}/shadow`, bytesOf(given), {
      service: 'iotdata',
    });
    expect(answer).toEqual({ status, fault: exception, message, sent: [] });
  });

  it('405 by HTTP for a method that a path does not have, and 404 for another path', () => {
    const aws = awsOf(createCloudWorld());
    const outcomeOf = (method: string, path: string, service: string) => {
      const { status, fault } = aws(method, path, undefined, { service });
      return [status, fault];
    };
    const shadow = `/things/${robot}/shadow`;
    const refused = [405, 'MethodNotAllowed'];
    expect(outcomeOf('PUT', shadow, 'iotdata')).toEqual(refused);
    expect(outcomeOf('GET', '/topics/a', 'iotdata')).toEqual(refused);
    expect(outcomeOf('GET', '/nothing', 'iotdata')).toEqual([404, 'UnknownOperation']);
    expect(outcomeOf('PUT', shadow, 'iot')).toEqual([404, 'UnknownOperation']);
  });
});
