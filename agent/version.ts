/** Stamped into a shipped bundle by the build; a checkout has placeholders. */
declare const __PILOTFISH_VERSION__: string | undefined;

declare const __PILOTFISH_SECURITY_COUNTER__: number | undefined;

declare const __PILOTFISH_BUILT_MS__: number | undefined;

export const version: string =
  typeof __PILOTFISH_VERSION__ === 'string' ? __PILOTFISH_VERSION__ : '0.1.0-checkout';

/** Images with a lower one are rejected. */
export const securityCounter: number =
  typeof __PILOTFISH_SECURITY_COUNTER__ === 'number' ? __PILOTFISH_SECURITY_COUNTER__ : 0;

/** When this build was made, ms since 1970; 0 for a checkout. */
export const builtMs: number =
  typeof __PILOTFISH_BUILT_MS__ === 'number' ? __PILOTFISH_BUILT_MS__ : 0;
