import type { Event } from '../../agent/events.ts';
import { shadowMachine } from '../../agent/shadow/machine.ts';
import type { Settings } from '../../protocol/schemas/settings.ts';
import type { ShadowGetAccepted } from '../../protocol/schemas/shadow.ts';
import { settings, started } from './agent-body.ts';
import { moment } from './agent-machine.ts';

/** The shadow machine, and the messages of its cloud and its body. */

export const shadow = shadowMachine({
  robot: 'R1',
  enabled: true,
  retryMs: 4000,
  retryMsMax: 3_600_000,
});

export const timestamp = 1_800_000_000;
/** Every turn of these tests has the same id, so every request has the same token. */
export const token = moment.freshId;

export const got = (
  desired: Settings = {},
  reported: ShadowGetAccepted['state']['reported'] = {},
  version = 5,
): Event => ({
  type: 'cloud/shadow-got',
  body: { state: { desired: { settings: desired }, reported }, version, timestamp },
});

export const absent: Event = {
  type: 'cloud/shadow-not-got',
  body: { code: 404, message: "No shadow exists with name: 'R1'", timestamp },
};

export const delta = (desired: Settings, version: number): Event => ({
  type: 'cloud/shadow-delta',
  body: { state: { settings: desired }, version, timestamp },
});

export const updated = (clientToken: string): Event => ({
  type: 'cloud/shadow-updated',
  body: { version: 6, timestamp, clientToken },
});

export const configured = (refused: Record<string, string> = {}): Event => ({
  type: 'body/configured',
  refused,
});

export const unconfigured = (code: string): Event => ({ type: 'body/unconfigured', code });

/** What this robot reports when its body holds `settings` and rejects nothing. */
export const agentReport = {
  ...{ version: started.version, slot: '', boot: 3 },
  ...{ fallback: 'none', storage: 'ok' },
};
export const fullReport = { settings, refused: {}, agent: agentReport };
