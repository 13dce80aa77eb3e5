/** Address spaces: against a model that is a plain map of bytes, and case by case. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AddressSpace, type FileBacking, USER_END } from "../../kernel/memory/address-space.ts";
import { Frames, PAGE_SIZE } from "../../kernel/memory/frames.ts";
import { remap } from "../../kernel/memory/remap.ts";
import { refreshFile } from "../../kernel/memory/shared-pages.ts";

const RW = { readable: true, writable: true, executable: false } as const;
const RX = { readable: true, writable: false, executable: true } as const;
const NONE = { readable: false, writable: false, executable: false } as const;
const at = (page: number) => page * PAGE_SIZE;

function fileOf(content: Uint8Array): FileBacking {
  return {
    path: "/lib/f",
    size: content.length,
    readPage: (offset) => content.slice(offset, offset + PAGE_SIZE),
    writePage: (offset, bytes) => content.set(bytes, offset),
  };
}

describe("against a map of bytes", () => {
  /** Absent pages are unmapped. */
  interface Model {
    readonly pages: Map<number, { writable: boolean; bytes: Uint8Array }>;
  }
  const page = fc.integer({ min: 1, max: 12 });
  const command = fc.oneof(
    fc.record({ op: fc.constant("map" as const), page, count: page, writable: fc.boolean() }),
    fc.record({ op: fc.constant("unmap" as const), page, count: page }),
    fc.record({ op: fc.constant("protect" as const), page, count: page, writable: fc.boolean() }),
    fc.record({
      op: fc.constant("write" as const),
      page,
      offset: fc.integer({ min: 0, max: 4095 }),
      value: fc.nat(255),
    }),
    fc.record({ op: fc.constant("fork" as const) }),
  );

  it("holds for any sequence, in parents and children", () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 40 }), (commands) => {
        const frames = new Frames();
        let current = new AddressSpace(frames);
        const spaces: { mm: AddressSpace; model: Model }[] = [{ mm: current, model: { pages: new Map() } }];
        for (const [i, c] of commands.entries()) {
          const space = spaces[i % spaces.length]!;
          const { pages } = space.model;
          current = space.mm;
          if (c.op === "map") {
            current.map({ ...RW, writable: c.writable, start: at(c.page), length: at(c.count), fixed: "replace" });
            for (let p = c.page; p < c.page + c.count; p++)
              pages.set(p, { writable: c.writable, bytes: new Uint8Array(PAGE_SIZE) });
          } else if (c.op === "unmap") {
            current.unmap(at(c.page), at(c.count));
            for (let p = c.page; p < c.page + c.count; p++) pages.delete(p);
          } else if (c.op === "protect") {
            const all = Array.from({ length: c.count }, (_, k) => pages.get(c.page + k));
            const result = current.protect(at(c.page), at(c.count), { ...RW, writable: c.writable });
            expect(result).toBe(all.every(Boolean) ? 0 : -12);
            // Up to the first hole, as in Linux.
            const hole = all.findIndex((each) => !each);
            for (const each of hole < 0 ? all : all.slice(0, hole)) each!.writable = c.writable;
          } else if (c.op === "write") {
            const target = pages.get(c.page);
            const result = current.copyOut(at(c.page) + c.offset, new Uint8Array([c.value]));
            expect(result === true).toBe(target?.writable ?? false);
            if (target?.writable) target.bytes[c.offset] = c.value;
          } else if (spaces.length < 4) {
            const copy = new Map([...pages].map(([p, { writable, bytes }]) => [p, { writable, bytes: bytes.slice() }]));
            spaces.push({ mm: current.fork(), model: { pages: copy } });
          }
        }
        for (const { mm, model } of spaces) {
          for (let p = 0; p < 26; p++) {
            const bytes = mm.copyIn(at(p), PAGE_SIZE);
            const expected = model.pages.get(p)?.bytes;
            if (expected) expect(Buffer.compare(bytes as Uint8Array, expected)).toBe(0);
            else expect(bytes).toMatchObject({ kind: "fault", address: at(p), cause: "SEGV_MAPERR" });
          }
        }
        for (const { mm } of spaces) mm.release();
        expect(frames.used).toBe(0);
      }),
      { numRuns: 100, seed: 1 },
    );
  });
});

