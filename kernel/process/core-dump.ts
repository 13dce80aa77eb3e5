/**
 * Core dumps: an ELF core file of a process that a signal ends, as gdb opens it.
 *
 * `dumpCore` writes `core` in the working directory when RLIMIT_CORE and the rights of the process allow it. Layouts are
 * those of riscv64 Linux: a PT_NOTE with registers of each thread (the one that got the signal first), siginfo, auxv and the
 * list of mapped files, then a PT_LOAD for each mapping, whose bytes are left out where they are those of a file.
 */
import { limits } from "../../base/limits.ts";
import { EHDR_SIZE, EM, ET, PF, PHDR_SIZE, PT } from "../../debuginfo/elf-header.ts";
import { failed } from "../files/inode.ts";
import { O } from "../files/open-file.ts";
import type { Area } from "../memory/address-space.ts";
import { PAGE_SIZE } from "../memory/frames.ts";
import type { SignalInfo } from "../signals/pending-signals.ts";
import { encodeSignalInfo } from "../signals/signal-frame.ts";
import { RLIMIT } from "./process.ts";
import type { Task } from "./task.ts";

/** In a wait status: there is a core file. */
export const CORE_DUMPED = 0x80;

// biome-ignore format: table
const NT = { PRSTATUS: 1, PRFPREG: 2, PRPSINFO: 3, AUXV: 6, FILE: 0x46494c45, SIGINFO: 0x53494749 } as const;
const EF_RISCV_RVC_DOUBLE = 5;

/** Whether there is a core file now. */
export function dumpCore(task: Task, info: SignalInfo): boolean {
  const { process, machine } = task;
  const room = Number(process.resourceLimits[RLIMIT.RLIMIT_CORE]!.soft);
  if (room < PAGE_SIZE || process.attributes.dumpable !== 1) return false;
  const who = { uid: task.euid, gid: task.egid };
  const flags = O.O_WRONLY | O.O_CREAT | O.O_TRUNC | O.O_NOFOLLOW;
  const file = machine.vfs.open(process.fs.start(who), "core", flags, 0o600);
  if (failed(file)) return false;
  const most = Math.min(room, limits.maxFileMemory);
  let at = 0;
  for (const part of coreParts(task, info)) {
    const bytes = part.subarray(0, Math.max(0, most - at));
    if (bytes.length > 0 && file.writeAt(at, bytes) !== bytes.length) return false;
    at += bytes.length;
  }
  file.truncate(at);
  file.released(machine.waker);
  return true;
}

function* coreParts(task: Task, info: SignalInfo): Generator<Uint8Array> {
  const areas = task.mm.areas();
  const notes = makeNotes(task, info, areas);
  const headers = EHDR_SIZE + PHDR_SIZE * (areas.length + 1);
  const first = Math.ceil((headers + notes.length) / PAGE_SIZE) * PAGE_SIZE;
  const head = new Uint8Array(first);
  const view = new DataView(head.buffer);
  head.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  view.setUint16(16, ET.CORE, true);
  view.setUint16(18, EM.RISCV, true);
  view.setUint32(20, 1, true);
  view.setBigUint64(32, BigInt(EHDR_SIZE), true);
  view.setUint32(48, EF_RISCV_RVC_DOUBLE, true);
  view.setUint16(52, EHDR_SIZE, true);
  view.setUint16(54, PHDR_SIZE, true);
  view.setUint16(56, areas.length + 1, true);
  const programHeader = (index: number, words: readonly number[]): void => {
    const [type, flags, offset, vaddr, filesz, memsz, align] = words;
    const at = EHDR_SIZE + PHDR_SIZE * index;
    view.setUint32(at, type!, true);
    view.setUint32(at + 4, flags!, true);
    [offset!, vaddr!, 0, filesz!, memsz!, align!].forEach((word, i) => {
      view.setBigUint64(at + 8 + 8 * i, BigInt(word), true);
    });
  };
  programHeader(0, [PT.NOTE, 0, headers, 0, notes.length, 0, 4]);
  let offset = first;
  areas.forEach((area, i) => {
    const flags = (area.readable ? PF.R : 0) | (area.writable ? PF.W : 0) | (area.executable ? PF.X : 0);
    const size = area.end - area.start;
    const kept = isDumped(task, area) ? size : 0;
    programHeader(i + 1, [PT.LOAD, flags, offset, area.start, kept, size, PAGE_SIZE]);
    offset += kept;
  });
  head.set(notes, headers);
  yield head;
  for (const area of areas) if (isDumped(task, area)) yield* pagesOf(task, area);
}

