import { isShadowName } from '../../protocol/topics.ts';
import { seconds } from '../core/messages.ts';
import { type CertificateRow, certificateStatuses } from '../rows.ts';
import * as registry from '../services/registry.ts';
import { type ShadowVerb, serveShadow, shadowNames } from '../services/shadows.ts';
import { certificateArn } from './arns.ts';
import {
  type Fault,
  fault,
  pageOf,
  type Reply,
  type Route,
  type RouteContext,
  reply,
} from './routes.ts';

const markers = ['marker', 'pageSize'];

/** AWS IoT's paths for certificates and shadows (client-iot, client-iot-data-plane: restJson1). */
export const registryRoutes: readonly Route[] = [
  {
    operation: 'ListCertificates',
    method: 'GET',
    path: '/certificates',
    query: markers,
    serve: listCertificates,
  },
  {
    operation: 'DescribeCertificate',
    method: 'GET',
    path: '/certificates/{}',
    serve: describeCertificate,
  },
  {
    operation: 'ListCertificatesByCA',
    method: 'GET',
    path: '/certificates-by-ca/{}',
    query: markers,
    serve: listCertificates,
  },
  {
    operation: 'UpdateCertificate',
    method: 'PUT',
    path: '/certificates/{}',
    query: ['newStatus'],
    serve: updateCertificate,
  },
  {
    operation: 'GetThingShadow',
    method: 'GET',
    path: '/things/{}/shadow',
    device: 'shadow',
    query: ['name'],
    serve: shadow('get'),
  },
  {
    operation: 'ListNamedShadowsForThing',
    method: 'GET',
    path: '/api/things/shadow/ListNamedShadowsForThing/{}',
    device: 'shadow',
    query: ['nextToken', 'pageSize'],
    serve: listNamedShadows,
  },
  {
    operation: 'UpdateThingShadow',
    method: 'POST',
    path: '/things/{}/shadow',
    device: 'shadow',
    query: ['name'],
    body: 'raw',
    serve: shadow('update'),
  },
  {
    operation: 'DeleteThingShadow',
    method: 'DELETE',
    path: '/things/{}/shadow',
    device: 'shadow',
    query: ['name'],
    serve: shadow('delete'),
  },
];

/** All, or those of one CA (ListCertificatesByCA). */
function listCertificates({ store, query, config }: RouteContext, ca?: string): Reply {
  const rows = store.list('certificates');
  const selected = rows.filter(({ value }) => ca === undefined || value.caCertificateId === ca);
  const { page, next } = pageOf(selected, query);
  const certificates = page.map(({ value }) => certificateOf(config.region, value));
  return reply({ certificates, ...(next ? { nextMarker: next } : {}) });
}

function describeCertificate({ store, config }: RouteContext, id: string): Reply {
  const row = store.get('certificates', id);
  if (row === undefined) return fault('ResourceNotFound', 'The certificate does not exist');
  return reply({
    certificateDescription: {
      ...certificateOf(config.region, row),
      caCertificateId: row.caCertificateId,
      certificatePem: row.pem,
      certificateMode: row.certificateMode ?? 'DEFAULT',
      lastModifiedDate: seconds(row.changedMs),
      validity: { notBefore: seconds(row.notBeforeMs), notAfter: seconds(row.notAfterMs) },
    },
  });
}

function updateCertificate(ctx: RouteContext, id: string): Reply {
  const status = certificateStatuses.find((word) => word === ctx.query.get('newStatus'));
  if (status === undefined) {
    return fault('InvalidRequest', `newStatus must be one of ${certificateStatuses.join(', ')}`);
  }
  const result = registry.updateCertificate(ctx, id, status);
  return result.ok ? reply({}) : fault(result.code, result.message);
}

const certificateOf = (region: string, { certificateId, status, createdMs }: CertificateRow) => ({
  certificateArn: certificateArn(region, certificateId),
  certificateId,
  status,
  creationDate: seconds(createdMs),
});

/** Without the classic one. An unknown thing has none. */
function listNamedShadows({ store, query, nowMs }: RouteContext, thing: string): Reply {
  const { page, next } = pageOf(shadowNames(store, thing), query);
  return reply({
    results: page,
    timestamp: seconds(nowMs),
    ...(next ? { nextToken: next } : {}),
  });
}

const shadowFaults: Readonly<Record<number, Fault>> = {
  400: 'InvalidRequest',
  404: 'ResourceNotFound',
  409: 'Conflict',
  413: 'RequestEntityTooLarge',
  415: 'UnsupportedDocumentEncoding',
  429: 'Throttling',
};

function shadow(verb: ShadowVerb): Route['serve'] {
  return (ctx, thing) => {
    const name = ctx.query.get('name') ?? undefined;
    if (name !== undefined && !isShadowName(name)) {
      return fault('InvalidRequest', 'the name of a shadow is [A-Za-z0-9:_-]{1,64}');
    }
    const request = { thing: thing ?? '', verb, payload: ctx.body, ...(name && { name }) };
    const answer = serveShadow(ctx, request, 'http');
    if (answer.code === 200) return reply(answer.body);
    return fault(shadowFaults[answer.code] ?? 'InternalFailure', String(answer.body['message']));
  };
}
