import { iot, mqtt } from 'aws-iot-device-sdk-v2';

/**
 * The AWS IoT Device SDK, QoS 1. It keeps messages in memory and reports when the broker has acknowledged one. Only
 * then does the application treat a report as sent, so that a report lost with its process is handed over again.
 */
export async function open(
  /** @type {any} */ { host, port, ca, cert, key, robot, keepAliveS },
  /** @type {any} */ { filter, onConnect, onMessage },
) {
  const config = iot.AwsIotMqttConnectionConfigBuilder.new_mtls_builder_from_path(cert, key)
    .with_certificate_authority_from_path(undefined, ca)
    .with_endpoint(host)
    .with_port(port)
    .with_client_id(robot)
    .with_clean_session(false)
    .with_keep_alive_seconds(keepAliveS)
    .with_reconnect_min_sec(1)
    .with_reconnect_max_sec(2)
    .build();
  let connection;
  let isConnected = false;
  let waiting = 0;

  const begin = (/** @type {mqtt.MqttClientConnection} */ from, /** @type {boolean} */ isKnown) => {
    connection = from;
    isConnected = true;
    if (filter !== undefined && !isKnown) {
      from
        .subscribe(filter, mqtt.QoS.AtLeastOnce, (topic, payload) =>
          onMessage(topic, Buffer.from(payload)),
        )
        .catch(() => {});
    }
    onConnect();
  };
  // The application retries the first connection with a new object: one that has failed emits no more events.
  const connect = () => {
    const next = new mqtt.MqttClient().new_connection(config);
    next.on('resume', (_code, isKnown) => begin(next, isKnown));
    next.on('interrupt', () => {
      isConnected = false;
    });
    next.on('error', () => {});
    next.connect().then(
      (isKnown) => begin(next, isKnown),
      () => void setTimeout(connect, 1000),
    );
  };
  connect();
  return {
    isConnected: () => isConnected,
    /** Resolves when the broker has acknowledged it. */
    async publish(
      /** @type {string} */ topic,
      /** @type {string} */ payload,
      /** @type {() => void} */ onOut = () => {},
    ) {
      if (connection === undefined) throw new Error('not connected yet');
      waiting += 1;
      try {
        await connection.publish(topic, payload, mqtt.QoS.AtLeastOnce);
      } finally {
        waiting -= 1;
        onOut();
      }
    },
    waiting: () => Promise.resolve(waiting),
  };
}
