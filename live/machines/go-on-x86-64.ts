/**
 * Machine code that lets one thread go on and waits for the next status, for our own process: what a tracer does at every
 * stop, in one call from JavaScript instead of three.
 *
 * `ptrace/go-on.ts` loads it and calls it with the address of a block (`goOnBlock`); it gives what wait4 gave. Position
 * independent, and it makes system calls only.
 */

// System calls: wait4 61, ptrace 101. Statuses: 0x857f SIGTRAP | 0x80 of PTRACE_O_TRACESYSGOOD, 0x7057f PTRACE_EVENT_SECCOMP.
// biome-ignore format: one instruction a line
export const goOnCode: Uint8Array = Uint8Array.of(
  0x53,                                      //  0 push rbx
  0x48, 0x89, 0xfb,                          //  1 mov rbx,rdi
  0x8b, 0x3b,                                //  4 mov edi,DWORD PTR [rbx]
  0x85, 0xff,                                //  6 test edi,edi
  0x74, 0x10,                                //  8 je 0x1a
  0x8b, 0x73, 0x04,                          //  a mov esi,DWORD PTR [rbx+0x4]
  0x31, 0xd2,                                //  d xor edx,edx
  0x44, 0x8b, 0x53, 0x08,                    //  f mov r10d,DWORD PTR [rbx+0x8]
  0xb8, 0x65, 0x00, 0x00, 0x00,              // 13 mov eax,0x65                ptrace
  0x0f, 0x05,                                // 18 syscall
  // wait:
  0x48, 0xc7, 0xc7, 0xff, 0xff, 0xff, 0xff,  // 1a mov rdi,0xffffffffffffffff
  0x48, 0x8d, 0x73, 0x0c,                    // 21 lea rsi,[rbx+0xc]
  0xba, 0x00, 0x00, 0x00, 0x60,              // 25 mov edx,0x60000000          __WALL | __WNOTHREAD
  0x45, 0x31, 0xd2,                          // 2a xor r10d,r10d
  0xb8, 0x3d, 0x00, 0x00, 0x00,              // 2d mov eax,0x3d                wait4
  0x0f, 0x05,                                // 32 syscall
  0x85, 0xc0,                                // 34 test eax,eax
  0x7e, 0x30,                                // 36 jle 0x68
  0x89, 0x43, 0x10,                          // 38 mov DWORD PTR [rbx+0x10],eax
  0x8b, 0x4b, 0x0c,                          // 3b mov ecx,DWORD PTR [rbx+0xc]
  0x81, 0xf9, 0x7f, 0x85, 0x00, 0x00,        // 3e cmp ecx,0x857f
  0x74, 0x08,                                // 44 je 0x4e
  0x81, 0xf9, 0x7f, 0x05, 0x07, 0x00,        // 46 cmp ecx,0x7057f
  0x75, 0x1a,                                // 4c jne 0x68
  // atSyscall:
  0xbf, 0x0e, 0x42, 0x00, 0x00,              // 4e mov edi,0x420e              PTRACE_GET_SYSCALL_INFO
  0x89, 0xc6,                                // 53 mov esi,eax
  0xba, 0x80, 0x00, 0x00, 0x00,              // 55 mov edx,0x80
  0x4c, 0x8d, 0x53, 0x18,                    // 5a lea r10,[rbx+0x18]
  0xb8, 0x65, 0x00, 0x00, 0x00,              // 5e mov eax,0x65                ptrace
  0x0f, 0x05,                                // 63 syscall
  0x8b, 0x43, 0x10,                          // 65 mov eax,DWORD PTR [rbx+0x10]
  // done:
  0x5b,                                      // 68 pop rbx
  0xc3,                                      // 69 ret
);
