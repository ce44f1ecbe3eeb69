import { certificateIn } from '../services/arn-names.ts';
import * as principals from '../services/principals.ts';
import { certificateArn } from './arns.ts';
import {
  ended,
  fault,
  pageOf,
  type Reply,
  type Route,
  type RouteContext,
  reply,
} from './routes.ts';

const pages = ['nextToken', 'maxResults'];
const headers = ['x-amzn-principal'] as const;

/** The certificates of things (client-iot). A principal is a certificate's ARN; there are no other kinds here. */
export const principalRoutes: readonly Route[] = [
  {
    operation: 'AttachThingPrincipal',
    method: 'PUT',
    path: '/things/{}/principals',
    headers,
    serve: withCertificate((ctx, id, thing) => ended(principals.attachPrincipal(ctx, thing, id))),
  },
  {
    operation: 'DetachThingPrincipal',
    method: 'DELETE',
    path: '/things/{}/principals',
    headers,
    serve: withCertificate((ctx, id, thing) => ended(principals.detachPrincipal(ctx, thing, id))),
  },
  {
    operation: 'ListThingPrincipals',
    method: 'GET',
    path: '/things/{}/principals',
    query: pages,
    serve: listPrincipals,
  },
  {
    operation: 'ListPrincipalThings',
    method: 'GET',
    path: '/principals/things',
    query: pages,
    headers,
    serve: withCertificate(listThings),
  },
  {
    operation: 'DeleteCertificate',
    method: 'DELETE',
    path: '/certificates/{}',
    // Forces what has policies: there are none, so it has no effect, as at AWS.
    query: ['forceDelete'],
    serve: (ctx, id = '') => ended(principals.deleteCertificate(ctx, id)),
  },
];

/** Reads the certificate's id from the header. */
function withCertificate(
  serve: (ctx: RouteContext, certificateId: string, thing: string) => Reply,
): Route['serve'] {
  return (ctx, thing = '') => {
    const id = certificateIn(ctx.principal ?? '');
    if (id === undefined) {
      return fault(
        'InvalidRequest',
        'the header x-amzn-principal must be the ARN of a certificate',
      );
    }
    return serve(ctx, id, thing);
  };
}

function listPrincipals(ctx: RouteContext, thing: string): Reply {
  const ids = principals.principalsOf(ctx, thing);
  if (!ids.ok) return ended(ids);
  const { page, next } = pageOf(ids.value, ctx.query);
  return reply({
    principals: page.map((id) => certificateArn(ctx.config.region, id)),
    ...(next ? { nextToken: next } : {}),
  });
}

function listThings(ctx: RouteContext, certificateId: string): Reply {
  const names = principals.thingsOf(ctx, certificateId);
  if (!names.ok) return ended(names);
  const { page, next } = pageOf(names.value, ctx.query);
  return reply({ things: page, ...(next ? { nextToken: next } : {}) });
}
