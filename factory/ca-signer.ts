import { createPublicKey, type KeyObject } from 'node:crypto';
import { keySigner, type Signer } from '../base/x509/algorithms.ts';

/** The CA's key, wherever it lives: the station asks it for signatures and never sees more of it. */
export interface CaSigner extends Signer {
  readonly publicKey: KeyObject;
  /** Where the key is, for people. */
  readonly place: string;
  /** A key in a file can be copied by whoever reads the file; good for trying things out only. */
  readonly isSoftware: boolean;
  /** Lets go of what holds the key, when the signatures in work are done. */
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
