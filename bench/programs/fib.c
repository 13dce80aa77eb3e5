// build: riscv64-linux-gnu-gcc -O1 -nostdlib -static -s -march=rv64gc -fno-optimize-sibling-calls -Wl,--build-id=none fib.c -o fib.elf
// Fibonacci numbers by recursion: calls and returns, some 116 million instructions; exits with 0 when the number is right.
static void exit_with(long status) {
  register long a0 __asm__("a0") = status;
  register long a7 __asm__("a7") = 93;
  __asm__ volatile("ecall" : : "r"(a0), "r"(a7));
}

__attribute__((noinline)) static long fib(long n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }

void _start(void) { exit_with(fib(32) == 2178309 ? 0 : 1); }
