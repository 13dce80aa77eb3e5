// build: riscv64-linux-gnu-gcc -O1 -nostdlib -static -s -march=rv64gc -Wl,--build-id=none loop.c -o loop.elf
// One loop of four instructions, some 150 million instructions in all; exits with 0 when the sum is right.
static void exit_with(long status) {
  register long a0 __asm__("a0") = status;
  register long a7 __asm__("a7") = 93;
  __asm__ volatile("ecall" : : "r"(a0), "r"(a7));
}

void _start(void) {
  unsigned long sum = 0;
  for (long i = 0; i < 50000000; i++) {
    sum += i;
    __asm__ volatile("" : "+r"(sum));
  }
  exit_with(sum == 1249999975000000 ? 0 : 1);
}
