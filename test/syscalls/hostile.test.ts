/** Arguments and memory of any kind: every decoder gives a text, or says that the call does not use the argument. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { BuiltinHost } from "../../abi/builtins.ts";
import { type Long, long } from "../../base/int64.ts";
import { decoders } from "../../tapsets/syscalls/decoders.ts";

/** Some memory is there, some is not. */
function hostOf(memory: Uint8Array, arch: string): BuiltinHost {
  const read = (address: Long, size: number): Uint8Array | undefined => {
    expect(size).toBeLessThanOrEqual(4096);
    if (BigInt(address) % 3n === 0n) return undefined;
    return Uint8Array.from({ length: size }, (_, i) => memory[i % memory.length] ?? 0);
  };
  return {
    arch,
    maxString: 512,
    readMemory: read,
    readString: (address: Long, limit: number) => (BigInt(address) % 3n === 0n ? undefined : "x".repeat(limit)),
    signalName: (signal: Long) => `SIG${signal}`,
    errnoName: () => undefined,
  } as unknown as BuiltinHost;
}

const numbers = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.constantFrom(0n, 1n, 2n, 3n, -1n, 4n, 16n, 0x7fffffffn, 0xffffffffn, -(2n ** 63n)),
);

test.each(Object.keys(decoders))("%s", (kind) => {
  const property = fc.property(
    fc.array(numbers, { minLength: 6, maxLength: 6 }),
    fc.uint8Array({ minLength: 1, maxLength: 64 }),
    fc.integer({ min: 0, max: 5 }),
    fc.constantFrom("x86_64", "riscv64"),
    (values, memory, at, arch) => {
      const text = decoders[kind]?.({ c: hostOf(memory, arch), all: values.map(long), at });
      expect(["string", "undefined"]).toContain(typeof text);
    },
  );
  fc.assert(property, { numRuns: 60, seed: 7 });
});
