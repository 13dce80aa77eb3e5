/**
 * Where things lie that JavaScript and the generated code share: state of the hart that runs, records of decoded code.
 *
 * The state is in the bytes of the pool that the TLB leaves to the CPU; it is the hart's between entry and exit of a run.
 */
import { PAGE_SIZE } from "../../memory/page.ts";

/** User addresses are below 2^38 (sv39). */
export const USER_BITS = 38;

// biome-ignore format: table
export const STATE = {
  x:            0,  // 32 registers, then the place of writes to x0
  f:          512,
  fcsr:       768,
  reservation: 776, // see `Operands.reservation`
  pc:         784,
  left:       792,  // instructions of the budget that did not run
} as const;

/**
 * A record: what an instruction is, by halfword of its page.
 *
 *     +0 operation    +1 rd    +2 rs1    +3 rs2 (numbers of registers times 8)    +4 immediate, 32 bits
 *
 * Floating-point arithmetic has rs3 at +4 and the mask of the rounding mode at +5, a csr instruction its shift and mask.
 * The immediate of a branch inside its page is the distance of the records.
 */
export const RECORD_BYTES = 8;
/** A page's records, and one behind them that leads into the next page. */
export const BLOCK_BYTES = (PAGE_SIZE / 2 + 1) * RECORD_BYTES;

/** Why the interpreter returns; `STATE.pc` is where to go on. */
export const REASON = {
  /** The budget is used up. */
  budget: 0,
  /** The instruction is not for the interpreter: a trap, a fault, a rare case. */
  slow: 1,
  /** There is no record yet. */
  decode: 2,
  /** The TLB does not know the page. */
  page: 3,
} as const;
