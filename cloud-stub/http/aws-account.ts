import { isIP } from 'node:net';
import { fault, type Reply, type Route, type RouteContext, reply } from './routes.ts';

/** The endpoints of AWS's account (client-iot). */
export const accountRoutes: readonly Route[] = [
  {
    operation: 'DescribeEndpoint',
    method: 'GET',
    path: '/endpoint',
    query: ['endpointType'],
    serve: describeEndpoint,
  },
];

/**
 * With the port: unlike AWS, the stub has free ports. AWS's `iot:Data` and `iot:Data-ATS` are one endpoint with two server
 * certificates; here they are its two ports.
 */
function describeEndpoint({ query, process, config }: RouteContext): Reply {
  const type = query.get('endpointType');
  if (type === 'iot:Data-ATS') return reply({ endpointAddress: addressOf(process.mqtt) });
  if (type === 'iot:Jobs') return reply({ endpointAddress: new URL(config.endpoint).host });
  if (type !== 'iot:Data') {
    return fault('InvalidRequest', 'endpointType must be iot:Data-ATS, iot:Data or iot:Jobs');
  }
  return process.deviceHttps
    ? reply({ endpointAddress: addressOf(process.deviceHttps) })
    : fault('InvalidRequest', 'beside an outside broker robots have no HTTPS port');
}

const addressOf = ({ host, port }: { host: string; port: number }): string =>
  `${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
