/**
 * Code for x86-64 with which a thread makes one system call for us and finds back by itself, should we be gone by then.
 *
 * `inject.ts` puts it where the program has room, leads a stopped thread to its start and stops it again behind the call.
 * If nobody stops it, because utap was killed, the thread takes back its signal mask, its flags and every register from the
 * words behind the code and jumps to where it stood: no stack is touched, no other memory is written, and a signal may come
 * at any instruction. Only the flags that programs use are given back: not TF, AC, NT and ID.
 */

/** Bytes, with its words. */
export const CALL_SIZE = 0x120;
/** Where a thread stands that has made the call. */
export const CALL_END = 2;

/** The words behind the code: the first 15 of struct user_regs_struct (r15 to rdi), rip, and the blocked signals. */
export const WORDS = 0x98;
const GENERAL = 15;
const PC = WORDS + 8 * GENERAL;
const MASK = PC + 8;

/** Where `code` has what depends on the flags: cld or std; 0x7f or 0; the low byte of the flags. */
const patches = { direction: 0x1d, overflow: 0x1f, flags: 0x23 } as const;
const CLD = 0xfc;
const STD = 0xfd;
const DF = 1n << 10n;
const OF = 1n << 11n;

// rt_sigprocmask is 14, SIG_SETMASK 2.
// biome-ignore format: one instruction a line
export const code = Uint8Array.of(
  0x0f, 0x05,                               //   0 syscall
  0xb8, 0x0e, 0x00, 0x00, 0x00,             //   2 mov eax,0xe
  0xbf, 0x02, 0x00, 0x00, 0x00,             //   7 mov edi,0x2
  0x48, 0x8d, 0x35, 0x05, 0x01, 0x00, 0x00, //   c lea rsi,[rip+0x105]
  0x31, 0xd2,                               //  13 xor edx,edx
  0x41, 0xba, 0x08, 0x00, 0x00, 0x00,       //  15 mov r10d,0x8
  0x0f, 0x05,                               //  1b syscall
  0xfc,                                     //  1d cld
  0xb0, 0x7f,                               //  1e mov al,0x7f
  0x04, 0x01,                               //  20 add al,0x1
  0xb4, 0x00,                               //  22 mov ah,0x0
  0x9e,                                     //  24 sahf
  0x4c, 0x8b, 0x3d, 0x6c, 0x00, 0x00, 0x00, //  25 mov r15,QWORD PTR [rip+0x6c]
  0x4c, 0x8b, 0x35, 0x6d, 0x00, 0x00, 0x00, //  2c mov r14,QWORD PTR [rip+0x6d]
  0x4c, 0x8b, 0x2d, 0x6e, 0x00, 0x00, 0x00, //  33 mov r13,QWORD PTR [rip+0x6e]
  0x4c, 0x8b, 0x25, 0x6f, 0x00, 0x00, 0x00, //  3a mov r12,QWORD PTR [rip+0x6f]
  0x48, 0x8b, 0x2d, 0x70, 0x00, 0x00, 0x00, //  41 mov rbp,QWORD PTR [rip+0x70]
  0x48, 0x8b, 0x1d, 0x71, 0x00, 0x00, 0x00, //  48 mov rbx,QWORD PTR [rip+0x71]
  0x4c, 0x8b, 0x1d, 0x72, 0x00, 0x00, 0x00, //  4f mov r11,QWORD PTR [rip+0x72]
  0x4c, 0x8b, 0x15, 0x73, 0x00, 0x00, 0x00, //  56 mov r10,QWORD PTR [rip+0x73]
  0x4c, 0x8b, 0x0d, 0x74, 0x00, 0x00, 0x00, //  5d mov r9,QWORD PTR [rip+0x74]
  0x4c, 0x8b, 0x05, 0x75, 0x00, 0x00, 0x00, //  64 mov r8,QWORD PTR [rip+0x75]
  0x48, 0x8b, 0x05, 0x76, 0x00, 0x00, 0x00, //  6b mov rax,QWORD PTR [rip+0x76]
  0x48, 0x8b, 0x0d, 0x77, 0x00, 0x00, 0x00, //  72 mov rcx,QWORD PTR [rip+0x77]
  0x48, 0x8b, 0x15, 0x78, 0x00, 0x00, 0x00, //  79 mov rdx,QWORD PTR [rip+0x78]
  0x48, 0x8b, 0x35, 0x79, 0x00, 0x00, 0x00, //  80 mov rsi,QWORD PTR [rip+0x79]
  0x48, 0x8b, 0x3d, 0x7a, 0x00, 0x00, 0x00, //  87 mov rdi,QWORD PTR [rip+0x7a]
  0xff, 0x25, 0x7c, 0x00, 0x00, 0x00,       //  8e jmp QWORD PTR [rip+0x7c]
);

/** Positions in struct user_regs_struct. */
const RIP = 16;
const CS = 17;
const EFLAGS = 18;
/** The code segment of 64-bit programs under Linux. */
const USER_CS = 0x33n;

/** `back`: a struct user_regs_struct, which the thread is to have afterwards, with the signals that it blocks. */
export function makeCall(back: BigUint64Array, mask: bigint): Uint8Array | undefined {
  if (back[CS] !== USER_CS) return undefined;
  const bytes = new Uint8Array(CALL_SIZE);
  bytes.set(code);
  const bits = back[EFLAGS] ?? 0n;
  bytes[patches.direction] = (bits & DF) !== 0n ? STD : CLD;
  bytes[patches.overflow] = (bits & OF) !== 0n ? 0x7f : 0;
  bytes[patches.flags] = Number(bits & 0xffn);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < GENERAL; i++) view.setBigUint64(WORDS + 8 * i, back[i] ?? 0n, true);
  view.setBigUint64(PC, back[RIP] ?? 0n, true);
  view.setBigUint64(MASK, mask, true);
  return bytes;
}