describe("files", () => {
  const content = new Uint8Array(PAGE_SIZE + 10).fill(7);

  it("are private copies, zero behind the end, and SIGBUS on pages wholly behind it", () => {
    const mm = new AddressSpace(new Frames());
    const file = fileOf(content);
    const start = mm.map({ ...RX, file, length: at(3) });
    expect(mm.copyIn(start + PAGE_SIZE + 9, 2)).toEqual(new Uint8Array([7, 0]));
    expect(mm.copyIn(start + at(2), 1)).toMatchObject({ cause: "BUS_ADRERR", address: start + at(2) });
    expect(mm.copyOut(start, new Uint8Array(1))).toMatchObject({ cause: "SEGV_ACCERR" });
    expect(mm.write(start, new Uint8Array([1]))).toBe(true);
    expect(content[0]).toBe(7);
    expect(mm.read(start, 2)).toEqual(new Uint8Array([1, 7]));
  });

  it("are shared on request, and written back", () => {
    const frames = new Frames();
    const file = fileOf(content.slice());
    const [a, b] = [new AddressSpace(frames), new AddressSpace(frames)];
    const start = a.map({ ...RW, file, shared: true, length: at(1) });
    const other = b.map({ ...RW, file, shared: true, length: at(1) });
    a.copyOut(start, new Uint8Array([1, 2]));
    expect(b.copyIn(other, 3)).toEqual(new Uint8Array([1, 2, 7]));
    expect(file.readPage(0)[0]).toBe(7);
    a.sync(start, at(1));
    expect(file.readPage(0)[0]).toBe(1);
    b.copyOut(other, new Uint8Array([9]));
    a.release();
    b.release();
    expect(file.readPage(0)[0]).toBe(9);
    expect(frames.used).toBe(0);
  });

  it("tell about mappings that come and go", () => {
    const mm = new AddressSpace(new Frames());
    const seen: string[] = [];
    const hex = (n: number) => (n / PAGE_SIZE).toString();
    mm.onMapping = (change, m) => seen.push(`${change} ${hex(m.start)}-${hex(m.end)} @${hex(m.offset)}`);
    mm.map({ ...RX, file: fileOf(content), start: at(16), length: at(4), fixed: "keep", offset: at(1) });
    mm.unmap(at(17), at(1));
    mm.map({ ...RW, start: at(19), length: at(1), fixed: "replace" });
    expect(seen).toEqual(["map 16-20 @1", "unmap 17-18 @2", "unmap 19-20 @4"]);
    expect(mm.mappings().map((m) => [m.start / PAGE_SIZE, m.end / PAGE_SIZE, m.offset / PAGE_SIZE])).toEqual([
      [16, 17, 1],
      [18, 19, 3],
      [19, 20, 0],
    ]);
  });
});

