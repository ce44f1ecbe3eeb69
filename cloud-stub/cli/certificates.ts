import { usage } from '../../base/cli.ts';
import type { Option, Options } from '../../base/command.ts';
import { cut, plain, table, utc } from '../../base/text.ts';
import type { CertificateView } from '../http/certificates.ts';
import type { OperatorClient } from '../operator-client.ts';
import type { ConnectionRefusalRow } from '../rows.ts';
import { nothingOf } from './known-robot.ts';

/** The operator's commands for certificates: request, action and output. */

const settableStatuses = ['ACTIVE', 'INACTIVE', 'REVOKED'] as const;

export const certificateOptions = {
  robot: { type: 'string', value: 'ID', describe: 'only of this robot' },
  id: { type: 'string', value: 'ID', describe: 'the certificate, or how its id begins' },
  set: {
    type: 'string',
    value: 'STATUS',
    words: settableStatuses,
    describe: 'ACTIVE, INACTIVE or REVOKED; of --id, or of all of --robot',
  },
} as const satisfies Record<string, Option>;

/** First sets a status when one is given: of one certificate, or of all of a robot's. */
export async function fetchCertificates(
  client: OperatorClient,
  { robot, id, set }: Options<typeof certificateOptions>,
): Promise<CertificateView[]> {
  const filter = { ...(robot === undefined ? {} : { robot }), ...(id === undefined ? {} : { id }) };
  if (set === undefined) {
    const rows = await client.certificates(filter);
    if (rows.length === 0 && robot !== undefined) await nothingOf(client, robot);
    return rows;
  }
  if (id === undefined && robot === undefined) {
    throw usage('--set belongs to --id or --robot', 'cloud-stub certificates lists them');
  }
  if (id === undefined) await client.updateCertificatesOf(robot ?? '', set);
  else await client.updateCertificate(await wholeId(client, filter), set);
  return client.certificates(filter);
}

async function wholeId(client: OperatorClient, filter: { id?: string }): Promise<string> {
  const [found, second] = await client.certificates(filter);
  if (found !== undefined && second === undefined) return found.certificateId;
  const count = found === undefined ? 'no certificate begins' : 'several certificates begin';
  throw usage(`--id ${filter.id}: ${count} so`, 'give more of the id');
}

/** One paragraph per certificate, because an id fills most of a line. */
export const showCertificates = (rows: readonly CertificateView[]): string =>
  rows.length === 0 ? 'no certificates' : rows.map(paragraph).join('\n');

function paragraph(row: CertificateView): string {
  const { lastRefusal: refusal, supersededBy, retireMs } = row;
  const lines = [
    `${plain(row.robot)}  ${row.status}`,
    `  id          ${row.certificateId}`,
    `  issuer      ${plain(row.issuer ?? row.caCertificateId)}${row.renewed ? ' (renewed)' : ''}`,
    `  valid       ${utc(row.notBeforeMs)} to ${utc(row.notAfterMs)}`,
    ...(supersededBy === undefined ? [] : [`  replaced by ${supersededBy}`]),
    ...(retireMs === undefined ? [] : [`  ends        ${utc(retireMs)}`]),
    ...(refusal === undefined
      ? []
      : [`  refused     ${refusal.count}x ${refusal.code}, last ${utc(refusal.atMs)}`]),
  ];
  return lines.map((line) => cut(line)).join('\n');
}

export const showRefusals = (rows: readonly ConnectionRefusalRow[]): string =>
  table(
    ['CAUSE', 'ADDRESS', 'TIMES', 'LAST', 'CERTIFICATE'],
    rows.map(({ code, address, count, lastMs, commonName, issuer }) => [
      code,
      address || '-',
      String(count),
      utc(lastMs),
      commonName === undefined ? '-' : `${plain(commonName)} by ${plain(issuer ?? '')}`,
    ]),
    'no connection was refused',
  );
