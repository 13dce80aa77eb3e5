/**
 * Where memory cannot be made executable, live tracing does with calls of the C library one by one: the contract suite
 * again, and what a program is traced with otherwise.
 */
import { expect, it, vi } from "vitest";
import { libc } from "../../live/ffi/libc.ts";
import { loadMachineCode } from "../../live/ffi/machine-code.ts";
import { describeLive } from "./contract.ts";

let refusals = 0;

vi.spyOn(libc, "mprotect").mockImplementation(() => {
  refusals++;
  return -13; // EACCES, as SELinux answers
});

describeLive("live Linux without machine code of our own");

it("was refused, once", () => {
  expect(refusals).toBe(process.platform === "linux" && process.arch === "x64" ? 1 : 0);
  expect(loadMachineCode(Uint8Array.of(0xc3))).toBeUndefined();
});
