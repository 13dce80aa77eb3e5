/**
 * Location plans: how the value of a `$variable` is found at a probe, worked out at compile time.
 *
 * Made by `debuginfo/` for one pc (location list entry, frame base and CFA rule already chosen), carried in the
 * manifest as JSON, evaluated by `runtime/` on the stopped task. A target that hands over events after the fact
 * can prefetch exactly these.
 *
 * The value of a plan: start at `base`, apply `steps` in order, then `fetch`.
 */

/** The CFA at the probe's pc, from `.eh_frame` or `.debug_frame`. Registers have DWARF numbers. */
export type CfaPlan =
  | { readonly kind: "register"; readonly register: number; readonly offset: number }
  | { readonly kind: "expression"; readonly expression: string };

/** What the callers of a function passed in registers; which of them called is known by the return address. */
export interface EntryPlan {
  readonly cfa: CfaPlan;
  readonly returnAddress: { readonly register: number } | { readonly offset: number };
  /** Its value in the caller is the CFA. */
  readonly stackPointer: number;
  /** Where the function saved registers of the caller: offsets from the CFA. */
  readonly saved: readonly (readonly [register: number, offset: number])[];
  readonly callers: readonly CallerPlan[];
}

export interface CallerPlan {
  /** Link-time address. */
  readonly returnsTo: number;
  /** What it passed in a register: a DWARF expression over its own registers, as hex. */
  readonly values: readonly (readonly [register: number, expression: string])[];
  readonly frameBase?: string;
  readonly cfa?: CfaPlan;
  readonly entry?: EntryPlan;
}

/** Finds the load bias of a file: `address` is the link-time address of the byte at `fileOffset`. */
export interface ModulePlace {
  /** Canonical. */
  readonly path: string;
  readonly fileOffset: number;
  readonly address: number;
}

export type PlanBase =
  /** A DWARF location expression (DWARF 5, 2.6), as hex; addresses in it are link-time and get the load bias added. */
  | {
      readonly kind: "dwarf";
      readonly expression: string;
      readonly frameBase?: string;
      readonly cfa?: CfaPlan;
      /** For DW_OP_entry_value: what the callers passed. */
      readonly entry?: EntryPlan;
      /** The file whose load bias is meant; absent for the probed file. */
      readonly module?: ModulePlace;
    }
  /** The value is known: DW_AT_const_value, an enumerator; decimal text of a signed 64-bit integer. */
  | { readonly kind: "constant"; readonly value: string }
  /** The value is in these registers, low bytes first: a `$return` by the psABI. */
  | { readonly kind: "registers"; readonly registers: readonly number[] }
  /** The value (an address or an integer) is dynamic argument `argument` of the access: casts. */
  | { readonly kind: "argument"; readonly argument: number };

export type PlanStep =
  /** What we have is a pointer of 8 bytes: go where it points. */
  | { readonly kind: "deref" }
  /** A member: move by bytes. */
  | { readonly kind: "offset"; readonly bytes: number }
  /** An element: move by `stride` bytes times dynamic argument `argument`. */
  | { readonly kind: "index"; readonly stride: number; readonly argument: number };

export type PlanFetch =
  /** `bits` for a bit-field: `offset` counts from the least significant bit of the `size` bytes. */
  | {
      readonly kind: "integer";
      readonly size: 1 | 2 | 4 | 8;
      readonly signed: boolean;
      readonly bits?: { readonly offset: number; readonly size: number };
    }
  /** IEEE 754 bits, a `float` widened to `double` first. */
  | { readonly kind: "float"; readonly size: 4 | 8 }
  /** `&$x`, and arrays, which are their address: the address itself, without reading. */
  | { readonly kind: "address" };

/**
 * A value as text, `$x$` and `$x$$`: a format of the language, and how each of its values is found, all from one base.
 * When one of them cannot be read the whole is `ERROR`.
 */
export interface PrettyPlan {
  /** As the script wrote it, for messages. */
  readonly text: string;
  readonly base: PlanBase;
  readonly format: string;
  readonly values: readonly PrettyValue[];
}

export interface PrettyValue {
  readonly steps: readonly PlanStep[];
  readonly fetch: PlanFetch;
  /** The value is the address of a string, which is printed in quotes: at most so many bytes; 0 is without a bound. */
  readonly string?: number;
}

export interface VariablePlan {
  /** As the script wrote it, for messages: `$p->next`. */
  readonly text: string;
  readonly base: PlanBase;
  readonly steps: readonly PlanStep[];
  readonly fetch: PlanFetch;
  /** The type is a pointer: printed in hexadecimal where a type decides. */
  readonly pointer: boolean;
}