describe("the rest", () => {
  it("shares anonymous memory with children, touched or not", () => {
    const mm = new AddressSpace(new Frames());
    const start = mm.map({ ...RW, shared: true, length: at(2) });
    mm.copyOut(start, new Uint8Array([1]));
    const child = mm.fork();
    child.copyOut(start + PAGE_SIZE, new Uint8Array([2]));
    expect(mm.copyIn(start + PAGE_SIZE, 1)).toEqual(new Uint8Array([2]));
  });

  it("moves and grows mappings", () => {
    const mm = new AddressSpace(new Frames());
    const start = mm.map({ ...RW, start: at(16), length: at(2), fixed: "keep" });
    mm.copyOut(start, new Uint8Array([5]));
    const longer = { start, oldLength: at(3), newLength: at(4) };
    expect(remap(mm, { start, oldLength: at(2), newLength: at(3), mayMove: false })).toBe(start);
    mm.map({ ...RX, start: at(19), length: at(1), fixed: "keep" });
    expect(remap(mm, { ...longer, mayMove: false })).toBe(-12);
    const moved = remap(mm, { ...longer, mayMove: true });
    expect(moved).not.toBe(start);
    expect(mm.copyIn(moved, 1)).toEqual(new Uint8Array([5]));
    expect(mm.copyIn(start, 1)).toMatchObject({ kind: "fault" });
  });

  it("joins neighbours that are alike", () => {
    const mm = new AddressSpace(new Frames());
    for (const page of [16, 18, 17]) mm.map({ ...RW, start: at(page), length: at(1), fixed: "keep" });
    expect(mm.mappings()).toHaveLength(1);
    mm.protect(at(17), at(1), NONE);
    expect(mm.mappings()).toHaveLength(3);
    mm.protect(at(17), at(1), RW);
    expect(mm.mappings()).toHaveLength(1);
  });

  it("reads strings up to their limit", () => {
    const mm = new AddressSpace(new Frames());
    mm.map({ ...RW, start: at(16), length: at(1), fixed: "keep" });
    mm.copyOut(at(17) - 3, new Uint8Array([65, 66, 0xe9]));
    expect(mm.readCString(at(17) - 3, 2)).toBe("AB");
    expect(mm.readCString(at(17) - 3, 10)).toMatchObject({ kind: "fault", address: at(17) });
    mm.copyOut(at(17) - 1, new Uint8Array([0]));
    expect(mm.readCString(at(17) - 3, 10)).toBe("AB");
  });

  it("refuses what is no range, and survives absurd addresses", () => {
    const mm = new AddressSpace(new Frames(4));
    expect(mm.map({ ...RW, start: 5, length: 1, fixed: "replace" })).toBe(-22);
    expect(mm.map({ ...RW, length: USER_END })).toBe(-12);
    expect(mm.map({ ...RW, length: 0 })).toBe(-22);
    expect(mm.unmap(USER_END, 4096)).toBe(-22);
    for (const address of [-8, Number.MAX_SAFE_INTEGER, USER_END, 2 ** 63]) {
      expect(mm.copyIn(address, 8)).toMatchObject({ kind: "fault" });
      expect(mm.copyOut(address, new Uint8Array(8))).toMatchObject({ kind: "fault" });
    }
    const start = mm.map({ ...RW, length: at(8) });
    expect(mm.copyIn(start, at(8))).toMatchObject({ cause: "BUS_ADRERR", address: start + at(4) });
  });

  it("has a scratch page that forks inherit", () => {
    const mm = new AddressSpace(new Frames());
    const scratch = mm.scratchPage() as number;
    expect(mm.write(scratch, new Uint8Array([1]))).toBe(true);
    expect(mm.copyOut(scratch, new Uint8Array([2]))).toMatchObject({ cause: "SEGV_ACCERR" });
    const child = mm.fork();
    expect(child.scratchPage()).toBe(scratch);
    expect(child.read(scratch, 1)).toEqual(new Uint8Array([1]));
  });

  it("a write to a mapped file looks at the pages that it touches, however many are mapped", () => {
    const content = new Uint8Array(at(64));
    const read: number[] = [];
    const whole = fileOf(content);
    const file: FileBacking = {
      ...whole,
      readPage: (offset) => {
        read.push(offset / PAGE_SIZE);
        return whole.readPage(offset);
      },
    };
    const frames = new Frames();
    const mm = new AddressSpace(frames);
    const start = mm.map({ ...RX, length: at(64), file }) as number;
    mm.copyIn(start, at(64));
    read.length = 0;
    content.fill(7, at(5) - 1, at(5) + 1);
    refreshFile(frames, file, { start: at(5) - 1, end: at(5) + 1 });
    expect(read).toEqual([4, 5]);
    expect(mm.copyIn(start + at(5) - 2, 4)).toEqual(Uint8Array.of(0, 7, 7, 0));
    // A range of more pages than were looked at.
    refreshFile(frames, file, { start: at(2), end: at(1_000_000) });
    expect(read.slice(2)).toEqual(Array.from({ length: 62 }, (_, i) => i + 2));
  });
});
