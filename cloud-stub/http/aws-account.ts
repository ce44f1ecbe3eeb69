import { isIP } from 'node:net';
import type { Authority } from '../config.ts';
import { seconds } from '../core/messages.ts';
import { account, caArn } from './arns.ts';
import { fault, pageOf, type Reply, type Route, type RouteContext, reply } from './routes.ts';

/** What belongs to AWS's account as a whole: its CAs and its endpoints (client-iot). Both are given at the start. */
export const accountRoutes: readonly Route[] = [
  {
    operation: 'ListCACertificates',
    method: 'GET',
    path: '/cacertificates',
    query: ['marker', 'pageSize'],
    serve: listAuthorities,
  },
  {
    operation: 'DescribeCACertificate',
    method: 'GET',
    path: '/cacertificate/{}',
    serve: describeAuthority,
  },
  {
    operation: 'DescribeEndpoint',
    method: 'GET',
    path: '/endpoint',
    query: ['endpointType'],
    serve: describeEndpoint,
  },
];

function listAuthorities({ query, config }: RouteContext): Reply {
  const { page, next } = pageOf(config.authorities ?? [], query);
  const certificates = page.map((authority) => summaryOf(config.region, authority));
  return reply({ certificates, ...(next ? { nextMarker: next } : {}) });
}

function describeAuthority({ config }: RouteContext, id: string): Reply {
  const authority = config.authorities?.find(({ certificateId }) => certificateId === id);
  if (authority === undefined) {
    return fault('ResourceNotFound', 'The CA certificate does not exist');
  }
  const { pem, isRenewal, notBeforeMs, notAfterMs } = authority;
  const summary = summaryOf(config.region, authority);
  return reply({
    certificateDescription: {
      ...summary,
      certificatePem: pem,
      ownedBy: account,
      lastModifiedDate: summary.creationDate,
      // A robot's certificate of the renewal CA is known before it is used.
      autoRegistrationStatus: isRenewal ? 'DISABLE' : 'ENABLE',
      certificateMode: 'DEFAULT',
      validity: { notBefore: seconds(notBeforeMs), notAfter: seconds(notAfterMs) },
    },
  });
}

/** The stub does not register CAs, so it has no date of that: the date is that of the certificate. */
const summaryOf = (region: string, { certificateId, notBeforeMs }: Authority) => ({
  certificateArn: caArn(region, certificateId),
  certificateId,
  status: 'ACTIVE',
  creationDate: seconds(notBeforeMs),
});

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
