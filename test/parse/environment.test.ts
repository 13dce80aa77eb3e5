/**
 * The default answers of `%( kernel_v … %)` are those of the kernel model: what its uname system call tells a program.
 * struct utsname is six fields of 65 bytes; the third is the release, the fifth the machine.
 */
import { expect, test } from "vitest";
import type { SyscallContext } from "../../kernel/syscall-context.ts";
import { system } from "../../kernel/syscalls/system.ts";
import { modelEnvironment } from "../../lang/parser/environment.ts";

test("the release and the machine are those of uname", () => {
  let written = new Uint8Array();
  const copyOut = (_address: unknown, bytes: Uint8Array) => {
    written = Uint8Array.from(bytes);
    return true;
  };
  const context = { mm: { copyOut } } as unknown as SyscallContext;
  expect(system.uname?.(context, 0x1000n)).toBe(0);
  const fields = Array.from({ length: 6 }, (_, i) =>
    Buffer.from(written.subarray(i * 65, i * 65 + 65))
      .toString()
      .replace(/\0.*$/s, ""),
  );
  expect(fields[2]).toBe(modelEnvironment.kernelRelease);
  expect(fields[4]?.startsWith(modelEnvironment.arch)).toBe(true);
});
