import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { routes } from '../cloud-stub/http/control.ts';
import { objectOperations } from '../cloud-stub/http/object-operations.ts';
import type { Route } from '../cloud-stub/http/routes.ts';
import { objectsPath } from '../cloud-stub/services/maps.ts';
import { channels } from '../protocol/channels.ts';

/**
 * Writes the tables of `docs/aws.md` from the routes and topics that the stub serves, so that the page cannot claim more.
 * `--check` writes nothing and fails when the page is stale.
 */
const page = join(import.meta.dirname, '..', 'docs', 'aws.md');

const code = (text: string): string => `\`${text}\``;
const codes = (names: readonly string[]): string => names.map(code).join(', ');
const row = (...cells: string[]): string => `| ${cells.join(' | ')} |`;

/** The operations that `isShown`. Robots sign for no service. */
function operationTable(isShown: (route: Route) => boolean, isSigned = true): string {
  const served = routes.filter(isShown).flatMap((route) => {
    const { operation, method, path, query = [], headers = [], body = [] } = route;
    const service = isSigned ? route.service : undefined;
    if (operation === undefined) return [];
    const members = body === 'raw' ? 'the document' : codes(body);
    const request =
      code(`${method} ${path}`) + (service === undefined ? '' : ` (${code(service)})`);
    const named = headers.map((name) => `header ${code(name)}`);
    const parameters = [...query.map(code), ...named].join(', ');
    return [row(operation, request, parameters, members)];
  });
  return [
    row('operation', 'request', 'query, header', 'body'),
    '|---|---|---|---|',
    ...served.sort(),
  ].join('\n');
}

/** What each operation of the object store serves. */
function objectTable(): string {
  const served = objectOperations.map((operation) => {
    const { name, method, isOfBucket, selectors = [], parameters, headers } = operation;
    const query = selectors.length > 0 ? `?${selectors.join('&')}` : '';
    const request = code(`${method} ${objectsPath}${isOfBucket ? '' : '{}'}${query}`);
    return row(name, request, codes(parameters), codes(headers));
  });
  return [row('operation', 'request', 'query', 'headers'), '|---|---|---|---|', ...served].join(
    '\n',
  );
}

/** One row for each request with all its answers, and one for each message without a request. */
function topicTable(): string {
  const topics = Object.entries(channels).filter(([, { service }]) => service !== 'own');
  const down = topics.flatMap(([topic, { direction }]) => (direction === 'down' ? [topic] : []));
  const requests = topics.flatMap(([topic, { direction }]) => (direction === 'up' ? [topic] : []));
  const isAnswer = (topic: string) => requests.some((request) => topic.startsWith(`${request}/`));
  const answersOf = (request: string) =>
    down.flatMap((topic) =>
      topic.startsWith(`${request}/`) ? [topic.slice(request.length + 1)] : [],
    );
  return [
    row('topic', 'robot', 'answers below it'),
    '|---|---|---|',
    ...requests.map((topic) => row(code(topic), 'publishes', codes(answersOf(topic)))),
    ...down.filter((topic) => !isAnswer(topic)).map((topic) => row(code(topic), 'subscribes', '')),
  ].join('\n');
}

/** Replaces what is between the table's two marks. */
function fill(text: string, name: string, table: string): string {
  const [begin, end] = [`<!-- ${name}: made by npm run generate -->`, `<!-- end of ${name} -->`];
  const [before, rest] = text.split(begin);
  const after = rest?.split(end)[1];
  if (before === undefined || after === undefined)
    throw new Error(`${page} has no place for ${name}`);
  return `${before}${begin}\n${table}\n${end}${after}`;
}

const found = await readFile(page, 'utf8');
const tables = {
  operations: operationTable(() => true),
  'device operations': operationTable(({ device }) => device !== undefined, false),
  objects: objectTable(),
  topics: topicTable(),
};
const made = Object.entries(tables).reduce((text, [name, table]) => fill(text, name, table), found);
if (process.argv.includes('--check')) {
  if (made !== found) {
    process.stderr.write('docs/aws.md is stale: run npm run generate\n');
    process.exitCode = 1;
  }
} else if (made !== found) {
  await writeFile(page, made);
}
