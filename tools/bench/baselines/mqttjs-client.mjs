import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from 'mqtt';
import levelStore from 'mqtt-level-store';

/**
 * MQTT.js with its defaults. QoS 1 has a store on disk (mqtt-level-store), so that messages handed to the library
 * survive the process; QoS 0 has no store.
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
    // The library subscribes again by itself when the broker has lost the session; a new process subscribes here.
    if (filter !== undefined) client.subscribe(filter, { qos });
    onConnect();
  });
  client.on('message', onMessage);
  return {
    isConnected: () => client.connected,
    /**
     * Resolves when the library has it: QoS 1 in the store, QoS 0 in memory. `onOut`: the library no longer holds it.
     */
    publish: (
      /** @type {string} */ topic,
      /** @type {string} */ payload,
      /** @type {() => void} */ onOut = () => {},
    ) =>
      new Promise((resolve, reject) => {
        // Messages queued behind a resend when the connection ends are returned: they never reached the store.
        const cbStorePut = (/** @type {Error | undefined} */ error) =>
          error === undefined ? resolve(undefined) : reject(error);
        client.publish(topic, payload, qos === 0 ? { qos } : { qos, cbStorePut }, onOut);
        if (qos === 0) resolve(undefined);
      }),
    /** The number of messages that the library still holds. */
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
