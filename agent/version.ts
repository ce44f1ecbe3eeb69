/** Stamped into a shipped bundle by the build; a checkout says so. */
declare const __PILOTFISH_VERSION__: string | undefined;

export const version: string =
  typeof __PILOTFISH_VERSION__ === 'string' ? __PILOTFISH_VERSION__ : '0.1.0-checkout';
