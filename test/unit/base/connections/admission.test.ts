import { describe, expect, it } from 'vitest';
import { addressGroup, boundsOf, createAdmission } from '../../../../base/connections/admission.ts';

const bounds = { connectionsMax: 6, provenMax: 5, unprovenMax: 4, unprovenPerAddressMax: 2 };

describe('admission', () => {
  it('closes the oldest unproven connection when an address has too many', () => {
    const admission = createAdmission<string>(bounds);
    expect(
      ['a1', 'a2', 'b1', 'a3', 'a4'].map((name) => admission.add(name, name[0] ?? '')),
    ).toEqual([undefined, undefined, undefined, 'a1', 'a2']);
    expect(admission).toMatchObject({ unproven: 3, proven: 0 });
  });

  it('closes the oldest unproven connection of all when there are too many in total', () => {
    const admission = createAdmission<string>(bounds);
    const closed = ['a1', 'b1', 'c1', 'd1', 'e1', 'f1'].map((name) => admission.add(name, name));
    expect(closed).toEqual([undefined, undefined, undefined, undefined, 'a1', 'b1']);
  });

  it('never closes a proven connection, and counts it only in the total', () => {
    const admission = createAdmission<string>(bounds);
    for (const name of ['p1', 'p2', 'p3', 'p4', 'p5']) {
      expect(admission.add(name, 'nat')).toBeUndefined();
      expect(admission.prove(name)).toBe(true);
    }
    expect(admission.add('x1', 'nat')).toBeUndefined();
    expect(admission.add('x2', 'nat')).toBe('x1');
    expect(admission.prove('x2')).toBe(false);
    expect(admission).toMatchObject({ unproven: 1, proven: 5 });
    admission.remove('p1');
    expect(admission.prove('x2')).toBe(true);
  });

  it('treats a connection that loses its proof as the newest unproven one', () => {
    const admission = createAdmission<string>(bounds);
    admission.add('a1', 'a');
    admission.prove('a1');
    admission.add('a2', 'a');
    admission.add('a3', 'a');
    expect(admission.unprove('a1')).toBe('a2');
    expect(admission.add('a4', 'a')).toBe('a3');
    expect(admission.isProven('a1')).toBe(false);
  });

  it.each(['prove', 'unprove'] as const)('does not %s an unknown connection', (what) => {
    const admission = createAdmission<string>(bounds);
    expect(admission[what]('unknown')).toBeFalsy();
    expect(admission).toMatchObject({ unproven: 0, proven: 0 });
  });

  it('uses no memory for closed connections', () => {
    const admission = createAdmission<number>(bounds);
    for (let n = 0; n < 1000; n++) {
      admission.add(n, `192.0.2.${n % 200}`);
      if (n % 3 === 0) admission.prove(n);
      admission.remove(n);
    }
    expect(admission).toMatchObject({ unproven: 0, proven: 0 });
    expect(admission.hasRoom()).toBe(true);
  });

  it.each([8, 128, 1024, 50_000])(
    'reserves room for new connections among %d',
    (connectionsMax) => {
      const shares = boundsOf(connectionsMax);
      expect(shares.provenMax).toBeLessThan(connectionsMax);
      expect(shares.unprovenPerAddressMax).toBeGreaterThan(1);
      expect(shares.unprovenPerAddressMax).toBeLessThan(shares.unprovenMax);
    },
  );
});

it.each([
  ['192.0.2.7', '192.0.2.7'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
  ['2001:db8:1:2::6', '2001:db8:1:2'],
  ['2001:db8::6', '2001:db8:0:0'],
  ['fe80::1%eth0', 'fe80:0:0:0'],
  ['::1', '0:0:0:0'],
])('treats %s as the host %s', (address, host) => {
  expect(addressGroup(address)).toBe(host);
});
