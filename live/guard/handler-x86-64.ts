/**
 * What keeps a program alive that was traced by a utap that was killed: a handler of SIGTRAP and its tables, for x86-64.
 *
 * `guard.ts` puts it into the program, on pages of its own, while breakpoints are in it. As long as somebody traces, the
 * handler never runs. When nobody does, a thread that meets a breakpoint gets a SIGTRAP, and the handler puts the
 * byte back that stood there; one that returns to the trampoline goes on where its function would have returned
 * to. What is in no table ends the program, as it would have without us.
 *
 *     page   +0       the code, read and execute
 *            +0x1000  counts of the tables, the trampoline, and room for two struct sigaction; read and write from here
 *            +0x2000  breakpoints     address, original byte
 *            +0x82000 return addresses  slot on the stack, what stood there
 *            +0xc2000 slots           end of the copy, next instruction, offset of a register in the context, its value
 *            +0xe2000 the scratch page of probes; read and execute
 *
 * The tracer sets RF in the flags of a thread when it has dealt with its breakpoint (a bit that the processor clears
 * before every trap), so that a signal of which only the thread's death bed knows is not dealt with again.
 */
import { DWARF } from "../../target/x86/registers.ts";

/** Offsets in the pages; rows are 16 bytes, those of slots 32. */
export const layout = {
  size: 0xe3000,
  data: 0x1000,
  breakCount: 0x1000,
  returnCount: 0x1004,
  slotCount: 0x1008,
  trampoline: 0x1010,
  /** struct sigaction: all zero, ours, and what the kernel says. */
  defaultAction: 0x1020,
  ownAction: 0x1040,
  foundAction: 0x1060,
  breaks: 0x2000,
  returns: 0x82000,
  slots: 0xc2000,
  /** The scratch page of probes, so that no more calls are needed for it: read and execute. */
  scratch: 0xe2000,
  maxBreaks: 0x8000,
  maxReturns: 0x4000,
  maxSlots: 0x1000,
} as const;

/** Where in `code` the function is to which the handler returns. */
export const RESTORER = 0x19a;

/** SA_SIGINFO, SA_RESTORER, SA_ONSTACK, SA_RESTART. */
export const ACTION_FLAGS = 0x1c000004;

// ucontext_t: general registers from 0x28 on.
// biome-ignore format: table
const contextRegisters: readonly number[] = [
  8, 9, 10, 11, 12, 13, 14, 15,
  DWARF.RDI, DWARF.RSI, DWARF.RBP, DWARF.RBX, DWARF.RDX, DWARF.RAX, DWARF.RCX, DWARF.RSP,
];

/** Where a signal's context keeps a register; 0 for one that it does not keep there. */
export function contextOffset(dwarf: number): number {
  const index = contextRegisters.indexOf(dwarf);
  return index < 0 ? 0 : 0x28 + 8 * index;
}

