/** S3's limit for a key, in bytes of UTF-8. */
export const keyBytesMax = 1024;

export const keyBytes = (key: string): number => Buffer.byteLength(key);

/**
 * A name for a file with an object's bytes. Keys are no paths: they may be longer than a file's name, contain `..`, or be
 * one another's folders. So each file has a random name. The end of the key is there for people, who look for a map and
 * open it.
 */
export function fileNameFor(key: string, nonce: string): string {
  const name = key.slice(key.lastIndexOf('/') + 1).replaceAll(/[^A-Za-z0-9._-]/g, '_');
  return `${nonce}-${name.slice(-nameCharsMax)}`;
}

const nameCharsMax = 100;

/** Whether `fileNameFor` makes such names. */
export const isFileName = (name: string): boolean => /^[0-9a-f]{24}-/.test(name);

/** A part's file is named by these, as an object's by its key. */
export const partNameFor = (uploadId: string, number: number): string => `${uploadId}-${number}`;

/** The upload whose part the file has. */
export const uploadIdIn = (file: string): string | undefined =>
  /[0-9a-f]{24}-([0-9a-f]+)-\d+$/.exec(file)?.[1];
