import { expect, it } from 'vitest';
import { shareDescriptors } from '../../../cloud-stub/descriptor-budget.ts';

/** With a file for each HTTPS connection. */
const needed = (limit: number): number => {
  const { mqtt, https, device } = shareDescriptors(limit);
  return mqtt.connectionsMax + 2 * https.connectionsMax + device.connectionsMax;
};

it.each([128, 256, 1024, 65_536, Number.MAX_SAFE_INTEGER])(
  'leaves 64 of %d descriptors to the rest of the stub',
  (limit) => {
    expect(needed(limit)).toBeLessThanOrEqual(limit - 64);
  },
);

it.each([
  [256, 112, 32, 16],
  [1024, 560, 160, 80],
  [1_048_576, 50_000, 1024, 1024],
])(
  'gives of %d descriptors %d connections to MQTT, %d to HTTPS and %d to robots over HTTPS',
  (...row) => {
    const [limit, mqtt, https, device] = row;
    expect(shareDescriptors(limit)).toMatchObject({
      mqtt: { connectionsMax: mqtt },
      https: { connectionsMax: https },
      device: { connectionsMax: device },
    });
  },
);

it('allows a few connections even with very few descriptors', () => {
  expect(shareDescriptors(32)).toMatchObject({
    mqtt: { connectionsMax: 8 },
    https: { connectionsMax: 8 },
  });
});
