/**
 * Theory of operation. Anyone who can reach a port can open connections to it, so a connection is unproven until its
 * peer has proved its identity. Unproven connections are bounded per address and in total. One too many closes the one
 * that has been unproven for longest: a normal peer needs about a second, while an attacker's connection can stay idle
 * forever. So the newest peer always gets a chance, and idle connections from one address do not affect a peer at
 * another. Proven connections count only towards the total (robots behind one NAT share an address) and are never
 * closed to make room. Some places are reserved for unproven ones, so that a peer can always connect and prove itself.
 *
 * `C` is the connection, compared by identity. Pure: it closes nothing.
 */
export interface AdmissionBounds {
  /** Bound of all connections, unproven and proven. */
  readonly connectionsMax: number;
  readonly provenMax: number;
  readonly unprovenMax: number;
  readonly unprovenPerAddressMax: number;
}

export interface Admission<C> {
  /** Adds an unproven connection and returns the one that must be closed for it, which may be itself. */
  add(connection: C, address: string): C | undefined;
  /** Its peer has proved its identity. Returns false, without effect, when there are too many proven ones. */
  prove(connection: C): boolean;
  /** It is unproven again, and the newest of these. Returns the one that must be closed for it. */
  unprove(connection: C): C | undefined;
  /** Whether one more may be proven. */
  hasRoom(): boolean;
  isProven(connection: C): boolean;
  remove(connection: C): void;
  readonly unproven: number;
  readonly proven: number;
}

/** Shares of a total: half of all may be unproven, and a quarter may come from one address. */
export const boundsOf = (connectionsMax: number): AdmissionBounds => ({
  connectionsMax,
  provenMax: connectionsMax - Math.max(1, Math.floor(connectionsMax / 8)),
  unprovenMax: Math.max(1, Math.min(1024, Math.floor(connectionsMax / 2))),
  unprovenPerAddressMax: Math.max(1, Math.min(512, Math.floor(connectionsMax / 4))),
});

export function createAdmission<C>(bounds: AdmissionBounds): Admission<C> {
  const addresses = new Map<C, string>();
  /** Oldest first: a set keeps the order of insertion. */
  const unproven = new Set<C>();
  const byAddress = new Map<string, Set<C>>();

  const removeUnproven = (connection: C) => {
    unproven.delete(connection);
    const address = addresses.get(connection) ?? '';
    const others = byAddress.get(address);
    others?.delete(connection);
    if (others?.size === 0) byAddress.delete(address);
  };
  const addUnproven = (connection: C): C | undefined => {
    const address = addresses.get(connection) ?? '';
    const others = byAddress.get(address) ?? new Set();
    byAddress.set(address, others.add(connection));
    unproven.add(connection);
    if (others.size > bounds.unprovenPerAddressMax) return oldest(others);
    const isFull = unproven.size > bounds.unprovenMax || addresses.size > bounds.connectionsMax;
    return isFull ? oldest(unproven) : undefined;
  };
  const remove = (connection: C) => {
    removeUnproven(connection);
    addresses.delete(connection);
  };
  const hasRoom = () => addresses.size - unproven.size < bounds.provenMax;

  return {
    add(connection, address) {
      addresses.set(connection, addressGroup(address));
      const closed = addUnproven(connection);
      if (closed !== undefined) remove(closed);
      return closed;
    },
    prove(connection) {
      if (!addresses.has(connection)) return false;
      if (!unproven.has(connection)) return true;
      if (!hasRoom()) return false;
      removeUnproven(connection);
      return true;
    },
    unprove(connection) {
      if (!addresses.has(connection) || unproven.has(connection)) return undefined;
      const closed = addUnproven(connection);
      if (closed !== undefined) remove(closed);
      return closed;
    },
    hasRoom,
    isProven: (connection) => addresses.has(connection) && !unproven.has(connection),
    remove,
    get unproven() {
      return unproven.size;
    },
    get proven() {
      return addresses.size - unproven.size;
    },
  };
}

const oldest = <C>(connections: ReadonlySet<C>): C | undefined => {
  const [first] = connections;
  return first;
};

/**
 * The addresses that one peer controls: an IPv4 address, or the 64 bits that a network gives to one host (RFC 4291,
 * section 2.5.4).
 */
export function addressGroup(address: string): string {
  const [, mapped] = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address) ?? [];
  if (mapped !== undefined) return mapped;
  if (!address.includes(':')) return address;
  const [head = '', tail] = (address.split('%')[0] ?? '').split('::');
  const [left, right] = [head, tail ?? ''].map((part) => (part === '' ? [] : part.split(':')));
  const zeros = tail === undefined ? 0 : 8 - (left?.length ?? 0) - (right?.length ?? 0);
  const words = [...(left ?? []), ...Array<string>(Math.max(0, zeros)).fill('0'), ...(right ?? [])];
  return words.slice(0, 4).join(':');
}
