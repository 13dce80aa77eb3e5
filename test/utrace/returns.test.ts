/** Open calls: the cases where calls and returns do not pair up. Addresses and stacks are made up. */
import { expect, test } from "vitest";
import { ReturnFrames } from "../../runtime/uprobes/returns.ts";

const call = (frames: ReturnFrames<string>, payload: string, sp: number, returnAddress: number): boolean =>
  frames.enter(sp, returnAddress, payload);
const ended = (frames: ReturnFrames<string>, sp: number): string | undefined => {
  const found = frames.returned(sp);
  return found && `${found.payloads.join(" ")}>${found.address}`;
};

test("nested calls return in reverse order", () => {
  const frames = new ReturnFrames<string>();
  call(frames, "outer", 1000, 1);
  call(frames, "inner", 900, 2);
  expect(ended(frames, 900)).toBe("inner>2");
  expect(ended(frames, 1000)).toBe("outer>1");
  expect(ended(frames, 500)).toBeUndefined();
});

test("a caller and its callee whose frames are one word apart are told apart", () => {
  const frames = new ReturnFrames<string>();
  call(frames, "outer", 908, 1);
  call(frames, "inner", 900, 2);
  expect(ended(frames, 900)).toBe("inner>2");
  expect(ended(frames, 908)).toBe("outer>1");
});

test("a return that takes off arguments too finds its call", () => {
  const frames = new ReturnFrames<string>();
  call(frames, "outer", 1000, 1);
  call(frames, "inner", 900, 2);
  expect(ended(frames, 916)).toBe("inner>2");
});

test("a tail call returns for both, newest first, and goes on where the first would have", () => {
  const frames = new ReturnFrames<string>();
  call(frames, "first", 1000, 1);
  expect(frames.enter(1000, undefined, "tail")).toBe(true);
  expect(ended(frames, 1000)).toBe("tail first>1");
});

test("a tail call from a frame that nobody knows is not taken", () => {
  const frames = new ReturnFrames<string>();
  expect(frames.enter(1000, undefined, "tail")).toBe(false);
  expect(frames.open()).toEqual([]);
});

test("calls left by a longjmp do not disturb older ones, and new ones take their place", () => {
  const frames = new ReturnFrames<string>();
  call(frames, "setter", 1000, 1);
  call(frames, "left", 900, 2);
  call(frames, "left too", 800, 3);
  call(frames, "new", 900, 4);
  expect(ended(frames, 900)).toBe("new>4");
  expect(ended(frames, 1000)).toBe("setter>1");
});

test("a call on another stack, above this one, leaves the calls of this one alone", () => {
  const frames = new ReturnFrames<string>();
  call(frames, "interrupted", 1000, 1);
  call(frames, "handler", 9000, 2);
  expect(ended(frames, 9000)).toBe("handler>2");
  expect(ended(frames, 1000)).toBe("interrupted>1");
});

test("what returns twice goes on where it went the first time, and is reported once", () => {
  const frames = new ReturnFrames<string>();
  call(frames, "setjmp", 1000, 1);
  expect(ended(frames, 1000)).toBe("setjmp>1");
  expect(ended(frames, 1000)).toBe(">1");
});

test("a forked child has its own copy", () => {
  const frames = new ReturnFrames<string>();
  call(frames, "f", 1000, 1);
  const child = frames.copy();
  expect(ended(frames, 1000)).toBe("f>1");
  expect(ended(child, 1000)).toBe("f>1");
});

test("open calls are told innermost first, without those that returned", () => {
  const frames = new ReturnFrames<string>();
  call(frames, "outer", 1000, 1);
  call(frames, "inner", 900, 2);
  call(frames, "innermost", 800, 3);
  ended(frames, 800);
  expect(frames.open()).toEqual([
    { sp: 900, address: 2 },
    { sp: 1000, address: 1 },
  ]);
});

test("frames that are gone do not pile up, and open ones stay", () => {
  const frames = new ReturnFrames<string>();
  let asked = 0;
  for (let i = 0; i < 10_000; i++) {
    frames.sweep((sp) => {
      asked++;
      return sp >= 1_000_000;
    });
    call(frames, `${i}`, i % 100 === 0 ? 1_000_000 + i : 1000 + i, i);
  }
  expect(frames.open().filter(({ sp }) => sp >= 1_000_000)).toHaveLength(100);
  expect(frames.open().length).toBeLessThan(1000);
  expect(asked).toBeLessThan(30_000);
});
