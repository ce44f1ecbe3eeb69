/** The part of `aws4` (which ships no types) that the tests compare with. */
declare module 'aws4' {
  interface Request {
    service: string;
    region: string;
    method: string;
    host: string;
    path: string;
    headers?: Record<string, string>;
    body?: string;
    signQuery?: boolean;
  }
  const aws4: {
    sign(
      request: Request,
      credentials: { accessKeyId: string; secretAccessKey: string },
    ): { path: string; headers: Record<string, string> };
  };
  // biome-ignore lint/style/noDefaultExport: it is what the package exports.
  export default aws4;
}