/** What a file has need not be written again, but its first page tells gdb which file (by build-id) it was. */
function isDumped(task: Task, area: Area): boolean {
  if (!area.readable && !area.writable && !area.executable) return false;
  return area.writable || !area.file || (area.offset === 0 && task.mm.read(area.start, 4) instanceof Uint8Array);
}

function* pagesOf(task: Task, area: Area): Generator<Uint8Array> {
  for (let at = area.start; at < area.end; at += PAGE_SIZE) {
    const bytes = task.mm.read(at, PAGE_SIZE);
    yield bytes instanceof Uint8Array ? bytes : new Uint8Array(PAGE_SIZE);
  }
}

function makeNotes(task: Task, info: SignalInfo, areas: readonly Area[]): Uint8Array {
  const { process } = task;
  const siginfo = encodeSignalInfo(info);
  const notes = [note(NT.PRSTATUS, prstatus(task, info.signal)), note(NT.PRPSINFO, prpsinfo(task))];
  notes.push(note(NT.SIGINFO, siginfo), note(NT.AUXV, process.auxv), note(NT.FILE, mappedFiles(areas)));
  notes.push(note(NT.PRFPREG, fpregset(task)));
  for (const other of process.threads) {
    if (other === task || other.life !== "alive") continue;
    notes.push(note(NT.PRSTATUS, prstatus(other, info.signal)), note(NT.PRFPREG, fpregset(other)));
  }
  const all = new Uint8Array(notes.reduce((sum, bytes) => sum + bytes.length, 0));
  let at = 0;
  for (const bytes of notes) {
    all.set(bytes, at);
    at += bytes.length;
  }
  return all;
}

function note(type: number, content: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(20 + Math.ceil(content.length / 4) * 4);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 5, true);
  view.setUint32(4, content.length, true);
  view.setUint32(8, type, true);
  bytes.set([0x43, 0x4f, 0x52, 0x45, 0], 12); // "CORE"
  bytes.set(content, 20);
  return bytes;
}

/** struct elf_prstatus, 376 bytes. */
function prstatus(task: Task, signal: number): Uint8Array {
  const bytes = new Uint8Array(376);
  const view = new DataView(bytes.buffer);
  view.setInt32(0, signal, true);
  view.setInt16(12, signal, true);
  view.setBigUint64(16, task.pending.mask, true);
  view.setBigUint64(24, task.blocked, true);
  [task.tid, task.ppid, task.pgrp, task.sid].forEach((id, i) => {
    view.setInt32(32 + 4 * i, id, true);
  });
  view.setBigInt64(48, BigInt(Math.floor(task.usedNs / 1e9)), true);
  view.setBigInt64(56, BigInt(Math.floor((task.usedNs % 1e9) / 1e3)), true);
  view.setBigUint64(112, BigInt(task.hart.pc), true);
  for (let i = 1; i < 32; i++) view.setBigInt64(112 + 8 * i, task.hart.x[i]!, true);
  view.setInt32(368, 1, true);
  return bytes;
}

/** f0..f31 and fcsr. */
function fpregset(task: Task): Uint8Array {
  const bytes = new Uint8Array(264);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < 32; i++) view.setBigUint64(8 * i, task.hart.f[i]!, true);
  view.setUint32(256, task.hart.fcsr, true);
  return bytes;
}

/** struct elf_prpsinfo, 136 bytes. */
function prpsinfo(task: Task): Uint8Array {
  const bytes = new Uint8Array(136);
  const view = new DataView(bytes.buffer);
  bytes[1] = 0x52; // R
  view.setInt32(16, task.uid, true);
  view.setInt32(20, task.gid, true);
  [task.pid, task.ppid, task.pgrp, task.sid].forEach((id, i) => {
    view.setInt32(24 + 4 * i, id, true);
  });
  bytes.set(latin1(task.execname, 15), 40);
  bytes.set(latin1(task.commandLine.join(" "), 79), 56);
  return bytes;
}

/** Count, page size, then start, end and page offset of each; then their names. */
function mappedFiles(areas: readonly Area[]): Uint8Array {
  const files = areas.filter((area) => area.file);
  const words = files.flatMap((area) => [area.start, area.end, area.offset / PAGE_SIZE]);
  const numbers = BigUint64Array.from([files.length, PAGE_SIZE, ...words], (word) => BigInt(word));
  const names = latin1(files.map((area) => `${area.file!.path}\0`).join(""), Number.POSITIVE_INFINITY);
  const bytes = new Uint8Array(numbers.byteLength + names.length);
  bytes.set(new Uint8Array(numbers.buffer));
  bytes.set(names, numbers.byteLength);
  return bytes;
}

function latin1(text: string, most: number): Uint8Array {
  return Uint8Array.from(text.slice(0, most), (character) => character.charCodeAt(0));
}
