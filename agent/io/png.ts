import type { BodyMap } from '../../hal/robot-body.ts';

/** Colours by cell: unknown, free, occupied, cleaned, the dock. Free and occupied keep ROS map_server's greys. */
const palette: [number, number, number][] = [
  [205, 205, 205],
  [254, 254, 254],
  [20, 24, 32],
  [120, 200, 160],
  [230, 120, 40],
];

/** The map as a PNG for people, with what a robot needs to place it (metres) as text in it. */
export async function encodeMap(map: BodyMap): Promise<Uint8Array> {
  const { encode } = await import('fast-png');
  const { width, height } = map;
  const data = new Uint8Array(width * height);
  for (let i = 0; i < data.length; i++) data[i] = Math.min(map.cells[i] ?? 0, palette.length - 1);
  return encode({
    width,
    height,
    data,
    channels: 1,
    depth: 8,
    palette,
    text: {
      resolution: `${map.resolution}`,
      origin: `${map.origin.x} ${map.origin.y}`,
    },
  });
}
