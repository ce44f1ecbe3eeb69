import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/**
 * A typical robot application on another MQTT client: it hands each report of the body to the library once, and stores
 * durably that it did. Delivery is then the library's responsibility. Its options are one JSON argument; a line on
 * standard input requests its progress. It ends when its body's connection closes.
 *
 * With a map it publishes, after the report, a request for the upload, and waits for the grant. A grant that has not
 * come after some seconds is requested again.
 */

const options = JSON.parse(process.argv[2] ?? '{}');
const { robot, dir, withMap, batched } = options;
const up = (/** @type {string} */ channel) => `robots/${robot}/up/${channel}`;
const grants = `robots/${robot}/down/maps/upload/+`;
const retryDelayMs = 5000;
/** One metering step, with room for the topic and the list's frame. */
const listBytesMax = 5 * 1024 - 128 - 32;

/** A small file that is changed in one step and survives a power cut. */
function durable(/** @type {string} */ name, /** @type {any} */ first) {
  const path = join(dir, name);
  return {
    read() {
      try {
        return JSON.parse(readFileSync(path, 'utf8'));
      } catch {
        return first;
      }
    },
    write(/** @type {any} */ value) {
      const file = openSync(`${path}.new`, 'w');
      writeSync(file, JSON.stringify(value));
      fsyncSync(file);
      closeSync(file);
      renameSync(`${path}.new`, path);
    },
  };
}

const cursorFile = durable('cursor.json', 0);
const mapsFile = durable('maps.json', {});
/** The cursor of finished reports; `done` holds those handed over in this run. */
let cursor = cursorFile.read();
let taken = cursor;
/** @type {Set<number>} */
const done = new Set();
/** @type {Record<string, any>} */
const maps = mapsFile.read();
/** When a map was last requested; Infinity while the library's request is pending. @type {Map<string, number>} */
const requestedMs = new Map();

/** Documents packed into the messages that carry them. */
function messagesOf(/** @type {any[]} */ documents) {
  /** @type {any[][]} */
  const lists = [];
  let room = 0;
  for (const document of documents) {
    const bytes = Buffer.byteLength(JSON.stringify(document)) + 1;
    if (batched && bytes <= room) lists.at(-1)?.push(document);
    else lists.push([document]);
    room = (batched && bytes <= room ? room : listBytesMax) - bytes;
  }
  return lists;
}

const library = await import(
  options.library === 'aws-sdk' ? './aws-sdk-client.mjs' : './mqttjs-client.mjs'
);
const client = await library.open(options, {
  filter: withMap ? grants : undefined,
  onConnect: () => {
    void report();
    requestMaps();
  },
  onMessage: granted,
});

function granted(/** @type {string} */ topic, /** @type {Buffer} */ payload) {
  const { missionId } = JSON.parse(payload.toString('utf8'));
  // The rejection of a report that has not arrived yet.
  if (!topic.endsWith('/accepted') || !(missionId in maps)) return;
  delete maps[missionId];
  mapsFile.write(maps);
}

function requestMap(/** @type {string} */ missionId) {
  requestedMs.set(missionId, Number.POSITIVE_INFINITY);
  const payload = JSON.stringify({ v: 1, missionId, map: maps[missionId] });
  const isOut = () => requestedMs.set(missionId, Date.now());
  client.publish(up('maps/upload'), payload, isOut).catch(isOut);
}

function requestMaps() {
  if (!client.isConnected()) return;
  for (const missionId of Object.keys(maps)) {
    if (Date.now() - (requestedMs.get(missionId) ?? 0) >= retryDelayMs) requestMap(missionId);
  }
}

let isBusy = false;
let isAgain = false;

/** Hands over new reports. */
async function report() {
  isAgain = true;
  if (isBusy) return;
  isBusy = true;
  while (isAgain) {
    isAgain = false;
    // A client that packs reports waits for the connection: only then does it know which reports go together.
    if (batched && !client.isConnected()) break;
    const documents = await body.call('bench.reports', { after: taken });
    handOver(documents);
  }
  isBusy = false;
}

function handOver(/** @type {any[]} */ documents) {
  for (const reports of messagesOf(documents)) {
    const numbers = reports.map((_, at) => taken + at + 1);
    taken += reports.length;
    hand(reports, numbers);
  }
}

function hand(/** @type {any[]} */ reports, /** @type {number[]} */ numbers) {
  const payload = JSON.stringify({ v: 1, reports });
  client.publish(up('missions/report'), payload).then(
    () => {
      const withMaps = reports.filter(({ map }) => map !== undefined);
      for (const { missionId, map } of withMaps) maps[missionId] = map;
      if (withMaps.length > 0) mapsFile.write(maps);
      remember(numbers);
      for (const { missionId } of withMaps) requestMap(missionId);
    },
    // The library returned it unsent.
    () => void setTimeout(() => hand(reports, numbers), 1000),
  );
}

function remember(/** @type {number[]} */ numbers) {
  for (const number of numbers) done.add(number);
  while (done.delete(cursor + 1)) cursor += 1;
  cursorFile.write(cursor);
}

/** The body's socket: one line of JSON each way. */
function connectBody(/** @type {string} */ path) {
  const socket = connect(path);
  let lastId = 0;
  /** @type {Map<number, (result: any) => void>} */
  const waiting = new Map();
  createInterface({ input: socket }).on('line', (line) => {
    const message = JSON.parse(line);
    if (message.push !== undefined) void report();
    waiting.get(message.id)?.(message.result);
    waiting.delete(message.id);
  });
  socket.on('error', () => {});
  socket.on('close', () => process.exit(0));
  return {
    call: (/** @type {string} */ op, /** @type {object} */ params) =>
      new Promise((resolve) => {
        lastId += 1;
        waiting.set(lastId, resolve);
        socket.write(`${JSON.stringify({ id: lastId, op, params })}\n`);
      }),
  };
}

const body = connectBody(options.body);
createInterface({ input: process.stdin }).on('line', () => {
  void client.waiting().then((/** @type {number} */ waiting) => {
    const status = { handed: cursor, waiting, maps: Object.keys(maps).length };
    process.stdout.write(`${JSON.stringify({ ...status, connected: client.isConnected() })}\n`);
  });
});
setInterval(requestMaps, 1000);
void report();
