/**
 * copy_from_user, copy_to_user and strncpy_from_user, which have no points of their own: `copies.ts` of the machine tells
 * of every copy that was made, when it was made.
 */

import { fromBytes } from "../../base/bytestring.ts";
import type { KernelPlace } from "../../target/kernel-points.ts";
import type { KernelCopy } from "../copies.ts";
import type { Machine } from "../machine.ts";
import { type KernelListener, PointEvent, type Values } from "./point.ts";

type CopyFunction = "copy_from_user" | "copy_to_user" | "strncpy_from_user";

/** The values of a hit; `result` is what is known at the return only. */
const values: {
  readonly [name in CopyFunction]: (copy: KernelCopy) => { readonly call: Values; readonly result: Values };
} = {
  copy_from_user: ({ address, bytes }) => ({
    call: { from: address, n: bytes.length },
    result: { to: fromBytes(bytes), return: 0 },
  }),
  copy_to_user: ({ address, bytes }) => ({
    call: { to: address, from: fromBytes(bytes), n: bytes.length },
    result: { return: 0 },
  }),
  strncpy_from_user: ({ address, bytes, limit = 0 }) => {
    // The NUL does not count; without one the limit was reached.
    const length = Math.min(bytes.length, limit) - (bytes.at(-1) === 0 ? 1 : 0);
    return {
      call: { src: address, count: limit },
      result: { dst: fromBytes(bytes.subarray(0, length)), return: length },
    };
  },
};

/** Undefined when the place is none of these. */
export function watchCopies(machine: Machine, place: KernelPlace, listener: KernelListener): (() => void) | undefined {
  const name = place.name as CopyFunction;
  if (place.kind === "trace" || !Object.hasOwn(values, name)) return undefined;
  return machine.copies.observe((copy: KernelCopy) => {
    if (functionOf(copy) !== name) return;
    const { call, result } = values[name](copy);
    listener(new PointEvent(machine.current, place.kind === "return" ? { ...call, ...result } : call));
  });
}

function functionOf({ direction, limit }: KernelCopy): CopyFunction {
  return limit === undefined ? direction : "strncpy_from_user";
}
