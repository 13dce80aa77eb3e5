/** Which probes a call is for, and what the target is told: the names of calls are numbers of its machine by then. */
import { expect, test } from "vitest";
import type { ProbeSpec } from "../../abi/manifest.ts";
import type { BoundProbe } from "../../runtime/binder.ts";
import { SyscallProbes } from "../../runtime/syscall-probes.ts";
import { type SyscallArch, syscalls } from "../../target/syscalls.ts";
import type { Target } from "../../target/target.ts";

function probe(index: number, event: "syscall" | "syscall.return", more: Partial<ProbeSpec> = {}): BoundProbe {
  const spec = { kind: "process", event, selector: { kind: "any" }, ...more } as ProbeSpec;
  const source = { file: "test", line: 1 };
  return { index, enabled: true, probe: { spec, point: "", name: "", entryPlans: [], plans: [], source } };
}

/** What the target is told, undefined for nothing; and the indexes of the probes of a call. */
function armed(arch: SyscallArch, probes: readonly BoundProbe[]) {
  let told: readonly number[] | undefined;
  const target = {
    arch: { name: arch },
    observeSyscalls(numbers: ReadonlySet<number>) {
      told = [...numbers].sort((a, b) => a - b);
    },
  } as unknown as Target;
  const made = new SyscallProbes(probes, target);
  return { told, made, of: (number: number) => made.of("syscall", number).map(({ index }) => index) };
}

const named = (...calls: readonly string[]) => ({ calls });

test("numbers are those of the machine", () => {
  const probes = [probe(0, "syscall", named("openat")), probe(1, "syscall.return", named("close"))];
  expect(armed("riscv64", probes).told).toEqual([56, 57]);
  expect(armed("x86_64", probes).told).toEqual([3, 257]);
});

test("a call that the machine lacks is never reported", () => {
  expect(armed("riscv64", [probe(0, "syscall", named("open", "openat"))]).told).toEqual([56]);
});

test("one probe of every call is enough to want them all", () => {
  expect(armed("x86_64", [probe(0, "syscall", named("openat")), probe(1, "syscall.return")]).told).toBeUndefined();
});

test("a script without probes of calls tells the target nothing", () => {
  expect(armed("x86_64", []).told).toBeUndefined();
});

test("a hit finds its own probes, and those of every call, in the order of the script", () => {
  const { of } = armed("x86_64", [
    probe(0, "syscall", named("openat")),
    probe(1, "syscall"),
    probe(2, "syscall", named("close", "openat")),
    probe(3, "syscall.return", named("openat")),
    probe(4, "syscall"),
  ]);
  expect([of(257), of(3), of(0)]).toEqual([
    [0, 1, 2, 4],
    [1, 2, 4],
    [1, 4],
  ]);
});

test("with a probe on each call a hit looks at one", () => {
  const rows = syscalls.filter((row) => row.x86_64 !== undefined);
  const { of } = armed(
    "x86_64",
    rows.map(({ name }, i) => probe(i, "syscall", named(name))),
  );
  for (const [i, row] of rows.entries()) expect(of(row.x86_64 ?? -1)).toEqual([i]);
});

test("entries are watched for their arguments only where a return probe asks", () => {
  expect(armed("x86_64", [probe(0, "syscall.return", named("read"))]).made.keepsArguments).toBe(false);
  const asking = { ...named("read"), arguments: true };
  expect(armed("x86_64", [probe(0, "syscall.return", asking)]).made.keepsArguments).toBe(true);
});
