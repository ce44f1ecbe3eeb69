import type { Settings } from '../../agent/cli/options.ts';
import { type AgentConfig, agentConfig } from '../../agent/config.ts';

/** The configuration of a robot named R1, with all its services. */
export const testConfig = (change: Partial<Settings> = {}): AgentConfig =>
  agentConfig({
    robot: 'R1',
    dataDir: '/data',
    runtimeDir: '',
    cloudHost: 'cloud',
    cloudPort: 8883,
    cloudCa: '/ca.pem',
    keepAliveS: 60,
    connectTimeoutS: 15,
    lastWill: '',
    keyKind: 'ec-p256',
    deviceKey: 'file',
    pkcs11Module: '',
    pkcs11Socket: '',
    opensslEngines: '',
    renewal: true,
    renewalTemplate: 'pilotfish',
    renewalIssuers: '',
    board: '/board.sock',
    firmwareKeys: '/keys.pem',
    shadow: true,
    jobs: true,
    progressS: 60,
    publishPerS: 20,
    lowPriorityPerMin: 6,
    reportsMax: 500,
    reportsKiBMax: 2048,
    retryS: 2,
    retrySMax: 300,
    healthS: 180,
    trialAttempts: 3,
    ...change,
  });
