import { isObject } from '../../protocol/json.ts';
import { ok, type Result, refuse } from '../../protocol/result.ts';
import { depthOver } from '../core/incoming.ts';
import type { ShadowMetadata, ShadowNode, ShadowValue } from '../rows.ts';

/**
 * The operations on shadow sections: merge, metadata, difference. Pure. Source: AWS IoT developer guide, "Device Shadow
 * service documents".
 */

/** A section as a client sends it: nulls delete. */
export interface ShadowPatch {
  [key: string]: ShadowPatch | ShadowValue | null;
}

/** Changes only named fields, objects recursively; a null deletes; an array is a value. */
export function merge(base: ShadowNode, patch: ShadowPatch): ShadowNode {
  const result = { ...base };
  for (const [key, value] of Object.entries(patch)) {
    const before = result[key];
    if (value === null) delete result[key];
    else if (isObject(value)) {
      result[key] = merge(isObject(before) ? (before as ShadowNode) : {}, value as ShadowPatch);
    } else result[key] = value;
  }
  return result;
}

/** The metadata after a merge: each leaf that `patch` names gets a new timestamp, the others keep theirs. */
export function mergeMetadata(
  base: ShadowMetadata,
  patch: ShadowPatch,
  timestamp: number,
): ShadowMetadata {
  const result = { ...base };
  for (const [key, value] of Object.entries(patch)) {
    const before = result[key];
    if (value === null) delete result[key];
    else if (isObject(value)) {
      const nodes = isObject(before) && !isStamp(before) ? (before as ShadowMetadata) : {};
      result[key] = mergeMetadata(nodes, value as ShadowPatch, timestamp);
    } else result[key] = stamp(value, timestamp);
  }
  return result;
}

/** The fields that are missing in `reported` or differ there; undefined when there are none. */
export function difference(desired: ShadowNode, reported: ShadowNode): ShadowNode | undefined {
  const result: ShadowNode = {};
  for (const [key, value] of Object.entries(desired)) {
    const has = Object.hasOwn(reported, key) ? reported[key] : undefined;
    if (isObject(value) && isObject(has)) {
      const inner = difference(value as ShadowNode, has as ShadowNode);
      if (inner !== undefined) result[key] = inner;
    } else if (!equal(value, has)) result[key] = value;
  }
  return Object.keys(result).length === 0 ? undefined : result;
}

/** The part of `metadata` that belongs to the fields of `state`. */
export function metadataOf(metadata: ShadowMetadata, state: ShadowPatch): ShadowMetadata {
  const result: ShadowMetadata = {};
  for (const [key, value] of Object.entries(state)) {
    const node = metadata[key];
    if (node === undefined) continue;
    result[key] =
      isObject(value) && isObject(node)
        ? metadataOf(node as ShadowMetadata, value as ShadowPatch)
        : node;
  }
  return result;
}

/** Checks one section from outside. The messages are AWS's. */
export function readSection(value: unknown, depthMax: number): Result<ShadowPatch, '400'> {
  if (depthOver(value, depthMax)) {
    return refuse('400', `JSON contains too many levels of nesting; maximum is ${depthMax}`);
  }
  return isPatch(value) ? ok(value) : refuse('400', 'State contains an invalid node');
}

/** Object keys with a special meaning in JavaScript never become fields. */
const isPatch = (value: unknown): value is ShadowPatch =>
  isObject(value) &&
  Object.entries(value).every(
    ([key, node]) => key !== '__proto__' && (node === null || isPatch(node) || isLeaf(node)),
  );

const isLeaf = (value: unknown): boolean =>
  Array.isArray(value)
    ? value.every((item) => isLeaf(item) || (isPatch(item) && !hasNull(item)))
    : ['string', 'number', 'boolean'].includes(typeof value);

const hasNull = (node: unknown): boolean =>
  node === null || (typeof node === 'object' && Object.values(node).some(hasNull));

const stamp = (value: ShadowValue, timestamp: number): ShadowMetadata | ShadowMetadata[] =>
  Array.isArray(value) ? value.map((item) => stampItem(item, timestamp)) : { timestamp };

const stampItem = (item: ShadowValue, timestamp: number): ShadowMetadata =>
  isObject(item) ? mergeMetadata({}, item as ShadowPatch, timestamp) : { timestamp };

const isStamp = (node: object): boolean =>
  typeof (node as ShadowMetadata)['timestamp'] === 'number';

const equal = (a: ShadowValue, b: ShadowValue | undefined): boolean => {
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, i) => equal(item, b[i]));
  }
  if (isObject(a) && isObject(b)) {
    const keys = Object.keys(a);
    return (
      keys.length === Object.keys(b).length &&
      keys.every(
        (key) => Object.hasOwn(b, key) && equal(a[key] as ShadowValue, b[key] as ShadowValue),
      )
    );
  }
  return a === b;
};
