import { describe, expect, it } from 'vitest';
import { readTokenUri, uriExample } from '../../../hal/linux/token-uri.ts';

const pin = 'pin-source=file:/etc/pin';

describe('a valid PKCS#11 URI', () => {
  it('is kept as it was given', () => {
    expect(readTokenUri(uriExample)).toEqual({
      text: uriExample,
      token: 'robot',
      serial: undefined,
      object: 'device',
      id: undefined,
      pinFile: '/etc/pilotfish/token.pin',
    });
  });

  it.each<[string, object]>([
    [`pkcs11:token=a;object=b;${pin}`, { token: 'a', object: 'b', pinFile: '/etc/pin' }],
    [`pkcs11:serial=12;id=%01%fF?${pin}`, { serial: '12', id: Buffer.of(1, 255) }],
    [`pkcs11:token=a%20b;object=%c3%bc?${pin}`, { token: 'a b', object: 'ü' }],
    [`pkcs11:token=a;object=b;type=private?${pin}`, { object: 'b' }],
    [`pkcs11:token=a;object=b;manufacturer=m;model=SoftHSM%20v2?${pin}`, { object: 'b' }],
    ['pkcs11:token=a;object=b?pin-source=file:///etc/pin', { pinFile: '/etc/pin' }],
    ['pkcs11:token=a;object=b?pin-source=/etc/pin&module-name=x', { pinFile: '/etc/pin' }],
    ['pkcs11:token=a;object=b?pin-source=file:/a%20b', { pinFile: '/a b' }],
  ])('%s', (text, parts) => {
    expect(readTokenUri(text)).toMatchObject({ text, ...parts });
  });
});

describe('an invalid PKCS#11 URI', () => {
  it.each([
    ['', 'does not begin with pkcs11:'],
    ['file:/etc/key.pem', 'does not begin with pkcs11:'],
    ['pkcs11:', 'not all of the form'],
    [`pkcs11:token=a;;object=b?${pin}`, 'not all of the form'],
    [`pkcs11:token;object=b?${pin}`, 'not all of the form'],
    [`pkcs11:token=a;object=b c?${pin}`, '%-encoded'],
    [`pkcs11:token=a;object=b\n?${pin}`, '%-encoded'],
    [`pkcs11:token=a;object=%4?${pin}`, 'object is not well %-encoded'],
    [`pkcs11:token=a;object=b%00c?${pin}`, 'zero octet'],
    [`pkcs11:token=a;object=%ff?${pin}`, 'object is not UTF-8'],
    [`pkcs11:token=a;token=b;object=c?${pin}`, 'token occurs twice'],
    [`pkcs11:token=a;object=b;type=cert?${pin}`, 'type is not private'],
    [`pkcs11:object=b?${pin}`, 'names no token'],
    [`pkcs11:token=;object=b?${pin}`, 'names no token'],
    [`pkcs11:token=a?${pin}`, 'names no key'],
    [`pkcs11:token=a;id=?${pin}`, 'names no key'],
    ['pkcs11:token=a;object=b', 'no file with the PIN'],
    ['pkcs11:token=a;object=b?pin-source=file:pin', 'not an absolute path'],
    ['pkcs11:token=a;object=b?pin-source=|cat%20/etc/pin', 'not an absolute path'],
    ['pkcs11:token=a;object=b?pin-source=', 'not an absolute path'],
    [`pkcs11:token=a;object=${'b'.repeat(1024)}?${pin}`, 'longer than 1024'],
  ])('is rejected: %j: %s', (text, why) => {
    expect(() => readTokenUri(text)).toThrow(expect.objectContaining({ code: 'token-uri' }));
    expect(() => readTokenUri(text)).toThrow(why);
  });

  it.each([
    `pkcs11:token=a;object=b;pin-value=98765;${pin}`,
    'pkcs11:token=a;object=b?pin-value=98765',
    `pkcs11:token=a;object=b?${pin}&pin-value=98765`,
  ])('is rejected when it has a PIN in it, which is not shown: %s', (text) => {
    expect(() => readTokenUri(text)).toThrow(/process lists/);
    expect(() => readTokenUri(text)).not.toThrow(/98765/);
  });
});
