/**
 * The smallest ELF program that waits: what a traced program is started as, before it becomes itself.
 *
 * It runs the machine's stub from a file that lives in memory, until the tracer has seized it and lets it call execve. So
 * nothing but that call stands between the tracer and the program: no shell, no changed environment, no signal.
 * Layout: System V gABI, ELF-64.
 */
const HEADER = 64;
const PROGRAM_HEADER = 56;
const LOAD_ADDRESS = 0x40_0000;

/** Where the code of the stub is in memory. */
export const STUB_ADDRESS = LOAD_ADDRESS + HEADER + PROGRAM_HEADER;

export function makeStubElf(code: Uint8Array, elfMachine: number): Uint8Array {
  const file = new Uint8Array(HEADER + PROGRAM_HEADER + code.length);
  const view = new DataView(file.buffer);
  const word = (at: number, value: number): void => view.setBigUint64(at, BigInt(value), true);
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]); // ELFCLASS64, ELFDATA2LSB, EV_CURRENT
  view.setUint16(16, 2, true); // ET_EXEC
  view.setUint16(18, elfMachine, true);
  view.setUint32(20, 1, true);
  word(24, STUB_ADDRESS); // e_entry
  word(32, HEADER); // e_phoff
  view.setUint16(52, HEADER, true);
  view.setUint16(54, PROGRAM_HEADER, true);
  view.setUint16(56, 1, true); // e_phnum
  view.setUint32(HEADER, 1, true); // PT_LOAD
  view.setUint32(HEADER + 4, 5, true); // PF_R | PF_X
  word(HEADER + 16, LOAD_ADDRESS);
  word(HEADER + 24, LOAD_ADDRESS);
  word(HEADER + 32, file.length);
  word(HEADER + 40, file.length);
  word(HEADER + 48, 4096);
  file.set(code, HEADER + PROGRAM_HEADER);
  return file;
}