// Offsets in the context: rsp 0xa0, rip 0xa8, flags 0xb0. In siginfo: si_code 8 (TRAP_TRACE is 2).
// System calls: open 2, close 3, mprotect 10, rt_sigaction 13, rt_sigreturn 15, pwrite64 18, getpid 39, gettid 186, tgkill 234.
// biome-ignore format: one instruction a line
const instructions = Uint8Array.of(
  // handler:
  0x48, 0x89, 0xd5,                                        //   0 mov rbp,rdx
  0x4c, 0x8d, 0x3d, 0xf6, 0xff, 0xff, 0xff,                //   3 lea r15,[rip+0xfffffffffffffff6]
  0x48, 0x8b, 0x9d, 0xa8, 0x00, 0x00, 0x00,                //   a mov rbx,QWORD PTR [rbp+0xa8]
  0x83, 0x7e, 0x08, 0x00,                                  //  11 cmp DWORD PTR [rsi+0x8],0x0
  0x0f, 0x8e, 0x41, 0x01, 0x00, 0x00,                      //  15 jle 0x15c
  0x83, 0x7e, 0x08, 0x02,                                  //  1b cmp DWORD PTR [rsi+0x8],0x2
  0x0f, 0x84, 0x2f, 0x01, 0x00, 0x00,                      //  1f je 0x154
  0xf7, 0x85, 0xb0, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01, 0x00, //  25 test DWORD PTR [rbp+0xb0],0x10000
  0x0f, 0x85, 0x1f, 0x01, 0x00, 0x00,                      //  2f jne 0x154
  0x48, 0xff, 0xcb,                                        //  35 dec rbx
  0x41, 0x8b, 0x8f, 0x00, 0x10, 0x00, 0x00,                //  38 mov ecx,DWORD PTR [r15+0x1000]
  0x4d, 0x8d, 0xaf, 0x00, 0x20, 0x00, 0x00,                //  3f lea r13,[r15+0x2000]
  // nextBreak:
  0x83, 0xe9, 0x01,                                        //  46 sub ecx,0x1
  0x78, 0x10,                                              //  49 js 0x5b
  0x49, 0x39, 0x5d, 0x00,                                  //  4b cmp QWORD PTR [r13+0x0],rbx
  0x0f, 0x84, 0x91, 0x00, 0x00, 0x00,                      //  4f je 0xe6
  0x49, 0x83, 0xc5, 0x10,                                  //  55 add r13,0x10
  0xeb, 0xeb,                                              //  59 jmp 0x46
  // noBreak:
  0x49, 0x3b, 0x9f, 0x10, 0x10, 0x00, 0x00,                //  5b cmp rbx,QWORD PTR [r15+0x1010]
  0x75, 0x39,                                              //  62 jne 0x9d
  0x48, 0x8b, 0x85, 0xa0, 0x00, 0x00, 0x00,                //  64 mov rax,QWORD PTR [rbp+0xa0]
  0x48, 0x83, 0xe8, 0x08,                                  //  6b sub rax,0x8
  0x41, 0x8b, 0x8f, 0x04, 0x10, 0x00, 0x00,                //  6f mov ecx,DWORD PTR [r15+0x1004]
  0x49, 0x8d, 0xbf, 0x00, 0x20, 0x08, 0x00,                //  76 lea rdi,[r15+0x82000]
  // nextReturn:
  0x83, 0xe9, 0x01,                                        //  7d sub ecx,0x1
  0x0f, 0x88, 0xd6, 0x00, 0x00, 0x00,                      //  80 js 0x15c
  0x48, 0x39, 0x07,                                        //  86 cmp QWORD PTR [rdi],rax
  0x74, 0x06,                                              //  89 je 0x91
  0x48, 0x83, 0xc7, 0x10,                                  //  8b add rdi,0x10
  0xeb, 0xec,                                              //  8f jmp 0x7d
  // goOn:
  0x48, 0x8b, 0x47, 0x08,                                  //  91 mov rax,QWORD PTR [rdi+0x8]
  0x48, 0x89, 0x85, 0xa8, 0x00, 0x00, 0x00,                //  95 mov QWORD PTR [rbp+0xa8],rax
  0xc3,                                                    //  9c ret
  // notReturn:
  0x41, 0x8b, 0x8f, 0x08, 0x10, 0x00, 0x00,                //  9d mov ecx,DWORD PTR [r15+0x1008]
  0x49, 0x8d, 0xbf, 0x00, 0x20, 0x0c, 0x00,                //  a4 lea rdi,[r15+0xc2000]
  // nextSlot:
  0x83, 0xe9, 0x01,                                        //  ab sub ecx,0x1
  0x78, 0x1d,                                              //  ae js 0xcd
  0x48, 0x39, 0x1f,                                        //  b0 cmp QWORD PTR [rdi],rbx
  0x74, 0x06,                                              //  b3 je 0xbb
  0x48, 0x83, 0xc7, 0x20,                                  //  b5 add rdi,0x20
  0xeb, 0xf0,                                              //  b9 jmp 0xab
  // leaveSlot:
  0x8b, 0x47, 0x10,                                        //  bb mov eax,DWORD PTR [rdi+0x10]
  0x85, 0xc0,                                              //  be test eax,eax
  0x74, 0xcf,                                              //  c0 je 0x91
  0x48, 0x8b, 0x4f, 0x18,                                  //  c2 mov rcx,QWORD PTR [rdi+0x18]
  0x48, 0x89, 0x4c, 0x05, 0x00,                            //  c6 mov QWORD PTR [rbp+rax*1+0x0],rcx
  0xeb, 0xc4,                                              //  cb jmp 0x91
  // notOurs:
  0x80, 0x3b, 0xcc,                                        //  cd cmp BYTE PTR [rbx],0xcc
  0x0f, 0x84, 0x86, 0x00, 0x00, 0x00,                      //  d0 je 0x15c
  0x66, 0x81, 0x7b, 0xff, 0xcd, 0x03,                      //  d6 cmp WORD PTR [rbx-0x1],0x3cd
  0x74, 0x7e,                                              //  dc je 0x15c
  0x48, 0x89, 0x9d, 0xa8, 0x00, 0x00, 0x00,                //  de mov QWORD PTR [rbp+0xa8],rbx
  0xc3,                                                    //  e5 ret
  // heal:
  0x48, 0x89, 0x9d, 0xa8, 0x00, 0x00, 0x00,                //  e6 mov QWORD PTR [rbp+0xa8],rbx
  0x48, 0x8d, 0x3d, 0xad, 0x00, 0x00, 0x00,                //  ed lea rdi,[rip+0xad]
  0xbe, 0x02, 0x00, 0x08, 0x00,                            //  f4 mov esi,0x80002
  0xb8, 0x02, 0x00, 0x00, 0x00,                            //  f9 mov eax,0x2
  0x0f, 0x05,                                              //  fe syscall
  0x41, 0x89, 0xc6,                                        // 100 mov r14d,eax
  0x85, 0xc0,                                              // 103 test eax,eax
  0x78, 0x28,                                              // 105 js 0x12f
  0x89, 0xc7,                                              // 107 mov edi,eax
  0x49, 0x8d, 0x75, 0x08,                                  // 109 lea rsi,[r13+0x8]
  0xba, 0x01, 0x00, 0x00, 0x00,                            // 10d mov edx,0x1
  0x49, 0x89, 0xda,                                        // 112 mov r10,rbx
  0xb8, 0x12, 0x00, 0x00, 0x00,                            // 115 mov eax,0x12
  0x0f, 0x05,                                              // 11a syscall
  0x49, 0x89, 0xc4,                                        // 11c mov r12,rax
  0x44, 0x89, 0xf7,                                        // 11f mov edi,r14d
  0xb8, 0x03, 0x00, 0x00, 0x00,                            // 122 mov eax,0x3
  0x0f, 0x05,                                              // 127 syscall
  0x49, 0x83, 0xfc, 0x01,                                  // 129 cmp r12,0x1
  0x74, 0x25,                                              // 12d je 0x154
  // byProtection:
  0x48, 0x89, 0xdf,                                        // 12f mov rdi,rbx
  0x48, 0x81, 0xe7, 0x00, 0xf0, 0xff, 0xff,                // 132 and rdi,0xfffffffffffff000
  0xbe, 0x00, 0x10, 0x00, 0x00,                            // 139 mov esi,0x1000
  0xba, 0x07, 0x00, 0x00, 0x00,                            // 13e mov edx,0x7
  0xb8, 0x0a, 0x00, 0x00, 0x00,                            // 143 mov eax,0xa
  0x0f, 0x05,                                              // 148 syscall
  0x85, 0xc0,                                              // 14a test eax,eax
  0x78, 0x07,                                              // 14c js 0x155
  0x41, 0x8a, 0x45, 0x08,                                  // 14e mov al,BYTE PTR [r13+0x8]
  0x88, 0x03,                                              // 152 mov BYTE PTR [rbx],al
  // done:
  0xc3,                                                    // 154 ret
  // lost:
  0x48, 0xff, 0x85, 0xa8, 0x00, 0x00, 0x00,                // 155 inc QWORD PTR [rbp+0xa8]
  // pass:
  0xbf, 0x05, 0x00, 0x00, 0x00,                            // 15c mov edi,0x5
  0x49, 0x8d, 0xb7, 0x20, 0x10, 0x00, 0x00,                // 161 lea rsi,[r15+0x1020]
  0x31, 0xd2,                                              // 168 xor edx,edx
  0x41, 0xba, 0x08, 0x00, 0x00, 0x00,                      // 16a mov r10d,0x8
  0xb8, 0x0d, 0x00, 0x00, 0x00,                            // 170 mov eax,0xd
  0x0f, 0x05,                                              // 175 syscall
  0xb8, 0x27, 0x00, 0x00, 0x00,                            // 177 mov eax,0x27
  0x0f, 0x05,                                              // 17c syscall
  0x41, 0x89, 0xc4,                                        // 17e mov r12d,eax
  0xb8, 0xba, 0x00, 0x00, 0x00,                            // 181 mov eax,0xba
  0x0f, 0x05,                                              // 186 syscall
  0x44, 0x89, 0xe7,                                        // 188 mov edi,r12d
  0x89, 0xc6,                                              // 18b mov esi,eax
  0xba, 0x05, 0x00, 0x00, 0x00,                            // 18d mov edx,0x5
  0xb8, 0xea, 0x00, 0x00, 0x00,                            // 192 mov eax,0xea
  0x0f, 0x05,                                              // 197 syscall
  0xc3,                                                    // 199 ret
  // restorer:
  0xb8, 0x0f, 0x00, 0x00, 0x00,                            // 19a mov eax,0xf
  0x0f, 0x05,                                              // 19f syscall
);

/** The code of the first page. */
export const code: Uint8Array = Uint8Array.of(...instructions, ...new TextEncoder().encode("/proc/self/mem\0"));
