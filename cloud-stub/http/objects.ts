import { codeOf, explain } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import type { Cloud } from '../cloud.ts';
import type { Credentials } from '../config.ts';
import type { Outbound } from '../core/messages.ts';
import type { ObjectFiles } from '../object-files.ts';
import { S3Refusal, s3Error } from '../s3-errors.ts';
import { type Exchange, sendS3Error } from './exchange.ts';
import { authenticationErrorOf } from './object-authentication.ts';
import { getObject } from './object-get.ts';
import { putObject } from './object-put.ts';
import { readObjectRequest } from './object-requests.ts';
import type { HttpRefusalCode } from './refusal-codes.ts';

/**
 * The object store: PUT, GET and HEAD as in S3, by pre-signed URL or by the operator's header signature. An object
 * exists once its bytes are durable and the cloud has handled its event.
 */
export interface ObjectStore {
  readonly cloud: Cloud;
  readonly files: ObjectFiles;
  readonly credentials: Credentials;
  readonly region: string;
  readonly log: Log;
  readonly publish: (outbound: readonly Outbound[]) => void;
  /** Counts a request without a valid signature. */
  readonly refused: (exchange: Exchange, code: HttpRefusalCode) => void;
}

export async function serveObject(
  store: ObjectStore,
  exchange: Exchange,
  nowMs: number,
): Promise<void> {
  try {
    authenticate(store, exchange, nowMs);
    if (!exchange.prove()) throw new S3Refusal('SlowDown');
    const request = readObjectRequest(exchange.signed);
    const { operation } = request;
    if (operation.name === 'PutObject') await putObject(store, exchange, request, nowMs);
    else await getObject(store, exchange, request);
  } catch (error) {
    if (exchange.response.headersSent) return void exchange.response.destroy();
    const code = codeOf(error);
    if (error instanceof S3Refusal) return sendS3Error(exchange, error.error);
    if (code === 'incomplete-body') return sendS3Error(exchange, s3Error('IncompleteBody'));
    // The client has disconnected, or was too slow.
    if (exchange.request.destroyed && !exchange.request.complete) return;
    store.log.error({ code }, `object store: ${explain(error)}`);
    sendS3Error(exchange, s3Error('InternalError'));
  }
}

function authenticate(store: ObjectStore, exchange: Exchange, nowMs: number): void {
  const { region, credentials } = store;
  const refusal = authenticationErrorOf(exchange.signed, { nowMs, region, credentials });
  if (refusal === undefined) return;
  store.refused(exchange, refusal.code);
  throw new S3Refusal(refusal.error);
}
