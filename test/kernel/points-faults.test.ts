/** page_fault_user: what comes to a page that is not there, or not in this way; 12, 13 and 15 are riscv's causes. */
import { expect, test } from "vitest";
import { hooks, MAIN, trace } from "./points-kit.ts";
import { start } from "./run.ts";

const CHILD = MAIN + 1;
const PAGE = 4096;
const [FETCH, READ, WRITE] = [12, 13, 15];
const [PROT_READ, PROT_READ_WRITE] = [1, 3];
const MAP_PRIVATE_ANONYMOUS = 0x22;
const MADV_DONTNEED = 4;

/** The faults in an area of the program's own: page of it and cause. */
function faults(program: Parameters<typeof trace>[0], area: () => number): readonly string[] {
  return trace(program, ["page_fault_user address error_code"]).flatMap((line) => {
    const [, tid, address, cause] = /^(\d+): .*address=(\d+) error_code=(\d+)/.exec(line)!.map(Number);
    const at = address! - area();
    return at >= 0 && at < 16 * PAGE ? [`${tid} ${at} ${cause}`] : [];
  });
}

test("first touches, copies on write, what is not allowed", () => {
  let area = 0;
  const seen = faults(
    function* (sys, memory) {
      area = yield sys.mmap(0, 16 * PAGE, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS, -1, 0);
      // A read finds the page of zeroes, which nobody may write: the write is another fault.
      memory.u8(area + 8);
      memory.setU8(area + 9, 1);
      memory.setU8(area + 10, 1);
      memory.setU8(area + PAGE, 1);
      memory.u8(area + PAGE);
      // Over the end of a page: the first byte of the other one.
      memory.write(area + 3 * PAGE - 4, new Uint8Array(8));
      // The kernel's own accesses are none of the user's, and leave the page there.
      yield sys.getcwd(area + 4 * PAGE, 16);
      memory.u8(area + 4 * PAGE);
      const child = yield sys.fork(function* (s, own) {
        own.u8(area);
        own.setU8(area + 1, 1);
        own.setU8(area + 2, 1);
        yield s.exit(0);
      });
      yield sys.wait4(child, 0, 0, 0);
      memory.setU8(area + 3, 1);
      memory.setU8(area + 4, 1);
      yield sys.madvise(area, PAGE, MADV_DONTNEED);
      memory.u8(area);
      yield sys.mprotect(area + PAGE, PAGE, PROT_READ);
      memory.u8(area + PAGE);
      memory.setU8(area + PAGE, 2);
      return 0;
    },
    () => area,
  );
  expect(seen).toEqual([
    `${MAIN} 8 ${READ}`,
    `${MAIN} 9 ${WRITE}`,
    `${MAIN} ${PAGE} ${WRITE}`,
    `${MAIN} ${3 * PAGE - 4} ${WRITE}`,
    `${MAIN} ${3 * PAGE} ${WRITE}`,
    // The child sees the parent's page; to write it needs its own, once.
    `${CHILD} 1 ${WRITE}`,
    // The fork took the parent's right to write, too, though nobody shares the page any more.
    `${MAIN} 3 ${WRITE}`,
    `${MAIN} 0 ${READ}`,
    // It is there, but not to be written: SIGSEGV follows.
    `${MAIN} ${PAGE} ${WRITE}`,
  ]);
});

test("an ELF program: code is fetched, data is touched, and the registers are those of the instruction", () => {
  const { model } = start("/basics", { argv: ["/basics"] });
  const seen = new Set<bigint>();
  const first: { readonly cause: bigint; readonly page: number }[] = [];
  model.watchKernel!({ kind: "trace", name: "exceptions:page_fault_user" }, (event) => {
    const [address, ip, cause] = ["address", "ip", "error_code"].map((name) =>
      BigInt(event.value(name) as number | bigint),
    );
    const { mm, pc } = model.machine.current!;
    // The program's own instruction, and it is what the registers say.
    expect(BigInt(pc)).toBe(ip);
    const at = mm.mappings().find(({ start: from, end }) => Number(ip) >= from && Number(ip) < end);
    expect(at?.executable).toBe(true);
    if (cause === BigInt(FETCH)) expect(address! >= ip! && address! < ip! + 4n).toBe(true);
    seen.add(cause!);
    first.push({ cause: cause!, page: Math.floor(Number(address) / PAGE) });
  });
  const entryPage = Math.floor(model.machine.tasks()[0]!.pc / PAGE);
  model.run(hooks);
  expect([...seen].map(Number).toSorted()).toEqual([FETCH, READ, WRITE]);
  // The first of all is the page of the entry point.
  expect(first[0]).toEqual({ cause: BigInt(FETCH), page: entryPage });
});
