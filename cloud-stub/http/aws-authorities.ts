import {
  authorityStatuses,
  autoRegistrations,
  type CertificateMode,
  certificateModes,
} from '../authority-rows.ts';
import { seconds } from '../core/messages.ts';
import * as control from '../services/authorities.ts';
import { account, caArn } from './arns.ts';
import {
  ended,
  fault,
  oneOf,
  pageOf,
  type Reply,
  type Route,
  type RouteContext,
  readJson,
  reply,
} from './routes.ts';

/** AWS IoT's paths for the CAs of the robots' certificates (client-iot). */
export const authorityRoutes: readonly Route[] = [
  {
    operation: 'RegisterCACertificate',
    method: 'POST',
    path: '/cacertificate',
    query: ['setAsActive', 'allowAutoRegistration'],
    body: ['caCertificate', 'verificationCertificate', 'certificateMode'],
    serve: registerAuthority,
  },
  {
    operation: 'UpdateCACertificate',
    method: 'PUT',
    path: '/cacertificate/{}',
    query: ['newStatus', 'newAutoRegistrationStatus'],
    forms: {
      newStatus: oneOf(authorityStatuses),
      newAutoRegistrationStatus: oneOf(autoRegistrations),
    },
    serve: updateAuthority,
  },
  {
    operation: 'DeleteCACertificate',
    method: 'DELETE',
    path: '/cacertificate/{}',
    serve: (ctx, id = '') => ended(control.deleteAuthority(ctx, id)),
  },
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
    operation: 'GetRegistrationCode',
    method: 'GET',
    path: '/registrationcode',
    serve: (ctx) => reply({ registrationCode: control.registrationCode(ctx) }),
  },
  {
    operation: 'DeleteRegistrationCode',
    method: 'DELETE',
    path: '/registrationcode',
    serve: (ctx) => ended(control.deleteRegistrationCode(ctx)),
  },
];

function registerAuthority(ctx: RouteContext): Reply {
  if (!ctx.process.hasConnections) {
    return fault('InvalidRequest', 'the outside broker has the CAs of its robots');
  }
  const fields = readJson(ctx.body) ?? {};
  const { caCertificate, verificationCertificate, certificateMode = 'DEFAULT' } = fields;
  if (typeof caCertificate !== 'string' || caCertificate === '') {
    return fault('InvalidRequest', 'caCertificate (PEM) is required');
  }
  if (verificationCertificate !== undefined && typeof verificationCertificate !== 'string') {
    return fault('InvalidRequest', 'verificationCertificate must be text (PEM)');
  }
  if (!isMode(certificateMode)) {
    return fault('InvalidRequest', `certificateMode must be ${certificateModes.join(' | ')}`);
  }
  const isSet = (name: string) => ctx.query.get(name) === 'true';
  const made = control.registerAuthority(ctx, {
    ...{ caCertificate, verificationCertificate, mode: certificateMode },
    status: isSet('setAsActive') ? 'ACTIVE' : 'INACTIVE',
    autoRegistration: isSet('allowAutoRegistration') ? 'ENABLE' : 'DISABLE',
  });
  if (!made.ok) return ended(made);
  const certificateId = made.value;
  return reply({ certificateArn: caArn(ctx.config.region, certificateId), certificateId });
}

const isMode = (value: unknown): value is CertificateMode =>
  certificateModes.some((mode) => mode === value);

function updateAuthority(ctx: RouteContext, id: string): Reply {
  const [newStatus, newRegistration] = ['newStatus', 'newAutoRegistrationStatus'].map((name) =>
    ctx.query.get(name),
  );
  const status = authorityStatuses.find((word) => word === newStatus);
  const autoRegistration = autoRegistrations.find((word) => word === newRegistration);
  return ended(control.updateAuthority(ctx, id, { status, autoRegistration }));
}

function listAuthorities(ctx: RouteContext): Reply {
  const { page, next } = pageOf(control.authorities(ctx), ctx.query);
  const certificates = page.map((authority) => summaryOf(ctx.config.region, authority));
  return reply({ certificates, ...(next ? { nextMarker: next } : {}) });
}

function describeAuthority(ctx: RouteContext, id: string): Reply {
  const authority = control.authorityOf(ctx, id);
  if (authority === undefined) {
    return fault('ResourceNotFound', 'The CA certificate does not exist');
  }
  const { pem, mode, autoRegistration, changedMs, notBeforeMs, notAfterMs } = authority;
  return reply({
    certificateDescription: {
      ...summaryOf(ctx.config.region, authority),
      ...{ certificatePem: pem, ownedBy: account, lastModifiedDate: seconds(changedMs) },
      ...{ autoRegistrationStatus: autoRegistration, certificateMode: mode },
      validity: { notBefore: seconds(notBeforeMs), notAfter: seconds(notAfterMs) },
    },
  });
}

const summaryOf = (
  region: string,
  { certificateId, status, createdMs }: control.AuthorityState,
) => ({
  certificateArn: caArn(region, certificateId),
  ...{ certificateId, status, creationDate: seconds(createdMs) },
});
