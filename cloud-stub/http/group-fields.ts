import { isObject } from '../../protocol/json.ts';
import { ok, type Result, refuse } from '../../protocol/result.ts';
import { groupIn, thingIn } from '../services/arn-names.ts';
import { readPayload } from '../services/attributes.ts';
import type { GroupProperties } from '../services/thing-groups.ts';
import type { ThingGroupRow } from '../thing-rows.ts';

/** Reads the members that the operations on thing groups share. */

type Read<T> = Result<T, 'InvalidRequest'>;
type Fields = Readonly<Record<string, unknown>>;

/** AWS: `[\p{Graph}\x20]*` of Java, which is ASCII. */
const descriptionForm = /^[ -~]{0,2028}$/;

/** `thingGroupProperties`; undefined when there are none. */
export function readProperties(value: unknown): Read<GroupProperties | undefined> {
  if (value === undefined || value === null) return ok(undefined);
  if (!isObject(value)) return refuse('InvalidRequest', 'thingGroupProperties must be an object');
  const { thingGroupDescription: description, attributePayload, ...others } = value;
  const [other] = Object.keys(others);
  if (other !== undefined) {
    return refuse('InvalidRequest', `thingGroupProperties.${other} is not served`);
  }
  const isText = typeof description === 'string' && descriptionForm.test(description);
  if (description !== undefined && !isText) {
    const message = 'thingGroupDescription must have at most 2028 visible ASCII characters';
    return refuse('InvalidRequest', message);
  }
  const payload = readPayload(attributePayload);
  if (!payload.ok) return payload;
  return ok({
    ...(description === undefined ? {} : { description }),
    ...(payload.value === undefined ? {} : { payload: payload.value }),
  });
}

export const propertiesOf = ({ description, attributes }: ThingGroupRow): object => ({
  ...(description === undefined ? {} : { thingGroupDescription: description }),
  attributePayload: { attributes },
});

export const memberMembers = ['thingGroupName', 'thingGroupArn', 'thingName', 'thingArn'];

/** The group and the thing, each by its name, its ARN or both. */
export function readMember(fields: Fields): Read<{ group: string; thing: string }> {
  const { thingGroupName, thingGroupArn, thingName, thingArn } = fields;
  const group = nameIn(thingGroupName, thingGroupArn, groupIn);
  const thing = nameIn(thingName, thingArn, thingIn);
  return group === undefined || thing === undefined
    ? refuse('InvalidRequest', 'a group and a thing are required, each by its name or its ARN')
    : ok({ group, thing });
}

function nameIn(
  name: unknown,
  arn: unknown,
  read: (arn: string) => string | undefined,
): string | undefined {
  if (arn === undefined || arn === null) return typeof name === 'string' ? name : undefined;
  const named = typeof arn === 'string' ? read(arn) : undefined;
  return name === undefined || name === null || name === named ? named : undefined;
}
