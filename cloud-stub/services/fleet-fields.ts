import { isShadowName } from '../../protocol/topics.ts';

/** Which fields a query may name. AWS's other ones are refused: what they are about is not served here. */

const whole: readonly string[] = [
  ...['thingName', 'thingId', 'thingGroupNames'],
  ...['connectivity.connected', 'connectivity.timestamp', 'connectivity.disconnectReason'],
];
const sections: readonly string[] = ['desired', 'reported', 'delta'];

export function isServedField(name: string): boolean {
  if (whole.includes(name)) return true;
  const [first = '', ...path] = name.split('.');
  if (path.length === 0 || path.includes('')) return false;
  if (first === 'attributes') return true;
  if (first !== 'shadow') return false;
  if (path[0] !== 'name') return isOfShadow(path);
  return isShadowName(path[1] ?? '') && isOfShadow(path.slice(2));
}

const isOfShadow = ([section = '', ...path]: readonly string[]): boolean =>
  section === 'hasDelta' ? path.length === 0 : sections.includes(section) && path.length > 0;

/** A term without a field is looked for in these: neither in the connectivity (AWS), nor in what was derived. */
export const isTextField = (name: string): boolean =>
  !name.startsWith('connectivity.') && !/^shadow\.(name\.[^.]+\.)?hasDelta$/.test(name);

/** AWS: a registered text that reads as a number is one; in a shadow only a number is one. */
export const isRegistryField = (name: string): boolean => !/^(shadow|connectivity)\./.test(name);
