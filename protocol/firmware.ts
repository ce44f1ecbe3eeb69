/**
 * DSSE v1 pre-authentication encoding: the bytes that are signed. Type and length stand in front of the payload, so a
 * signature over one kind of document can never be passed off as one over another.
 * Source: Dead Simple Signing Envelope, protocol.md.
 */
export function preAuthEncoding(payloadType: string, payload: Uint8Array): Uint8Array {
  const encoder = new TextEncoder();
  const type = encoder.encode(payloadType);
  const head = encoder.encode(`DSSEv1 ${type.byteLength} ${payloadType} ${payload.byteLength} `);
  const bytes = new Uint8Array(head.byteLength + payload.byteLength);
  bytes.set(head);
  bytes.set(payload, head.byteLength);
  return bytes;
}

export const firmwarePayloadType = 'application/vnd.pilotfish.firmware+json';
