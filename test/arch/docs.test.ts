import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { options } from '../../agent/cli/options.ts';
import { diagnoses } from '../../agent/link/diagnoses.ts';
import { routes } from '../../cloud-stub/http/control.ts';
import { codes } from '../../protocol/codes.ts';
import { limits } from '../../protocol/limits.ts';
import { methods, requestCodes } from '../../protocol/requests.ts';
import { MissionDocument, MissionEvent } from '../../protocol/schemas/missions.ts';
import { downChannels, upChannels } from '../../protocol/topics.ts';
import { seededFaults } from '../simulation/seeded-faults.ts';
import { simulate } from '../simulation/simulate.ts';

const page = (name: string) =>
  readFileSync(join(import.meta.dirname, '..', '..', 'docs', name), 'utf8');

/** Names that are in no row's first cell of the page. */
const missing = (name: string, words: readonly string[]) =>
  words.filter((word) => !page(name).includes(`\n| \`${word}\` |`));

describe('the docs say', () => {
  it('what each option of the agent means', () => {
    expect(missing('firmware-engineer.md', Object.keys(options))).toEqual([]);
  });

  it('what each method of the agent and each rejection code of a request means', () => {
    const words = [...Object.keys(methods), ...Object.keys(requestCodes)];
    expect(missing('firmware-engineer.md', words)).toEqual([]);
  });

  it('what each diagnosis means', () => {
    expect(missing('firmware-engineer.md', Object.keys(diagnoses))).toEqual([]);
  });

  it('what each limit and each rejection code of the protocol is', () => {
    expect(missing('protocol.md', [...Object.keys(limits), ...Object.keys(codes)])).toEqual([]);
  });

  it("what each field, event and word of a mission is, and what a Roomba's", () => {
    const { properties } = MissionDocument;
    const { durations, area, counters, ...own } = properties;
    const words = [
      properties.phase,
      properties.outcome,
      properties.initiator,
      MissionEvent.properties.type,
    ];
    const text = page('missions.md');
    const names = [
      ...Object.keys(own),
      ...[durations, area, counters].flatMap(({ properties: inner }) => Object.keys(inner)),
      ...words.flatMap((schema) => (schema as unknown as { words: string[] }).words),
    ];
    const rows = text
      .split('\n')
      .filter((line) => line.startsWith('| '))
      .join('\n');
    const named = (name: string) => new RegExp(`[\`.]${name}\``).test(rows);
    expect(names.length).toBeGreaterThan(40);
    expect(names.filter((name) => !named(name))).toEqual([]);
  });

  it('what each topic carries', () => {
    const topics = [
      ...upChannels.map((channel) => `robots/{robot}/up/${channel}`),
      ...downChannels.map((channel) => `robots/{robot}/down/${channel}`),
    ];
    expect(missing('protocol.md', topics)).toEqual([]);
  });

  it('what each own path of the stub does, and of no path that it does not serve', () => {
    const named = [
      ...page('cloud-stub.md').matchAll(/^\| `((?:GET|PATCH|PUT|POST|DELETE) \S+)` \|/gm),
    ];
    const written = named.map(([, path = '']) => path.replaceAll(/\{\w+\}/g, '{}'));
    expect(written.toSorted()).toEqual(
      routes
        .filter(({ operation }) => operation === undefined)
        .map(({ method, path }) => `${method} ${path}`)
        .toSorted(),
    );
  });

  it('what each option of the simulation means, and which seeded faults it finds', () => {
    const { options } = simulate({ env: {}, columns: 80, write: () => {} });
    const text = page('simulation.md');
    const rows = text.split('\n').filter((line) => line.startsWith('| `--'));
    const unsaid = Object.keys(options).filter((name) => !rows.join().includes(`\`--${name}`));
    expect(unsaid).toEqual([]);
    const unlisted = seededFaults.filter(({ name }) => !text.includes(`\n    ${name} `));
    expect(unlisted).toEqual([]);
  });

  it('nothing about an option that does not exist', () => {
    expect(missing('firmware-engineer.md', ['notAnOption'])).toEqual(['notAnOption']);
  });
});
