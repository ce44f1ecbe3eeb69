/** Names of resources in AWS's form. The stub has one account. */
const account = '000000000000';
const arn = (region: string, resource: string): string =>
  `arn:aws:iot:${region}:${account}:${resource}`;

export const thingArn = (region: string, name: string): string => arn(region, `thing/${name}`);
export const thingGroupArn = (region: string, name: string): string =>
  arn(region, `thinggroup/${name}`);
export const jobArn = (region: string, jobId: string): string => arn(region, `job/${jobId}`);
export const certificateArn = (region: string, id: string): string => arn(region, `cert/${id}`);

/** The name in the ARN of a thing; undefined when it is none. The functions below do the same. */
export const thingIn = (text: string): string | undefined =>
  /^arn:aws[a-z-]*:iot:[^:]*:[^:]*:thing\/(.+)$/.exec(text)?.[1];

export const groupIn = (text: string): string | undefined =>
  /^arn:aws[a-z-]*:iot:[^:]*:[^:]*:thinggroup\/(.+)$/.exec(text)?.[1];

/** The certificate's id in its ARN; undefined when it is none. */
export const certificateIn = (text: string): string | undefined =>
  /^arn:aws[a-z-]*:iot:[^:]*:[^:]*:cert\/([0-9a-f]{64})$/.exec(text)?.[1];
