/** What scripts can learn of addresses of a process: frames of its stack, names, and places in its source. */
import type { Long } from "../base/int64.ts";

export interface StackFrame {
  readonly address: Long;
  /** Where a call returns to: what called is before it. */
  readonly isReturnAddress: boolean;
  /** Found without call frame information: a guess. */
  readonly inexact: boolean;
}

/** What an address is in; a part that is not known is absent. Sizes and offsets are bytes. */
export interface AddressName {
  readonly symbol?: { readonly name: string; readonly offset: number; readonly size: number };
  /** `offset` from where its first byte is mapped, `size` of all that is mapped of it. */
  readonly module?: { readonly path: string; readonly offset: number; readonly size: number };
}

export interface SourcePlace {
  readonly file: string;
  readonly line: number;
}

/** Registers to begin a backtrace with, instead of those of the hit. */
export interface StackStart {
  readonly pc: Long;
  readonly sp: Long;
  readonly fp: Long;
}
