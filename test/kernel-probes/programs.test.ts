/** Programs in JavaScript are seen in the kernel as ELF programs are; expected is what each program does, beside it. */
import { expect, test } from "vitest";
import { probe } from "../../testing/index.ts";

test("their system calls, and what goes into and out of their memory", () => {
  const script = `
    probe kernel.trace("sys_enter_openat") { printf("%s %s\\n", $$name, user_string($filename)) }
    probe kernel.function("strncpy_from_user").return { printf("%s, %d bytes\\n", $dst, $return) }
    probe kernel.function("copy_to_user") { printf("%s %d\\n", string_quoted($from), $n) }
    probe kernel.function("vfs_read").return { printf("read %d\\n", $return) }`;
  const { out } = probe(script, {
    files: { "/note": "hello" },
    program: function* (sys, memory) {
      const fd = yield sys.openat(-100, "/note", 0, 0);
      yield sys.read(fd, memory.alloc(16), 16);
      return 0;
    },
  });
  expect(out).toBe('sys_enter_openat /note\n/note, 5 bytes\n"hello" 5\nread 5\n');
});

test("their end", () => {
  const script = `probe kernel.function("do_exit") { printf("%s %#x\\n", execname(), $code) }`;
  expect(
    probe(script, {
      argv: ["prog"],
      // biome-ignore lint/correctness/useYield: it makes no call
      program: function* () {
        return 3;
      },
    }).out,
  ).toMatch(/^\S+ 0x300\n$/);
});

test("vm.mmap and vm.munmap", () => {
  const script = `probe vm.mmap { printf("%d bytes at %d, ", length, address) } probe vm.munmap { println(length) }`;
  const { out } = probe(script, {
    program: function* (sys) {
      const at = yield sys.mmap(0, 8192, 3, 0x22, -1, 0);
      return yield sys.munmap(at, 8192);
    },
  });
  expect(out).toBe("8192 bytes at 0, 8192\n");
});
