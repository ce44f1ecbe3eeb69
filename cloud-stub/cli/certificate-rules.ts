import { usage } from '../../base/cli.ts';
import type { Option, Options } from '../../base/command.ts';
import { isTemplateName } from '../../protocol/topics.ts';
import { type CloudConfig, cloudDefaults } from '../config.ts';

/** The options of `serve` for robots' certificates. */
export const certificateRules = {
  activate: {
    type: 'string',
    default: cloudDefaults.activation,
    value: 'auto|hand',
    words: ['auto', 'hand'],
    describe: 'who makes a new certificate ACTIVE: the stub, or an operator',
  },
  'renewal-template': {
    type: 'string',
    default: cloudDefaults.renewalTemplate,
    value: 'NAME',
    describe: 'the provisioning template that robots name in a renewal',
  },
  'renewal-life-s': {
    type: 'number',
    default: cloudDefaults.renewalLifeMs / 1000,
    min: 1,
    describe: 'lifetime of a renewed certificate, in seconds',
  },
  'retire-after-s': {
    type: 'number',
    default: cloudDefaults.retireAfterMs / 1000,
    min: 0,
    describe: 'how long a superseded certificate stays valid, in seconds',
  },
} as const satisfies Record<string, Option>;

export function certificateConfig(options: Options<typeof certificateRules>): Partial<CloudConfig> {
  const { activate: activation, 'renewal-template': renewalTemplate } = options;
  if (!isTemplateName(renewalTemplate)) {
    throw usage(`--renewal-template is "${renewalTemplate}", expected [A-Za-z0-9_-]{1,36}`);
  }
  return {
    ...{ activation, renewalTemplate },
    renewalLifeMs: options['renewal-life-s'] * 1000,
    retireAfterMs: options['retire-after-s'] * 1000,
  };
}
