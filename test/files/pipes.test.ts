/** Pipes at the level of system calls; expectations are those of pipe(7). */
import { expect, test } from "vitest";
import { ERRNO } from "../../target/errno.ts";
import { SIG } from "../../target/signals.ts";
import { BUFFER, TestKernel } from "./harness.ts";

function pipe(flags = 0): { k: TestKernel; r: number; w: number } {
  const k = new TestKernel();
  expect(k.call("pipe2", BUFFER, flags)).toBe(0);
  const fds = new DataView(k.memory.buffer, BUFFER);
  return { k, r: fds.getInt32(0, true), w: fds.getInt32(4, true) };
}

test("bytes come out as they went in", () => {
  const { k, r, w } = pipe();
  expect([r, w]).toEqual([0, 1]);
  expect(k.write(w, "hello, ")).toBe(7);
  expect(k.write(w, "world")).toBe(5);
  expect(k.read(r, 9)).toBe("hello, wo");
  expect(k.read(r, 9)).toBe("rld");
});

test("an empty pipe waits, is woken by a write, and ends when the last writer is gone", () => {
  const { k, r, w } = pipe();
  const wait = k.try("read", r, BUFFER, 10);
  expect(wait).toMatchObject({ kind: "block", restartable: true });
  k.write(w, "x");
  expect(typeof wait === "object" && k.woken.includes(wait.queues[0])).toBe(true);
  expect(k.call("dup", w)).toBe(2);
  k.call("close", w);
  expect(k.read(r, 10)).toBe("x");
  expect(k.try("read", r, BUFFER, 10)).toMatchObject({ kind: "block" });
  k.call("close", 2);
  expect(k.read(r, 10)).toBe("");
});

test("without readers: EPIPE and SIGPIPE", () => {
  const { k, r, w } = pipe();
  k.call("close", r);
  expect(k.write(w, "x")).toBe(-ERRNO.EPIPE);
  expect(k.signals).toEqual([SIG.SIGPIPE]);
});

test("writes up to PIPE_BUF are whole or not at all; longer ones fill what is free", () => {
  const { k, r, w } = pipe(0o4000);
  const page = "a".repeat(4096);
  for (let i = 0; i < 15; i++) expect(k.write(w, page)).toBe(4096);
  expect(k.write(w, "b".repeat(100))).toBe(100); // 3996 bytes are free
  expect(k.write(w, page)).toBe(-ERRNO.EAGAIN);
  expect(k.write(w, "c".repeat(5000))).toBe(3996);
  expect(k.write(w, "d")).toBe(-ERRNO.EAGAIN);
  k.call("read", r, BUFFER, 4096);
  expect(k.write(w, page)).toBe(4096);
});

test("a long blocking write goes on where it stopped", () => {
  const { k, r, w } = pipe();
  const text = "abcdefghij".repeat(10_000);
  const wait = k.try("write", w, text, text.length);
  expect(wait).toMatchObject({ kind: "block", restartable: false, partial: 65_536 });
  let seen = "";
  const restart = k.task.restart;
  seen += k.read(r, 65_536);
  k.task.restart = restart;
  expect(k.call("write", w, text, text.length)).toBe(100_000);
  seen += k.read(r, 65_536);
  expect(seen).toBe(text);
});

test("poll tells data, room, hang-up and error", () => {
  const { k, r, w } = pipe();
  const ask = (fd: number): number => {
    const row = new Uint8Array(8);
    new DataView(row.buffer).setInt32(0, fd, true);
    new DataView(row.buffer).setInt16(4, 0x7, true);
    const count = k.call("ppoll", row, 1, new Uint8Array(16), 0, 0);
    return count === 0 ? 0 : new DataView(k.memory.buffer).getInt16(4096 + 6, true);
  };
  expect(ask(r)).toBe(0);
  expect(ask(w)).toBe(0x4);
  k.write(w, "x");
  expect(ask(r)).toBe(0x1);
  k.call("close", w);
  expect(ask(r)).toBe(0x11); // POLLIN | POLLHUP
  expect(ask(77)).toBe(0x20);
});

test("a poll with a timeout waits until its deadline, not beyond", () => {
  const { k, r } = pipe();
  const row = new Uint8Array(8);
  row.set([r, 0, 0, 0, 1]);
  const second = new Uint8Array(new BigInt64Array([1n, 0n]).buffer);
  const deadline = Number(k.clock) + 1e9;
  expect(k.try("ppoll", row, 1, second, 0, 0)).toMatchObject({ kind: "block", deadline });
  k.clock += 999_999_999n;
  expect(k.try("ppoll", row, 1, second, 0, 0)).toMatchObject({ kind: "block", deadline });
  k.clock += 1n;
  expect(k.try("ppoll", row, 1, second, 0, 0)).toBe(0);
});
