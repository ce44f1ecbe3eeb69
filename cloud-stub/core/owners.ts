import type { Table } from '../rows.ts';
import type { TimerKind } from '../timer-rows.ts';

/**
 * Who owns a row: the robot that it is about, or else the certificate, CA, thing group, job, object, upload or handler. A robot's message writes
 * rows of this robot only (and of its certificate). So units of work of different robots never meet, and a store that
 * several processes share needs a lock or a version for one owner at a time.
 */
export function ownerOf(table: Table, key: string): string {
  if (table === 'timers') return ownerOfTimer(key.slice(key.indexOf('/') + 1));
  if (table === 'timer_times') return ownerOfTimer(key);
  if (ofGroups[table]) return `group/${firstOf(key)}`;
  if (ofUploads[table]) return `upload/${firstOf(key)}`;
  const kind = shared[table];
  return kind === undefined ? firstOf(key) : `${kind}/${key}`;
}

/** Tables of rows that belong to no robot. */
const shared: Readonly<Partial<Record<Table, string>>> = {
  certificates: 'certificate',
  authorities: 'authority',
  registration_codes: 'account',
  retirements: 'certificate',
  jobs: 'job',
  objects: 'object',
  handlers: 'handler',
  connection_refusals: 'refusal',
};

/** Tables whose keys begin with the name of a thing group. */
const ofGroups: Readonly<Partial<Record<Table, true>>> = {
  thing_groups: true,
  group_members: true,
  group_jobs: true,
};

/** Tables whose keys begin with the id of a multipart upload. */
const ofUploads: Readonly<Partial<Record<Table, true>>> = { uploads: true, upload_parts: true };

const sharedTimers: Readonly<Partial<Record<TimerKind, string>>> = {
  retirement: 'certificate',
  job: 'job',
  rollout: 'job',
  schedule: 'job',
  upload: 'upload',
  backlog: 'handler',
};

/** `name` is `kind/id`. */
function ownerOfTimer(name: string): string {
  const at = name.indexOf('/');
  const id = name.slice(at + 1);
  const kind = sharedTimers[name.slice(0, at) as TimerKind];
  return kind === undefined ? firstOf(id) : `${kind}/${id}`;
}

const firstOf = (key: string): string => key.split('/', 1)[0] ?? '';
