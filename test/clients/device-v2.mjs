// A robot on AWS's own device SDK v2. Its argument: how to connect, as JSON. Each line of standard input is a call,
// `{ id, method, args }`; each line of standard output an answer, `{ id, output }` or `{ id, error }`, or an event.
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import sdk from 'aws-iot-device-sdk-v2';

const { host, port, ca, cert, key, clientId } = JSON.parse(process.argv[2]);
const { iot, iotidentity, iotjobs, iotshadow, mqtt, mqtt5 } = sdk;
const qos = mqtt.QoS.AtLeastOnce;
const decoder = new TextDecoder();

const print = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
const emit = (event, data) => print({ event, data });

const config = iot.AwsIotMqttConnectionConfigBuilder.new_mtls_builder(cert, key)
  .with_certificate_authority(ca)
  .with_endpoint(host)
  .with_port(port)
  .with_client_id(clientId)
  .with_clean_session(true)
  .with_reconnect_min_sec(1)
  .build();
const connection = new mqtt.MqttClient().new_connection(config);
connection.on('error', ({ error_name }) => emit('connection-error', error_name));
connection.on('interrupt', ({ error_name }) => emit('interrupt', error_name));
connection.on('resume', (_code, sessionPresent) => emit('resume', { sessionPresent }));

const options = {
  maxRequestResponseSubscriptions: 8,
  maxStreamingSubscriptions: 8,
  operationTimeoutInSeconds: 60,
};
const services = {
  shadow: iotshadow.IotShadowClientv2.newFromMqtt311(connection, options),
  jobs: iotjobs.IotJobsClientv2.newFromMqtt311(connection, options),
  identity: iotidentity.IotIdentityClientv2.newFromMqtt311(connection, options),
  // The clients of before 2025, on the same connection.
  oldShadow: new iotshadow.IotShadowClient(connection),
  oldJobs: new iotjobs.IotJobsClient(connection),
};

const methods = {
  connect: async () => ({ sessionPresent: await connection.connect() }),
  disconnect: () => connection.disconnect(),
  publish: async (topic, payload, level = qos) =>
    void (await connection.publish(topic, payload, level)),
  subscribe: async (filter) => {
    const on = (topic, payload) => emit(topic, JSON.parse(decoder.decode(payload)));
    const { error_code, qos: granted } = await connection.subscribe(filter, qos, on);
    return { error_code, granted };
  },
  /** A request of a service's client, answered by its response. */
  request: (service, operation, input) => services[service][operation](input),
  /** A stream of a service's client: its messages become events called `operation`. */
  stream: async (service, operation, input) => {
    const stream = services[service][operation](input);
    stream.on('incomingPublish', ({ message }) => emit(operation, message));
    const established = once(stream, 'subscriptionStatus');
    stream.open();
    return (await established)[0].type;
  },
  /** A subscription of an old client: its messages become events called `operation`. */
  oldSubscribe: async (service, operation, input) => {
    const on = (error, message) => emit(operation, error ? { error: String(error) } : message);
    await services[service][operation](input, qos, on);
  },
  oldPublish: async (service, operation, input) =>
    void (await services[service][operation](input, qos)),
  /** How an MQTT 5 client's attempt ends. */
  mqtt5: async () => {
    const builder = iot.AwsIotMqtt5ClientConfigBuilder.newDirectMqttBuilderWithMtlsFromMemory(
      host,
      cert,
      key,
    )
      .withCertificateAuthority(ca)
      .withPort(port)
      .withConnectProperties({ clientId, keepAliveIntervalSeconds: 60 });
    const client = new mqtt5.Mqtt5Client(builder.build());
    const outcome = Promise.race([
      once(client, 'connectionFailure').then(([{ error, connack }]) => ({
        error: error.error_name,
        reasonCode: connack?.reasonCode,
      })),
      once(client, 'connectionSuccess').then(() => 'connected'),
    ]);
    client.start();
    const seen = await outcome;
    const stopped = once(client, 'stopped');
    client.stop();
    await stopped;
    client.close();
    return seen;
  },
};

/** The service's answer if there is one, and else the error of the MQTT client, which may be a text. */
const faultOf = (error) =>
  error.modeledError ?? { error: (error.internalError ?? error).error_name ?? String(error) };

for await (const line of createInterface({ input: process.stdin })) {
  const { id, method, args } = JSON.parse(line);
  methods[method](...args).then(
    (output) => print({ id, output }),
    (error) => print({ id, error: faultOf(error) }),
  );
}
process.exit(0);
