import { isObject } from '../../protocol/json.ts';
import { ok, type Result, refuse } from '../../protocol/result.ts';

/** Attributes of things and thing groups. Source: AWS IoT API reference, AttributePayload. */

export type Attributes = Readonly<Record<string, string>>;

export interface AttributePayload {
  readonly attributes: Attributes;
  /** Adds to what is there; otherwise it is replaced. An empty value removes an attribute. */
  readonly merge?: boolean;
}

const nameForm = /^[a-zA-Z0-9_.,@/:#-]{1,128}$/;
const valueForm = /^[a-zA-Z0-9_.,@/:#=[\]-]{0,800}$/;

export const isAttributeName = (text: string): boolean =>
  nameForm.test(text) && text !== '__proto__';
export const isAttributeValue = (text: string): boolean => valueForm.test(text);

type Read<T> = Result<T, 'InvalidRequest'>;

export function readPayload(value: unknown): Read<AttributePayload | undefined> {
  if (value === undefined || value === null) return ok(undefined);
  if (!isObject(value)) return refuse('InvalidRequest', 'attributePayload must be an object');
  const { attributes = {}, merge, ...others } = value;
  const [other] = Object.keys(others);
  if (other !== undefined)
    return refuse('InvalidRequest', `attributePayload.${other} is not served`);
  if (merge !== undefined && typeof merge !== 'boolean') {
    return refuse('InvalidRequest', 'attributePayload.merge must be true or false');
  }
  if (!isAttributes(attributes)) {
    const message = `attributes must map ${nameForm.source} to texts ${valueForm.source}`;
    return refuse('InvalidRequest', message);
  }
  return ok({ attributes, ...(merge === undefined ? {} : { merge }) });
}

const isAttributes = (value: unknown): value is Attributes =>
  isObject(value) &&
  Object.entries(value).every(
    ([name, text]) => isAttributeName(name) && typeof text === 'string' && isAttributeValue(text),
  );

/** The attributes of something new. AWS: `merge` is valid for updates only. */
export function firstAttributes(
  payload: AttributePayload | undefined,
  max: number,
): Read<Attributes> {
  const { attributes = {}, merge } = payload ?? {};
  if (merge !== undefined) return refuse('InvalidRequest', 'merge is valid for an update only');
  if (Object.values(attributes).includes('')) {
    return refuse('InvalidRequest', 'an attribute with an empty value would not be kept');
  }
  return withinMax(attributes, max);
}

export function changedAttributes(
  before: Attributes,
  { attributes, merge = false }: AttributePayload,
  max: number,
): Read<Attributes> {
  const all = Object.entries({ ...(merge ? before : {}), ...attributes });
  return withinMax(Object.fromEntries(all.filter(([, text]) => text !== '')), max);
}

const withinMax = (attributes: Attributes, max: number): Read<Attributes> =>
  Object.keys(attributes).length <= max
    ? ok(attributes)
    : refuse('InvalidRequest', `at most ${max} attributes`);

export function sameAttributes(a: Attributes, b: Attributes): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name]);
}
