// System calls with flags, structures and errors that calls.c of test/fixtures/syscalls does not make, most of them of x86-64
// alone. What the kernel would write is at an address where it cannot, so that strace shows the address too.
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>
#define BAD ((void *)8)
#define CALL(name, ...) syscall(SYS_##name __VA_OPT__(,) __VA_ARGS__)
static const char none[] = "/nonexistent/a";
int main(void) {
  struct timespec second = {1, 5}, odd = {1, 2000000000};
  struct timeval tv = {0, 7};
  struct pollfd polls[2] = {{-1, POLLIN | POLLHUP, 0}, {-2, POLLOUT, 0}};
  struct epoll_event event = {.events = EPOLLIN | EPOLLET | EPOLLONESHOT, .data.u64 = 7};
  struct itimerval timer = {{0, 1}, {3, 4}};
  struct itimerspec spec = {{0, 1}, {3, 2000000000}};
  struct rlimit limit = {100, RLIM_INFINITY};
  struct iovec vec[2] = {{"ab", 2}, {"cde\n", 4}};
  struct sockaddr_un un = {AF_UNIX, "/nonexistent/s"};
  struct msghdr message = {&un, sizeof un, vec, 2, 0, 0, 0};
  CALL(close, -77);
  CALL(open, none, O_RDONLY);
  CALL(open, none, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
  CALL(open, BAD, O_RDWR | O_TRUNC);
  CALL(creat, none, 0600);
  CALL(stat, none, BAD);
  CALL(lstat, none, BAD);
  CALL(fstat, -1, BAD);
  CALL(access, none, R_OK | W_OK);
  CALL(access, none, F_OK);
  CALL(mkdir, none, 01777);
  CALL(rmdir, none);
  CALL(unlink, none);
  CALL(rename, none, "/nonexistent/b");
  CALL(renameat, -3, "x", AT_FDCWD, "y");
  CALL(link, none, "/nonexistent/b");
  CALL(symlink, "to \"quoted\"\n", none);
  CALL(readlink, none, BAD, 20);
  CALL(chmod, none, 0755);
  CALL(chown, none, 1, -1);
  CALL(lchown, none, -1, 2);
  CALL(mknod, none, S_IFCHR | 0644, 0x103);
  CALL(chdir, none);
  CALL(fchdir, -1);
  CALL(utime, none, 0);
  CALL(utimes, none, 0);
  CALL(futimesat, -1, "x", 0);
  CALL(getdents, -1, BAD, 100);
  CALL(getcwd, BAD, 1);
  CALL(pipe, BAD);
  CALL(pipe2, BAD, O_NONBLOCK | O_CLOEXEC);
  CALL(dup2, -1, 5);
  CALL(dup3, -1, 5, O_CLOEXEC);
  CALL(fdatasync, -1);
  CALL(fsync, -1);
  CALL(ftruncate, -1, 1L << 33);
  CALL(truncate, none, 12);
  CALL(lseek, -1, -5, SEEK_END);
  CALL(pread64, -1, BAD, 10, 1L << 33);
  CALL(pwrite64, -1, "a\tb\0c", 5, 6);
  CALL(readv, -1, BAD, 2);
  CALL(writev, -1, vec, 2);
  CALL(pwritev, -1, vec, 2, 9, 0);
  CALL(sendfile, -1, -2, 0, 100);
  CALL(splice, -1, 0, -2, 0, 7, 3);
  CALL(poll, polls, 2, 0);
  CALL(poll, BAD, 1, 5);
  CALL(ppoll, &(struct pollfd){997, POLLIN | POLLPRI | POLLRDHUP}, 1, 0, BAD, 8);
  CALL(select, -1, 0, 0, 0, &tv);
  CALL(epoll_create, -1);
  CALL(epoll_create1, EPOLL_CLOEXEC | 1);
  CALL(epoll_ctl, -1, EPOLL_CTL_ADD, -2, &event);
  CALL(epoll_ctl, -1, EPOLL_CTL_DEL, -2, 0);
  CALL(epoll_wait, -1, BAD, 10, -1);
  CALL(epoll_pwait, -1, BAD, 10, 0, 0, 8);
  CALL(eventfd2, 3, 0x10);
  CALL(eventfd, 0);
  CALL(signalfd4, -2, BAD, 8, O_CLOEXEC);
  CALL(inotify_init1, 7);
  CALL(inotify_add_watch, -1, none, IN_MODIFY | IN_CREATE | IN_ONLYDIR);
  CALL(inotify_rm_watch, -1, 3);
  CALL(timerfd_create, 77, O_CLOEXEC | O_NONBLOCK);
  CALL(timerfd_settime, -1, 1, &spec, 0);
  CALL(memfd_create, "name", 0x80);
  CALL(nanosleep, &odd, 0);
  CALL(clock_nanosleep, CLOCK_REALTIME, TIMER_ABSTIME, &odd, 0);
  CALL(clock_gettime, 77, BAD);
  CALL(clock_getres, CLOCK_BOOTTIME, BAD);
  CALL(clock_settime, CLOCK_MONOTONIC, &second);
  CALL(gettimeofday, BAD, 0);
  CALL(time, BAD);
  CALL(times, BAD);
  CALL(alarm, 0);
  CALL(setitimer, 9, &timer, 0);
  CALL(getitimer, ITIMER_PROF, BAD);
  CALL(getpriority, PRIO_USER, 77777);
  CALL(setpriority, 9, 5, 6);
  CALL(getrlimit, RLIMIT_NOFILE, BAD);
  CALL(setrlimit, 99, &limit);
  CALL(prlimit64, 999999, RLIMIT_CORE, &limit, 0);
  CALL(getrusage, RUSAGE_CHILDREN, BAD);
  CALL(sysinfo, BAD);
  CALL(uname, BAD);
  CALL(getpid);
  CALL(gettid);
  CALL(getuid);
  CALL(geteuid);
  CALL(getgid);
  CALL(getegid);
  CALL(getpgrp);
  CALL(getpgid, 0);
  CALL(getsid, 999999);
  CALL(setpgid, 999999, 5);
  CALL(getgroups, -1, BAD);
  CALL(getresuid, BAD, BAD, BAD);
  CALL(sched_yield);
  CALL(sched_getaffinity, 999999, 128, BAD);
  CALL(sched_setscheduler, 999999, 1, BAD);
  CALL(kill, 999999, SIGUSR1);
  CALL(tkill, 999999, SIGCHLD);
  CALL(tgkill, 999999, 999998, SIGRTMIN + 2);
  CALL(rt_sigaction, SIGKILL, BAD, 0, 8);
  CALL(rt_sigpending, BAD, 8);
  CALL(rt_sigsuspend, BAD, 9);
  CALL(sigaltstack, BAD, 0);
  CALL(wait4, 999999, 0, 1 | 0x40000000, 0);
  CALL(waitid, 1, 999999, 0, 4, 0);
  CALL(socket, AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 999);
  CALL(socketpair, AF_UNIX, 77, 0, BAD);
  CALL(connect, -1, &un, sizeof un);
  CALL(bind, -1, &un, 2);
  CALL(listen, -1, 5);
  CALL(accept, -1, BAD, BAD);
  CALL(accept4, -1, 0, 0, SOCK_CLOEXEC);
  CALL(getsockname, -1, BAD, BAD);
  CALL(getpeername, -1, BAD, BAD);
  CALL(sendto, -1, "hello", 5, MSG_DONTWAIT | MSG_NOSIGNAL, &un, sizeof un);
  CALL(recvfrom, -1, BAD, 5, MSG_PEEK | MSG_WAITALL, 0, 0);
  CALL(sendmsg, -1, &message, MSG_MORE);
  CALL(recvmsg, -1, BAD, MSG_TRUNC);
  CALL(shutdown, -1, SHUT_WR);
  CALL(setsockopt, -1, SOL_SOCKET, SO_REUSEADDR, &(int){1}, 4);
  CALL(getsockopt, -1, SOL_SOCKET, SO_ERROR, BAD, BAD);
  CALL(statfs, none, BAD);
  CALL(fstatfs, -1, BAD);
  CALL(fallocate, -1, 3, 1, 2);
  CALL(fadvise64, -1, 0, 10, 4);
  CALL(flock, -1, 2 | 4);
  CALL(fcntl, -1, F_SETFL, O_RDWR | O_NONBLOCK);
  CALL(fcntl, -1, F_DUPFD_CLOEXEC, 10);
  CALL(ioctl, -1, 0x5413, BAD);
  CALL(mremap, 4096, 1, 2, 3);
  CALL(madvise, 1, 4096, 4);
  CALL(mprotect, 1, 4096, 7);
  CALL(munmap, 1, 0);
  CALL(msync, 1, 4096, 4);
  CALL(mlock, 1L << 62, 4096);
  CALL(futex, BAD, FUTEX_WAIT_PRIVATE, 1, &odd, 0, 0);
  CALL(futex, 1, FUTEX_WAKE, 5, 0, 0, 0);
  CALL(set_robust_list, 0, 1);
  CALL(getrandom, BAD, 5, 9);
  CALL(prctl, 15, BAD, 0, 0, 0);
  CALL(arch_prctl, 0x9999, 5);
  CALL(execve, none, BAD, 0);
  CALL(copy_file_range, -1, 0, -2, 0, 5, 1);
  CALL(umask, 022);
  CALL(close_range, 5, 4, 0);
  CALL(getxattr, none, "user.a", BAD, 5);
  CALL(exit_group, 3);
}
