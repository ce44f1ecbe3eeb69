import { isObject } from '../../protocol/json.ts';
import type { ShadowNode, ShadowRow, ShadowValue } from '../rows.ts';
import type { ThingRows } from './fleet-rows.ts';
import { difference } from './shadow-state.ts';
import { attributesOf } from './thing-control.ts';

/** What the fleet index knows of one thing. Source: AWS IoT developer guide, "Managing thing indexing". */

export type FieldValue = string | number | boolean;
/** The values of each field, by AWS's name of the field. A field that has none is absent. */
export type Fields = ReadonlyMap<string, readonly FieldValue[]>;

export function fieldsOf({ thing, groups, shadows, presence }: ThingRows): Fields {
  const fields = new Map<string, readonly FieldValue[]>([
    ['thingName', [thing.thingName]],
    ['thingId', [thing.thingId]],
  ]);
  if (groups.length > 0) fields.set('thingGroupNames', groups);
  for (const [name, value] of Object.entries(attributesOf(thing))) {
    fields.set(`attributes.${name}`, [value]);
  }
  for (const { name, row } of shadows) {
    addShadow(fields, name === undefined ? 'shadow' : `shadow.name.${name}`, row);
  }
  if (presence !== undefined) {
    for (const [name, value] of Object.entries(connectivityOf(presence))) {
      fields.set(`connectivity.${name}`, [value]);
    }
  }
  return fields;
}

function addShadow(fields: Map<string, readonly FieldValue[]>, base: string, row: ShadowRow): void {
  const { desired = {}, reported = {} } = row;
  const delta = difference(desired, reported);
  addNode(fields, `${base}.desired`, desired);
  addNode(fields, `${base}.reported`, reported);
  addNode(fields, `${base}.delta`, delta ?? {});
  fields.set(`${base}.hasDelta`, [delta !== undefined]);
}

/** Two paths may have the same name, `a.b` and `b` in `a` (AWS): then it has the values of both. */
function addNode(fields: Map<string, readonly FieldValue[]>, base: string, node: ShadowNode): void {
  for (const [key, value] of Object.entries(node)) {
    const name = `${base}.${key}`;
    if (isObject(value)) addNode(fields, name, value as ShadowNode);
    else {
      const values = valuesOf(value);
      if (values.length > 0) fields.set(name, [...(fields.get(name) ?? []), ...values]);
    }
  }
}

/** An array counts by its items. One with an object or array in it is not indexed (AWS). */
function valuesOf(value: ShadowValue): readonly FieldValue[] {
  if (!Array.isArray(value)) return [value as FieldValue];
  return value.some((item) => typeof item === 'object') ? [] : (value as FieldValue[]);
}

/** AWS's `ThingDocument`. `shadow` is JSON text. */
export interface ThingDocument {
  readonly thingName: string;
  readonly thingId: string;
  readonly thingGroupNames?: readonly string[];
  readonly attributes?: Readonly<Record<string, string>>;
  readonly shadow?: string;
  /** Absent: it has never connected. */
  readonly connectivity?: Connectivity;
}

export interface Connectivity {
  readonly connected: boolean;
  /** Milliseconds since 1970: when it connected or disconnected. */
  readonly timestamp: number;
  readonly disconnectReason?: string;
}

export function documentOf({ thing, groups, shadows, presence }: ThingRows): ThingDocument {
  const attributes = attributesOf(thing);
  const named = shadows.flatMap(({ name, row }) =>
    name === undefined ? [] : ([[name, row]] as const),
  );
  const classic = shadows.find(({ name }) => name === undefined)?.row;
  const shadow = {
    ...(classic === undefined ? {} : shadowOf(classic)),
    ...(named.length === 0
      ? {}
      : { name: Object.fromEntries(named.map(([name, row]) => [name, shadowOf(row)])) }),
  };
  return {
    thingName: thing.thingName,
    thingId: thing.thingId,
    ...(groups.length === 0 ? {} : { thingGroupNames: groups }),
    ...(Object.keys(attributes).length === 0 ? {} : { attributes }),
    ...(shadows.length === 0 ? {} : { shadow: JSON.stringify(shadow) }),
    ...(presence === undefined ? {} : { connectivity: connectivityOf(presence) }),
  };
}

const shadowOf = ({ desired, reported, metadata, version }: ShadowRow) => ({
  ...(desired ? { desired } : {}),
  ...(reported ? { reported } : {}),
  metadata,
  hasDelta: difference(desired ?? {}, reported ?? {}) !== undefined,
  version,
});

const connectivityOf = ({
  state,
  sinceMs,
  reason,
}: NonNullable<ThingRows['presence']>): Connectivity => ({
  connected: state === 'connected',
  timestamp: sinceMs,
  ...(state === 'connected' || reason === undefined ? {} : { disconnectReason: reason }),
});
