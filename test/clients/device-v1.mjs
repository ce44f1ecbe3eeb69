// A robot on AWS's first device SDK. Its argument: how to connect, as JSON, and which class. Each line of standard input
// is a call, `{ id, method, args }`; each line of standard output an answer, `{ id, output }`, or an event.
import { createInterface } from 'node:readline';
import sdk from 'aws-iot-device-sdk';

const { kind, host, port, ca, cert, key, clientId } = JSON.parse(process.argv[2]);
const print = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
const emit = (event, data) => print({ event, data });

const client = sdk[kind]({
  ...{ host, port, clientId },
  ...{ caCert: Buffer.from(ca), clientCert: Buffer.from(cert), privateKey: Buffer.from(key) },
});
for (const name of ['connect', 'close', 'timeout']) client.on(name, () => emit(name));
client.on('error', (error) => emit('error', error.message));
client.on('message', (topic, payload) => emit(topic, JSON.parse(payload.toString())));
client.on('status', (thing, status, clientToken, state) =>
  emit(status, { thing, clientToken, state }),
);
client.on('delta', (thing, state) => emit('delta', { thing, state }));
client.on('foreignStateChange', (thing, operation, state) =>
  emit('foreignStateChange', { thing, operation, state }),
);

/** The job of the last callback, of which the caller names only the method. */
let job;
const called = (start) =>
  new Promise((resolve, reject) =>
    start((error, output) => (error ? reject(new Error(String(error))) : resolve(output))),
  );

const methods = {
  publish: (topic, payload) => called((done) => client.publish(topic, payload, { qos: 1 }, done)),
  subscribe: (filter) => called((done) => client.subscribe(filter, { qos: 1 }, done)),
  register: (thing, options) => called((done) => client.register(thing, options, done)),
  unregister: async (thing) => client.unregister(thing),
  /** `get`, `update` or `delete` of a shadow: returns the client's token. */
  shadow: async (operation, thing, state) => client[operation](thing, state),
  subscribeToJobs: async (thing, operation) =>
    client.subscribeToJobs(thing, operation, (error, given) => {
      job = given;
      emit('job', error ? { error: String(error) } : given);
    }),
  unsubscribeFromJobs: (thing, operation) =>
    called((done) => client.unsubscribeFromJobs(thing, operation, done)),
  startJobNotifications: (thing) => called((done) => client.startJobNotifications(thing, done)),
  /** `inProgress`, `succeeded` or `failed` of the job of the last callback. */
  job: (verb, details) => called((done) => job[verb](details, done)),
  disconnect: () => called((done) => client.end(false, done)),
};

for await (const line of createInterface({ input: process.stdin })) {
  const { id, method, args } = JSON.parse(line);
  methods[method](...args).then(
    (output) => print({ id, output }),
    (error) => print({ id, error: { name: error.message } }),
  );
}
process.exit(0);
