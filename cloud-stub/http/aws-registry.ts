import { isShadowName } from '../../protocol/topics.ts';
import { seconds } from '../ports.ts';
import { type CertificateRow, certificateStatuses, type ThingRow } from '../rows.ts';
import { type ShadowVerb, shadowNames } from '../services/shadows.ts';
import { certificateArn, thingArn } from './arns.ts';
import {
  type Fault,
  fault,
  pageOf,
  type Reply,
  type Route,
  type RouteContext,
  reply,
} from './routes.ts';

const pages = ['nextToken', 'maxResults'];
const markers = ['marker', 'pageSize'];

/** AWS IoT's paths for things, certificates and shadows (client-iot, client-iot-data-plane: restJson1). */
export const registryRoutes: readonly Route[] = [
  { operation: 'ListThings', method: 'GET', path: '/things', query: pages, serve: listThings },
  { operation: 'DescribeThing', method: 'GET', path: '/things/{}', serve: describeThing },
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
    query: ['name'],
    serve: shadow('get'),
  },
  {
    operation: 'ListNamedShadowsForThing',
    method: 'GET',
    path: '/api/things/shadow/ListNamedShadowsForThing/{}',
    query: ['nextToken', 'pageSize'],
    serve: listNamedShadows,
  },
  {
    operation: 'UpdateThingShadow',
    method: 'POST',
    path: '/things/{}/shadow',
    query: ['name'],
    body: 'raw',
    serve: shadow('update'),
  },
  {
    operation: 'DeleteThingShadow',
    method: 'DELETE',
    path: '/things/{}/shadow',
    query: ['name'],
    serve: shadow('delete'),
  },
];

function listThings({ operator, query, region }: RouteContext): Reply {
  const { page, next } = pageOf(operator.list('things'), query);
  const things = page.map(({ value }) => thingOf(region, value));
  return reply({ things, ...(next ? { nextToken: next } : {}) });
}

function describeThing({ operator, region }: RouteContext, name: string): Reply {
  const thing = operator.get('things', name);
  if (thing === undefined) return fault('ResourceNotFound', `Thing ${name} not found`);
  return reply({ ...thingOf(region, thing), thingId: thing.thingId, defaultClientId: name });
}

const thingOf = (region: string, { thingName }: ThingRow) => ({
  thingName,
  thingArn: thingArn(region, thingName),
  attributes: {},
  version: 1,
});

/** All, or those of one CA (ListCertificatesByCA). */
function listCertificates({ operator, query, region }: RouteContext, ca?: string): Reply {
  const rows = operator.list('certificates');
  const selected = rows.filter(({ value }) => ca === undefined || value.caCertificateId === ca);
  const { page, next } = pageOf(selected, query);
  const certificates = page.map(({ value }) => certificateOf(region, value));
  return reply({ certificates, ...(next ? { nextMarker: next } : {}) });
}

function describeCertificate({ operator, region }: RouteContext, id: string): Reply {
  const row = operator.get('certificates', id);
  if (row === undefined) return fault('ResourceNotFound', 'The certificate does not exist');
  return reply({
    certificateDescription: {
      ...certificateOf(region, row),
      caCertificateId: row.caCertificateId,
      certificatePem: row.pem,
      lastModifiedDate: seconds(row.changedMs),
      validity: { notBefore: seconds(row.notBeforeMs), notAfter: seconds(row.notAfterMs) },
    },
  });
}

function updateCertificate({ operator, broker, query, nowMs }: RouteContext, id: string): Reply {
  const status = certificateStatuses.find((word) => word === query.get('newStatus'));
  if (status === undefined) {
    return fault('InvalidRequest', `newStatus must be one of ${certificateStatuses.join(', ')}`);
  }
  const result = operator.updateCertificate(id, status, nowMs);
  if (!result.ok) return fault(result.code, result.message);
  if (status !== 'ACTIVE') broker.drop(result.value.commonName, 'AUTH_ERROR', id);
  return reply({});
}

const certificateOf = (region: string, { certificateId, status, createdMs }: CertificateRow) => ({
  certificateArn: certificateArn(region, certificateId),
  certificateId,
  status,
  creationDate: seconds(createdMs),
});

/** Without the classic one. An unknown thing has none. */
function listNamedShadows({ operator, query, nowMs }: RouteContext, thing: string): Reply {
  const { page, next } = pageOf(shadowNames(operator, thing), query);
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
  return ({ operator, broker, query, body, nowMs }, thing) => {
    const name = query.get('name') ?? undefined;
    if (name !== undefined && !isShadowName(name)) {
      return fault('InvalidRequest', 'the name of a shadow is [A-Za-z0-9:_-]{1,64}');
    }
    const request = { thing: thing ?? '', verb, payload: body, ...(name && { name }) };
    const answer = operator.shadow(request, nowMs);
    broker.send(answer.outbound);
    if (answer.code === 200) return reply(answer.body);
    return fault(shadowFaults[answer.code] ?? 'InternalFailure', String(answer.body['message']));
  };
}
