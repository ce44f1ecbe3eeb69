import type { Log } from '../../base/log.ts';
import type { Cloud } from '../cloud.ts';
import type { Credentials } from '../config.ts';
import type { Outbound } from '../core/messages.ts';
import type { ObjectFiles } from '../object-files.ts';
import type { Bodies } from './bodies.ts';
import type { Exchange } from './exchange.ts';
import type { HttpRefusalCode } from './refusal-codes.ts';
import type { Turns } from './turns.ts';

/**
 * The object store: S3's operations on objects, by pre-signed URL or by the operator's header signature. An object
 * exists once its bytes are durable and its row is stored.
 */
export interface ObjectStore {
  readonly cloud: Cloud;
  readonly files: ObjectFiles;
  readonly credentials: Credentials;
  readonly region: string;
  readonly log: Log;
  readonly bodies: Bodies;
  /** Completions of one upload, one after another: each copies all its parts. */
  readonly completions: Turns;
  readonly publish: (outbound: readonly Outbound[]) => void;
  /** Counts a request without a valid signature. */
  readonly refused: (exchange: Exchange, code: HttpRefusalCode) => void;
}
