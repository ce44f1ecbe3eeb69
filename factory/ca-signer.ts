import { createPublicKey, type KeyObject } from 'node:crypto';
import { keySigner, type Signer } from '../base/x509/algorithms.ts';

/** The CA's key, wherever it is: the station requests signatures and never sees the key itself. */
export interface CaSigner extends Signer {
  readonly publicKey: KeyObject;
  /** Where the key is, as text for people. */
  readonly place: string;
  /** A key in a file can be copied by anyone who can read the file; use it only for trials. */
  readonly isSoftware: boolean;
  /** Releases the key after the signatures in progress are done. */
  close(): Promise<void>;
}

/** A software CA: the key was read from the file `place`. */
export function softwareSigner(privateKey: KeyObject, place: string): CaSigner {
  return {
    ...keySigner(privateKey),
    publicKey: createPublicKey(privateKey),
    place,
    isSoftware: true,
    close: async () => {},
  };
}
