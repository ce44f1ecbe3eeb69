#!/usr/bin/env node
import type { KeyObject } from 'node:crypto';
import { runProcess } from '../../base/cli.ts';
import { systemClock } from '../../base/clock.ts';
import { command } from '../../base/command.ts';
import { PilotfishError } from '../../base/errors.ts';
import { checkOutput, writeOutput } from '../../base/output-file.ts';
import { readPrivateKey, readTextFile } from '../../base/x509/certificate-file.ts';
import { check } from '../../protocol/codec.ts';
import { buildAgentBundle, buildCrashingBundle, buildTimeMs, describeFile } from './bundle.ts';
import { createSigningKey, signFirmware } from './sign.ts';

/** The publisher's commands: make firmware images for the simulated board and sign what robots may install. */

const keygen = command({
  summary: 'makes a signing key pair (Ed25519)',
  options: {
    dir: { type: 'string', value: 'DIR', required: true, describe: 'where the two files go' },
  },
  async run({ dir }, io) {
    io.out(JSON.stringify(await createSigningKey(dir)));
    return 0;
  },
});

const bundle = command({
  summary: 'bundles the agent into one file',
  options: {
    version: { type: 'string', required: true, describe: 'the version stamped into it' },
    out: { type: 'string', value: 'FILE', required: true, describe: 'the file to write' },
    'security-counter': {
      type: 'integer',
      min: 0,
      default: 0,
      describe: 'stamped into it: from here no image with a lower one is installed',
    },
    crash: { type: 'boolean', describe: 'make one that crashes at boot' },
  },
  async run({ version, out, crash, 'security-counter': securityCounter }, io) {
    const { path } = await checkOutput('--out', out);
    const built = await (crash ? buildCrashingBundle : buildAgentBundle)({
      version,
      out: path,
      securityCounter,
      builtMs: buildTimeMs(process.env, systemClock),
    });
    io.out(JSON.stringify({ ...built, path: out }));
    return 0;
  },
});

const sign = command({
  summary: 'signs the manifest of an image',
  options: {
    image: { type: 'string', value: 'FILE', required: true, describe: 'the image' },
    key: { type: 'string', value: 'FILE', required: true, describe: 'the private key (PEM)' },
    'hardware-id': { type: 'string', required: true, describe: 'the board it is made for' },
    version: { type: 'string', required: true, describe: 'the version of the image' },
    'security-counter': {
      type: 'integer',
      min: 0,
      default: 0,
      describe: 'robots refuse an image with a lower one than they have run',
    },
    'expires-days': {
      type: 'number',
      min: 1,
      max: 3650,
      default: 90,
      describe: 'after so many days it may not be newly installed',
    },
    out: { type: 'string', value: 'FILE', required: true, describe: 'the signed manifest (JSON)' },
  },
  async run(options, io) {
    const inputs = { '--image': options.image, '--key': options.key };
    const target = await checkOutput('--out', options.out, inputs);
    const { length, sha256 } = await describeFile(options.image);
    const manifest = check('FirmwareManifest', {
      v: 1,
      hardwareId: options['hardware-id'],
      version: options.version,
      securityCounter: options['security-counter'],
      length,
      sha256,
      expiresMs: Math.round(systemClock.wallMs() + options['expires-days'] * 86_400_000),
    });
    if (!manifest.ok) throw new PilotfishError('usage-manifest', manifest.message);
    const privateKey = await readSigningKey(options.key);
    const signed = signFirmware({ manifest: manifest.value, privateKey });
    await writeOutput(target, `${JSON.stringify(signed, null, 2)}\n`);
    io.out(JSON.stringify(manifest.value));
    return 0;
  },
});

async function readSigningKey(file: string): Promise<KeyObject> {
  const read = await readTextFile(file);
  if (!read.ok) throw new PilotfishError('usage-key', `--key ${file}: ${read.problem}`);
  const key = readPrivateKey(read.text);
  if (key?.asymmetricKeyType === 'ed25519') return key;
  throw new PilotfishError('usage-key', `${file} holds no Ed25519 private key in PEM`);
}

void runProcess({
  name: 'firmware',
  version: '1',
  summary: 'makes and signs firmware images',
  commands: { keygen, bundle, sign },
});
