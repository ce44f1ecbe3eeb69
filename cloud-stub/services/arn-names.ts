/** The names in ARNs. */

const nameIn = (kind: string) => {
  const form = new RegExp(`^arn:aws[a-z-]*:iot:[^:]*:[^:]*:${kind}/(.+)$`);
  return (text: string): string | undefined => form.exec(text)?.[1];
};

/** Each is undefined when the text is not the ARN of such a thing. */
export const thingIn = nameIn('thing');
export const groupIn = nameIn('thinggroup');
export const certificateIn = nameIn('cert');
