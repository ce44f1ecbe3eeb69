// Calls a cloud by AWS's own clients for JavaScript. Standard input: one JSON object; standard output: a JSON array
// with the outcome of each call. The CA of the cloud's certificate is in NODE_EXTRA_CA_CERTS.
import { text } from 'node:stream/consumers';
import * as iot from '@aws-sdk/client-iot';
import * as data from '@aws-sdk/client-iot-data-plane';
import * as jobs from '@aws-sdk/client-iot-jobs-data-plane';
import * as s3 from '@aws-sdk/client-s3';

const { endpoint, region, credentials, calls } = JSON.parse(await text(process.stdin));
const options = { endpoint, region, credentials, maxAttempts: 1 };
const clients = {
  iot: [iot, new iot.IoTClient(options)],
  'iot-data': [data, new data.IoTDataPlaneClient(options)],
  'iot-jobs-data': [jobs, new jobs.IoTJobsDataPlaneClient(options)],
  s3: [s3, new s3.S3Client({ ...options, forcePathStyle: true })],
};

const outcomes = [];
for (const { client, operation, input } of calls) {
  const [library, sender] = clients[client];
  try {
    const { $metadata: _, ...output } = await sender.send(
      new library[`${operation}Command`](input),
    );
    for (const [name, value] of Object.entries(output)) {
      if (value instanceof Uint8Array) output[name] = Buffer.from(value).toString();
      else if (name === 'Body') output[name] = await value.transformToString();
    }
    outcomes.push({ output });
  } catch (error) {
    outcomes.push({ error: error.name, message: error.message });
  }
}
process.stdout.write(JSON.stringify(outcomes));
