import { codeOf } from '../../base/errors.ts';
import type { Files } from '../../base/files.ts';
import type { Grant, MapRef } from '../../protocol/schemas/maps.ts';
import type { PutOutcome } from '../events.ts';
import type { Http } from '../ports.ts';
import { isUrlFault, statusCode } from './http-codes.ts';

/** Uploads the map in the file `path` with its grant. Rejects only because of `signal`. */
export async function uploadMap(
  { files, http }: { files: Files; http: Http },
  { path, map, grant }: { path: string; map: MapRef; grant: Grant },
  signal: AbortSignal,
): Promise<PutOutcome> {
  const size = await files.size(path).catch(() => undefined);
  if (size !== map.size) return { kind: 'hopeless', code: 'map-file-lost' };
  try {
    const request = { url: grant.url, headers: headersOf(grant), size, body: files.stream(path) };
    const { status, text } = await http.put(request, signal);
    return outcomeOf(status, text);
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    const code = codeOf(error);
    return { kind: isUrlFault(code) ? 'renew' : 'later', code };
  }
}

/** The headers to send, without those for destination and length: these are ours. */
const headersOf = ({ headers }: Grant): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).filter(([name]) => !framing.includes(name.toLowerCase())),
  );
const framing = ['host', 'connection', 'content-length', 'transfer-encoding'];

/**
 * What to do after S3's answer (S3 API reference, "Error responses"). After a used or expired grant, or a wrong
 * signature, a new grant (another URL) is requested. Overload is retried later. A failure that only
 * another file could avoid is final.
 */
function outcomeOf(status: number, body: string): PutOutcome {
  if (status === 200 || status === 204 || status === 412) return { kind: 'stored' };
  const code = /<Code>([A-Za-z0-9]{1,64})<\/Code>/.exec(body)?.[1] ?? statusCode(status);
  if (['BadDigest', 'InvalidDigest', 'EntityTooLarge'].includes(code))
    return { kind: 'hopeless', code };
  if (status === 411 || status === 413 || status === 501) return { kind: 'hopeless', code };
  if (code === 'RequestTimeout' || status === 408 || status === 429 || status >= 500) {
    return { kind: 'later', code };
  }
  return { kind: 'renew', code };
}
