import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { silentLog } from '../../base/log.ts';
import { createCloud } from '../../cloud-stub/cloud.ts';
import type { CloudConfig } from '../../cloud-stub/config.ts';
import type { CloudStore } from '../../cloud-stub/core/store.ts';
import { createBodies } from '../../cloud-stub/http/bodies.ts';
import type { Exchange } from '../../cloud-stub/http/exchange.ts';
import { completeMultipartUpload } from '../../cloud-stub/http/object-complete.ts';
import { readObjectRequest } from '../../cloud-stub/http/object-requests.ts';
import type { ObjectStore } from '../../cloud-stub/http/object-store.ts';
import {
  abortMultipartUpload,
  createMultipartUpload,
} from '../../cloud-stub/http/object-upload.ts';
import { uploadPart } from '../../cloud-stub/http/object-upload-part.ts';
import { createTurns } from '../../cloud-stub/http/turns.ts';
import { type ObjectFiles, openObjectFiles } from '../../cloud-stub/object-files.ts';

/** The object store's handlers without HTTP: a call returns what was sent, or rejects with what was thrown. */
export interface ObjectHandlers {
  readonly store: ObjectStore;
  call(method: string, target: string, body?: Uint8Array): Promise<Sent>;
}

export interface Sent {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const handlers = {
  CreateMultipartUpload: createMultipartUpload,
  UploadPart: uploadPart,
  CompleteMultipartUpload: completeMultipartUpload,
  AbortMultipartUpload: abortMultipartUpload,
};

const entropy = (bytes: number): string => randomBytes(bytes).toString('hex');

export const openFilesIn = (folder: string): ObjectFiles => openObjectFiles(folder, entropy);

/** `nowMs` is the time of every call. */
export function startObjectHandlers(parts: {
  rows: CloudStore;
  files: ObjectFiles;
  config: CloudConfig;
  nowMs: number;
}): ObjectHandlers {
  const { rows, files, config, nowMs } = parts;
  const cloud = createCloud({ store: rows, entropy, config, log: silentLog });
  const store = {
    ...{ cloud, files, log: silentLog, bodies: createBodies(), completions: createTurns() },
    ...{ credentials: config.credentials, region: config.region },
    publish: () => {},
    refused: () => {},
  };
  return {
    store,
    async call(method, target, body = new Uint8Array()) {
      const headers = { host: 'localhost', 'content-length': String(body.length) };
      const request = readObjectRequest({ method, target, headers });
      const handler = handlers[request.operation.name as keyof typeof handlers];
      let sent: Sent = { status: 0, headers: {}, body: '' };
      const response = {
        writeHead(status: number, given: Record<string, string>) {
          sent = { status, headers: given, body: '' };
          return response;
        },
        end(text = '') {
          sent = { ...sent, body: text };
        },
      };
      const exchange = { request: Readable.from([Buffer.from(body)]), response, requestId: 'r' };
      await handler(store, exchange as unknown as Exchange, request, nowMs);
      return sent;
    },
  };
}
