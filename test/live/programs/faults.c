// Faults of instructions that stand at the beginning of a function: where the signal says that they are.
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <ucontext.h>
__asm__(".text\n"
        ".globl divides\n.type divides,@function\ndivides:\n idivl %esi\n ret\n.size divides,.-divides\n"
        ".globl traps\n.type traps,@function\ntraps:\n ud2\n ret\n.size traps,.-traps\n"
        ".globl reads\n.type reads,@function\nreads:\n movzbl (%rsi),%eax\n ret\n.size reads,.-reads\n");
void divides(long, long), traps(long, long), reads(long, long);
static void (*called)(long, long);
static void report(int s, siginfo_t *info, void *c) {
  greg_t *r = ((ucontext_t *)c)->uc_mcontext.gregs;
  char *base = s == SIGSEGV ? 0 : (char *)called;
  printf("signal %d code %d address +%ld pc +%ld\n", s, info->si_code, (long)((char *)info->si_addr - base),
         (long)(r[REG_RIP] - (long)called));
  r[REG_RIP] += s == SIGSEGV ? 3 : 2;
}
int main(void) {
  struct sigaction a = { .sa_sigaction = report, .sa_flags = SA_SIGINFO };
  sigaction(SIGFPE, &a, 0), sigaction(SIGILL, &a, 0), sigaction(SIGSEGV, &a, 0);
  called = divides, called(0, 0);
  called = traps, called(0, 0);
  called = reads, called(0, 64);
}
