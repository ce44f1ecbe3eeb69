/** Names of resources in AWS's form. The stub has one account. */
export const account = '000000000000';
const arn = (region: string, resource: string): string =>
  `arn:aws:iot:${region}:${account}:${resource}`;

export const thingArn = (region: string, name: string): string => arn(region, `thing/${name}`);
export const thingGroupArn = (region: string, name: string): string =>
  arn(region, `thinggroup/${name}`);
export const jobArn = (region: string, jobId: string): string => arn(region, `job/${jobId}`);
export const caArn = (region: string, id: string): string => arn(region, `cacert/${id}`);
export const certificateArn = (region: string, id: string): string => arn(region, `cert/${id}`);
