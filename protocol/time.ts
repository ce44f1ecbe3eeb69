/** No robot was ever made before this (ms since 1970): a clock that says less was never set. */
export const earliestMs = Date.UTC(2026, 0, 1);
