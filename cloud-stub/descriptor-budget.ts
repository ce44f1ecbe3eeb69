import { type AdmissionBounds, boundsOf } from '../base/connections/admission.ts';

/** How many connections each listener may have, so that store, archive, objects and logs always get a descriptor. */
export interface DescriptorBudget {
  readonly mqtt: AdmissionBounds;
  readonly https: AdmissionBounds;
  /** For robots over HTTPS. */
  readonly device: AdmissionBounds;
}

/** For the runtime, the store with its log, the archive and an operator's request; about 30 are in use. */
const reserve = 64;
const mqttMax = 50_000;
const httpsMax = 1024;
/** Fewer would serve nobody. With so few descriptors the reserve shrinks instead. */
const least = 8;

export function shareDescriptors(descriptorsMax: number): DescriptorBudget {
  const free = Math.max(0, descriptorsMax - reserve);
  // A third for HTTPS, where each connection may also hold a file open.
  const https = Math.min(httpsMax, Math.floor(free / 6));
  const device = Math.max(least, Math.min(httpsMax, Math.floor(free / 12)));
  const mqtt = Math.min(mqttMax, free - 2 * https - device);
  const bounds = (share: number) => boundsOf(Math.max(least, share));
  return { mqtt: bounds(mqtt), https: bounds(https), device: bounds(device) };
}
