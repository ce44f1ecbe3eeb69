import { describe, expect, it } from 'vitest';
import { isObjectPath, readObjectRequest } from '../../../cloud-stub/http/object-requests.ts';
import { S3Refusal } from '../../../cloud-stub/s3-errors.ts';

const read = (target: string, method = 'GET', headers: Record<string, string> = {}) =>
  readObjectRequest({ method, target, headers });

/** The refusal of a request. */
function refusalOf(...request: Parameters<typeof read>) {
  try {
    read(...request);
    return undefined;
  } catch (error) {
    return error instanceof S3Refusal ? error.error : error;
  }
}

describe('the key of a request', () => {
  it.each([
    ['/objects/a', 'a'],
    ['/objects/a%20b+c%2Bd', 'a b+c+d'],
    ['/objects/a%2Fb/../c', 'a/b/../c'],
    ['/objects/%C3%A4?x-id=GetObject', 'ä'],
    ['/objects/%2541', '%41'],
  ])('of %s is %j', (target, key) => {
    expect(read(target).key).toBe(key);
  });

  it.each(['/objects/%zz', '/objects/%', '/objects/%ff', '/objects/%C3'])(
    'is refused when it is not percent-encoded UTF-8: %s',
    (target) => {
      expect(refusalOf(target)).toMatchObject({ status: 400, code: 'InvalidURI' });
    },
  );
});

describe('a request for the bucket', () => {
  it('may name it with and without the slash', () => {
    for (const path of ['/objects', '/objects/']) {
      expect(isObjectPath(path)).toBe(true);
      const { operation, key } = read(`${path}?list-type=2`);
      expect([operation.name, key]).toEqual(['ListObjectsV2', '']);
    }
    for (const path of ['/object', '/objectsx', '/', '']) expect(isObjectPath(path)).toBe(false);
  });
});

describe('a header that the signer moved into the query', () => {
  const checksum = { 'x-amz-checksum-sha256': 'q+/0=' };

  it('counts like the header, with its plus signs', () => {
    const { headers } = read('/objects/a?X-Amz-Checksum-SHA256=q+/0=', 'PUT');
    expect(headers).toEqual(checksum);
  });

  it('is refused beside the header, and twice in the query', () => {
    const once = 'x-amz-checksum-sha256=q';
    const twice = { status: 400, code: 'InvalidRequest' };
    expect(refusalOf(`/objects/a?${once}`, 'PUT', checksum)).toMatchObject(twice);
    expect(refusalOf(`/objects/a?${once}&${once}`, 'PUT')).toMatchObject(twice);
  });
});
