// Calls a cloud by AWS's own clients for JavaScript. Standard input: one JSON object; standard output: a JSON array
// with the outcome of each call. The CA of the cloud's certificate is in NODE_EXTRA_CA_CERTS.
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import * as iot from '@aws-sdk/client-iot';
import * as data from '@aws-sdk/client-iot-data-plane';
import * as jobs from '@aws-sdk/client-iot-jobs-data-plane';
import * as s3 from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';

const { endpoint, region, credentials, calls } = JSON.parse(await text(process.stdin));
const options = { endpoint, region, credentials, maxAttempts: 1 };
const clients = {
  iot: [iot, new iot.IoTClient(options)],
  'iot-data': [data, new data.IoTDataPlaneClient(options)],
  'iot-jobs-data': [jobs, new jobs.IoTJobsDataPlaneClient(options)],
  s3: [s3, new s3.S3Client({ ...options, forcePathStyle: true })],
};
const [commands, store] = clients.s3;
/** A URL is signed without a body, so the client must not sign the checksum of none. */
const presigner = new s3.S3Client({
  ...{ ...options, forcePathStyle: true, requestChecksumCalculation: 'WHEN_REQUIRED' },
});

/** So many bytes, in one piece or as a stream of unknown length: `{ size }`, `{ size, isStream }`. */
function bodyOf({ size, isStream }) {
  if (!isStream) return Buffer.alloc(size, 'a');
  const piece = Buffer.alloc(64 * 1024, 'a');
  const pieces = function* () {
    for (let left = size; left > 0; left -= piece.length) yield piece.subarray(0, left);
  };
  return Readable.from(pieces(), { objectMode: false });
}

/** By the library for uploads in parts. */
const upload = ({ partSize, ...params }) => new Upload({ client: store, params, partSize }).done();

/** By a URL that the client signs and another program uses. */
async function callPresigned(operation, { Method, Body, ...input }) {
  const command = new commands[`${operation}Command`](input);
  const url = await getSignedUrl(presigner, command, { expiresIn: 60 });
  const response = await fetch(url, { method: Method, ...(Body !== undefined && { body: Body }) });
  const { status, headers } = response;
  return { status, etag: headers.get('etag'), body: await response.text() };
}

function call(client, operation, input) {
  if (client === 's3-upload') return upload(input);
  if (client === 's3-presigned') return callPresigned(operation, input);
  const [library, sender] = clients[client];
  return sender.send(new library[`${operation}Command`](input));
}

const outcomes = [];
for (const { client, operation, input } of calls) {
  try {
    if (typeof input.Body?.size === 'number') input.Body = bodyOf(input.Body);
    const { $metadata: _, ...output } = await call(client, operation, input);
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
