// build: riscv64-linux-gnu-gcc -O1 -nostdlib -static -march=rv64gc -Wl,--build-id=none hot.c -o hot.elf
// hot COUNT: calls hot(1) … hot(COUNT), to be probed, and makes a system call after every eighth. Beside it are a
// thousand functions cold_000 … cold_999 that nobody calls, for breakpoints that are not hit.
#define SYS_exit 93
#define SYS_getppid 173

#define COLD(n) __attribute__((used)) void cold_##n(void) { __asm__ volatile("nop"); }
#define TEN(n) COLD(n##0) COLD(n##1) COLD(n##2) COLD(n##3) COLD(n##4) COLD(n##5) COLD(n##6) COLD(n##7) COLD(n##8) COLD(n##9)
#define HUNDRED(n) TEN(n##0) TEN(n##1) TEN(n##2) TEN(n##3) TEN(n##4) TEN(n##5) TEN(n##6) TEN(n##7) TEN(n##8) TEN(n##9)
HUNDRED(0) HUNDRED(1) HUNDRED(2) HUNDRED(3) HUNDRED(4) HUNDRED(5) HUNDRED(6) HUNDRED(7) HUNDRED(8) HUNDRED(9)

static long system_call(long number, long argument) {
  register long a0 __asm__("a0") = argument;
  register long a7 __asm__("a7") = number;
  __asm__ volatile("ecall" : "+r"(a0) : "r"(a7) : "memory");
  return a0;
}

__attribute__((noinline)) void hot(unsigned long n) { __asm__ volatile("" : : "r"(n)); }

// The stack begins with argc, then argv.
__attribute__((used)) static void start(char **stack) {
  unsigned long count = 0;
  for (const char *digit = stack[2]; *digit; digit++) count = count * 10 + (*digit - '0');
  for (unsigned long n = 1; n <= count; n++) {
    hot(n);
    if (n % 8 == 0) system_call(SYS_getppid, 0);
  }
  system_call(SYS_exit, 0);
}

__asm__(".globl _start\n_start: mv a0, sp\n j start\n");
