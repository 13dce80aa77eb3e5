/**
 * rseq(2): reasoned, because qemu-user does not have it. Four threads increase one counter 2000 times each with a load and a store;
 * no increment is lost, although slices end between the two (`restarts`), whatever the slice.
 */
import { expect, test } from "vitest";
import { SIG } from "../../target/signals.ts";
import { run } from "./run.ts";

// The C library would register for itself.
const envp = ["GLIBC_TUNABLES=glibc.pthread.rseq=0"];

test.each([997, 1009, 50_000])("no increment is lost in slices of %d instructions", (quantum) => {
  const { output, result } = run("/rseq", ["sequences"], { envp, quantum });
  expect(output).toMatch(/^counter\[0\] = 8000\nrestarts > 0 = [01]\n$/);
  if (quantum < 2000) expect(output).toContain("restarts > 0 = 1");
  expect(result).toEqual({ exitCode: 0 });
});

test("registration: aligned, of 32 bytes, once; taken back with the same words", () => {
  const results = run("/rseq", ["errors"], { envp }).output.match(/= .*/g);
  // biome-ignore format: table
  expect(results).toEqual([
    "= -1 EINVAL", "= -1 EINVAL", "= -1 EINVAL", "= -1 EINVAL", "= -1 EFAULT",
    "= 0", "= 0", "= -1 EBUSY", "= -1 EPERM", "= -1 EINVAL", "= -1 EPERM", "= 0", "= ffffffff", "= -1 EINVAL",
  ]);
});

// As x86-64 Linux 6.18 answers it.
test("a child of fork is registered, and what the thread is not in is forgotten", () => {
  expect(run("/rseq", ["forked"], { envp }).output.match(/= .*/g)).toEqual(["= 0", "= -1 EBUSY"]);
  expect(run("/rseq", ["forgotten"], { envp }).output).toBe("area.sequence = 0\n");
});

test("without the signature before it nothing is gone to: SIGSEGV", () => {
  expect(run("/rseq", ["bad_signature"], { envp }).result).toEqual({ signal: SIG.SIGSEGV });
});
