/** The only part of node-forge in use. Loading this file alone takes a tenth of the time of the whole library. */
declare module 'node-forge/lib/asn1.js' {
  /** Octets are stored in strings, one character (0-255) each. */
  interface Asn1 {
    readonly tagClass: number;
    readonly type: number;
    readonly constructed: boolean;
    readonly value: string | readonly Asn1[];
  }
  interface Bytes {
    getBytes(): string;
  }
  interface Asn1Codec {
    create(
      tagClass: number,
      type: number,
      constructed: boolean,
      value: string | readonly Asn1[],
    ): Asn1;
    fromDer(
      bytes: string,
      options: {
        strict: boolean;
        parseAllBytes: boolean;
        decodeBitStrings: boolean;
        maxDepth: number;
      },
    ): Asn1;
    toDer(node: Asn1): Bytes;
    oidToDer(dotted: string): Bytes;
  }
  const codec: Asn1Codec;
  export = codec;
}
