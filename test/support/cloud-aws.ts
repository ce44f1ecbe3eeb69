import { routes } from '../../cloud-stub/http/control.ts';
import {
  findRoute,
  missingRoute,
  type ProcessState,
  unservedIn,
} from '../../cloud-stub/http/routes.ts';
import { type CloudWorld, readAll, type Sent } from './cloud-world.ts';

export interface AwsAnswer {
  readonly status: number;
  /** AWS's exception, without its ending. */
  readonly fault?: string;
  readonly message?: string;
  /** JSON, as a script reads it. */
  readonly body?: ReturnType<typeof JSON.parse>;
  /** What the cloud sent meanwhile. */
  readonly sent: readonly Sent[];
}

export interface AwsRequest {
  readonly service?: string;
  /** The header `x-amzn-principal`. */
  readonly principal?: string;
}

/** AWS's operations on a world without HTTP: a request is served as the control plane serves it, unsigned. */
export function awsOf(world: CloudWorld, process: Partial<ProcessState> = {}) {
  const { fleet } = world.cloud;
  return (
    method: string,
    target: string,
    fields?: unknown,
    { service = 'iot', principal }: AwsRequest = {},
  ): AwsAnswer => {
    const [path = '', search = ''] = target.split('?');
    const found = findRoute(routes, { method, path, service });
    if (found === undefined) {
      const missing = missingRoute(routes, { method, path, service });
      return { ...missing, fault: missing.fault.replace(/Exception$/, ''), sent: [] };
    }
    const query = new URLSearchParams(search);
    const body = Buffer.isBuffer(fields)
      ? fields
      : Buffer.from(fields === undefined ? '' : JSON.stringify(fields));
    const message = unservedIn(found.route, { query, body, principal });
    if (message !== undefined) return { status: 400, fault: 'InvalidRequest', message, sent: [] };
    const { result, outbound } = world.cloud.serve(world.nowMs, (ctx) =>
      found.route.serve(
        { ...ctx, query, body, principal, process: { fleet, ...process } as ProcessState },
        ...found.segments,
      ),
    );
    const sent = readAll(outbound);
    if (!('fault' in result))
      return { status: 200, body: JSON.parse(JSON.stringify(result.body)), sent };
    return { ...result, fault: result.fault.replace(/Exception$/, ''), sent };
  };
}
