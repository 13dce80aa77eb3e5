// build: riscv64-linux-gnu-gcc -O1 -nostdlib -static -march=rv64gc -Wl,--build-id=none visits.c -o visits.elf
// visits COUNT: calls visit(1) … visit(COUNT) and makes a system call after every eighth, to be probed a great many
// times. visit is one instruction, a jump, so that what is measured is the probe and not the step past its breakpoint.
#define SYS_exit 93
#define SYS_getppid 173

static long system_call(long number, long argument) {
  register long a0 __asm__("a0") = argument;
  register long a7 __asm__("a7") = number;
  __asm__ volatile("ecall" : "+r"(a0) : "r"(a7) : "memory");
  return a0;
}

__attribute__((noinline)) void visit(unsigned long n) { __asm__ volatile("" : : "r"(n)); }

// The stack begins with argc, then argv.
__attribute__((used)) static void start(char **stack) {
  unsigned long count = 0;
  for (const char *digit = stack[2]; *digit; digit++) count = count * 10 + (*digit - '0');
  for (unsigned long n = 1; n <= count; n++) {
    visit(n);
    if (n % 8 == 0) system_call(SYS_getppid, 0);
  }
  system_call(SYS_exit, 0);
}

__asm__(".globl _start\n_start: mv a0, sp\n j start\n");
