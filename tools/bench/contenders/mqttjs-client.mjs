import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from 'mqtt';
import levelStore from 'mqtt-level-store';

/**
 * MQTT.js with its defaults. QoS 1 has a store on the disk (mqtt-level-store), so that what was handed to the library
 * outlives the process; QoS 0 is as it comes.
 */
export async function open(
  /** @type {any} */ { host, port, ca, cert, key, robot, dir, qos, keepAliveS },
  /** @type {any} */ { filter, onConnect, onMessage },
) {
  const stores = qos === 0 ? undefined : levelStore(join(dir, 'mqtt'));
  const client = connect({
    protocol: 'mqtts',
    host,
    port,
    ca: readFileSync(ca),
    cert: readFileSync(cert),
    key: readFileSync(key),
    clientId: robot,
    protocolVersion: 4,
    keepalive: keepAliveS,
    clean: qos === 0,
    ...(stores && { incomingStore: stores.incoming, outgoingStore: stores.outgoing }),
  });
  client.on('error', () => {});
  client.on('connect', () => {
    // It subscribes again by itself when the broker has forgotten; a new process is told here.
    if (filter !== undefined) client.subscribe(filter, { qos });
    onConnect();
  });
  client.on('message', onMessage);
  return {
    isConnected: () => client.connected,
    /** Resolves when the library has it: QoS 1 in the store, QoS 0 in its hands. `onOut`: it has it no more. */
    publish: (
      /** @type {string} */ topic,
      /** @type {string} */ payload,
      /** @type {() => void} */ onOut = () => {},
    ) =>
      new Promise((resolve, reject) => {
        // What waits behind a resending when the connection ends is given back: it never came into the store.
        const cbStorePut = (/** @type {Error | undefined} */ error) =>
          error === undefined ? resolve(undefined) : reject(error);
        client.publish(topic, payload, qos === 0 ? { qos } : { qos, cbStorePut }, onOut);
        if (qos === 0) resolve(undefined);
      }),
    /** Messages that the library still has. */
    waiting: () => (stores === undefined ? Promise.resolve(client.queue.length) : sizeOf(stores)),
  };
}

/** @returns {Promise<number>} */
function sizeOf(/** @type {any} */ stores) {
  return new Promise((resolve, reject) => {
    let size = 0;
    const stream = stores.outgoing.createStream();
    stream.on('data', () => {
      size += 1;
    });
    stream.once('end', () => resolve(size));
    stream.once('error', reject);
  });
}
