/** Return instances: the cases where calls and returns do not pair up. Addresses and stacks are made up. */
import { expect, test } from "vitest";
import { ReturnStack } from "../../runtime/uprobes/returns.ts";

const TRAMPOLINE = 0x1000;
const call = (stack: ReturnStack<string>, payload: string, sp: bigint, returnAddress: number): void =>
  stack.push({ sp, returnAddress, payload });
const ended = (stack: ReturnStack<string>, sp: bigint): string[] =>
  stack.returned(sp, TRAMPOLINE).map((instance) => `${instance.payload}>${instance.returnAddress}`);

test("nested calls return in reverse order", () => {
  const stack = new ReturnStack<string>();
  call(stack, "outer", 1000n, 1);
  call(stack, "inner", 900n, 2);
  expect(ended(stack, 900n)).toEqual(["inner>2"]);
  expect(ended(stack, 1000n)).toEqual(["outer>1"]);
  expect(ended(stack, 1000n)).toEqual([]);
});

test("a machine whose return pops the address leaves sp one word higher", () => {
  const stack = new ReturnStack<string>();
  call(stack, "outer", 1000n, 1);
  call(stack, "inner", 900n, 2);
  expect(ended(stack, 908n)).toEqual(["inner>2"]);
});

test("a tail call returns for both, and goes on where the first would have", () => {
  const stack = new ReturnStack<string>();
  call(stack, "first", 1000n, 1);
  call(stack, "tail", 1000n, TRAMPOLINE);
  expect(ended(stack, 1000n)).toEqual(["tail>4096", "first>1"]);
});

test("calls left by a longjmp are forgotten when an older one returns", () => {
  const stack = new ReturnStack<string>();
  call(stack, "setter", 1000n, 1);
  call(stack, "left", 900n, 2);
  call(stack, "left too", 800n, 3);
  expect(ended(stack, 1000n)).toEqual(["setter>1"]);
});

test("calls left by a longjmp are forgotten when a new call comes from above them", () => {
  const stack = new ReturnStack<string>();
  call(stack, "setter", 1000n, 1);
  call(stack, "left", 800n, 2);
  call(stack, "next", 900n, 3);
  expect(stack.outstanding().map((instance) => instance.payload)).toEqual(["next", "setter"]);
});

test("a forked child has its own copy", () => {
  const stack = new ReturnStack<string>();
  call(stack, "f", 1000n, 1);
  const child = stack.copy();
  expect(ended(stack, 1000n)).toEqual(["f>1"]);
  expect(ended(child, 1000n)).toEqual(["f>1"]);
});
