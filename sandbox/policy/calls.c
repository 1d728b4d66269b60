/*
 * sandbox/policy/calls.c - every system call of x86-64 and aarch64, up to Linux 6.18.
 *
 * Arguments have the names and types of the kernel's include/linux/syscalls.h, without __user;
 * where that gives no name, those of its SYSCALL_DEFINE. Policies are written against these. The
 * manual pages' names differ most in
 *
 *   mmap      len, off: length, offset          openat    dfd, filename: dirfd, pathname
 *   mprotect  start: addr                       socket    family: domain
 *   madvise   start, behavior: addr, advice     clone     clone_flags: flags
 *
 * clone: what follows parent_tidptr is (child_tidptr, tls) on x86-64 and (tls, child_tidptr) on
 * aarch64, so that no name would be true of both.
 *
 * Two types are wider here than what the kernel looks at in the end: a umode_t (16 bits, here 32)
 * and the descriptors that are declared as unsigned long (mmap, readv and kin: 32, here 64). A rule
 * that allows certain values of these is exact; one that refuses certain values could be got around
 * by bits that the kernel drops.
 *
 * Without arguments that anyone reads: the calls that were reserved, or are gone.
 */
#include "sandbox/policy/calls.h"
#include "sandbox/policy/nearest.h"

#include <ctype.h>
#include <linux/audit.h>
#include <string.h>

#define NONE BRIG_CALL_NONE

/*
 * Why the doubtful ones are where they are:
 *
 * kill, tkill, tgkill: benign, since raise() and abort() are made of them; a role says to whom.
 * fchdir: dangerous, since a sealed child has no directory but one that was smuggled to it.
 * inotify_init: unknown, since libraries that watch files fall back to polling.
 * openat2: benign, since no libc needs ENOSYS of it. statx, faccessat2: unknown, since glibc does.
 * mprotect, socket, fork, clone, prctl, ioctl, seccomp and kin: benign, since it is their
 * arguments, or the role, that make them an attack.
 */

/* clang-format off */
#define BENIGN(name, x86_64, aarch64, arguments) \
	{ name, { x86_64, aarch64 }, BRIG_CLASS_BENIGN, arguments, NULL }
#define UNKNOWN(name, x86_64, aarch64, arguments) \
	{ name, { x86_64, aarch64 }, BRIG_CLASS_UNKNOWN, arguments, NULL }
#define DANGEROUS(name, x86_64, aarch64, arguments, why) \
	{ name, { x86_64, aarch64 }, BRIG_CLASS_DANGEROUS, arguments, why }

static const struct brig_call calls[] = {
	UNKNOWN("_sysctl",                    156, NONE, ""),
	BENIGN("accept",                       43,  202, "int fd, struct sockaddr *upeer_sockaddr, int *upeer_addrlen"),
	BENIGN("accept4",                     288,  242, "int fd, struct sockaddr *upeer_sockaddr, int *upeer_addrlen, int flags"),
	BENIGN("access",                       21, NONE, "const char *filename, int mode"),
	DANGEROUS("acct",                     163,   89, "const char *name", "administers the machine"),
	DANGEROUS("add_key",                  248,  217, "const char *_type, const char *_description, const void *_payload, size_t plen, key_serial_t destringid", "the kernel's keyring is shared beyond the sandbox"),
	DANGEROUS("adjtimex",                 159,  171, "struct __kernel_timex *txc_p", "sets the clock"),
	UNKNOWN("afs_syscall",                183, NONE, ""),
	BENIGN("alarm",                        37, NONE, "unsigned int seconds"),
	BENIGN("arch_prctl",                  158, NONE, "int option, unsigned long arg2"),
	BENIGN("bind",                         49,  200, "int fd, struct sockaddr *umyaddr, int addrlen"),
	DANGEROUS("bpf",                      321,  280, "int cmd, union bpf_attr *attr, unsigned int size", "loads programs into the kernel"),
	BENIGN("brk",                          12,  214, "unsigned long brk"),
	UNKNOWN("cachestat",                  451,  451, "unsigned int fd, struct cachestat_range *cstat_range, struct cachestat *cstat, unsigned int flags"),
	BENIGN("capget",                      125,   90, "cap_user_header_t header, cap_user_data_t dataptr"),
	DANGEROUS("capset",                   126,   91, "cap_user_header_t header, const cap_user_data_t data", "changes capabilities"),
	BENIGN("chdir",                        80,   49, "const char *filename"),
	BENIGN("chmod",                        90, NONE, "const char *filename, umode_t mode"),
	BENIGN("chown",                        92, NONE, "const char *filename, uid_t user, gid_t group"),
	DANGEROUS("chroot",                   161,   51, "const char *filename", "changes the root directory"),
	DANGEROUS("clock_adjtime",            305,  266, "clockid_t which_clock, struct __kernel_timex *tx", "sets the clock"),
	BENIGN("clock_getres",                229,  114, "clockid_t which_clock, struct __kernel_timespec *tp"),
	BENIGN("clock_gettime",               228,  113, "clockid_t which_clock, struct __kernel_timespec *tp"),
	BENIGN("clock_nanosleep",             230,  115, "clockid_t which_clock, int flags, const struct __kernel_timespec *rqtp, struct __kernel_timespec *rmtp"),
	DANGEROUS("clock_settime",            227,  112, "clockid_t which_clock, const struct __kernel_timespec *tp", "sets the clock"),
	BENIGN("clone",                        56,  220, "unsigned long clone_flags, unsigned long newsp, int *parent_tidptr, unsigned long arg4, unsigned long arg5"),
	UNKNOWN("clone3",                     435,  435, "struct clone_args *uargs, size_t size"),
	BENIGN("close",                         3,   57, "unsigned int fd"),
	UNKNOWN("close_range",                436,  436, "unsigned int fd, unsigned int max_fd, unsigned int flags"),
	BENIGN("connect",                      42,  203, "int fd, struct sockaddr *uservaddr, int addrlen"),
	BENIGN("copy_file_range",             326,  285, "int fd_in, loff_t *off_in, int fd_out, loff_t *off_out, size_t len, unsigned int flags"),
	BENIGN("creat",                        85, NONE, "const char *pathname, umode_t mode"),
	UNKNOWN("create_module",              174, NONE, ""),
	DANGEROUS("delete_module",            176,  106, "const char *name_user, unsigned int flags", "unloads kernel code"),
	BENIGN("dup",                          32,   23, "unsigned int fildes"),
	BENIGN("dup2",                         33, NONE, "unsigned int oldfd, unsigned int newfd"),
	BENIGN("dup3",                        292,   24, "unsigned int oldfd, unsigned int newfd, int flags"),
	BENIGN("epoll_create",                213, NONE, "int size"),
	BENIGN("epoll_create1",               291,   20, "int flags"),
	BENIGN("epoll_ctl",                   233,   21, "int epfd, int op, int fd, struct epoll_event *event"),
	UNKNOWN("epoll_ctl_old",              214, NONE, ""),
	BENIGN("epoll_pwait",                 281,   22, "int epfd, struct epoll_event *events, int maxevents, int timeout, const sigset_t *sigmask, size_t sigsetsize"),
	UNKNOWN("epoll_pwait2",               441,  441, "int epfd, struct epoll_event *events, int maxevents, const struct __kernel_timespec *timeout, const sigset_t *sigmask, size_t sigsetsize"),
	BENIGN("epoll_wait",                  232, NONE, "int epfd, struct epoll_event *events, int maxevents, int timeout"),
	UNKNOWN("epoll_wait_old",             215, NONE, ""),
	BENIGN("eventfd",                     284, NONE, "unsigned int count"),
	BENIGN("eventfd2",                    290,   19, "unsigned int count, int flags"),
	DANGEROUS("execve",                    59,  221, "const char *filename, const char *const *argv, const char *const *envp", "runs another program"),
	DANGEROUS("execveat",                 322,  281, "int dfd, const char *filename, const char *const *argv, const char *const *envp, int flags", "runs another program"),
	BENIGN("exit",                         60,   93, "int error_code"),
	BENIGN("exit_group",                  231,   94, "int error_code"),
	BENIGN("faccessat",                   269,   48, "int dfd, const char *filename, int mode"),
	UNKNOWN("faccessat2",                 439,  439, "int dfd, const char *filename, int mode, int flags"),
	BENIGN("fadvise64",                   221,  223, "int fd, loff_t offset, size_t len, int advice"),
	BENIGN("fallocate",                   285,   47, "int fd, int mode, loff_t offset, loff_t len"),
	DANGEROUS("fanotify_init",            300,  262, "unsigned int flags, unsigned int event_f_flags", "watches the file system"),
	DANGEROUS("fanotify_mark",            301,  263, "int fanotify_fd, unsigned int flags, u64 mask, int fd, const char *pathname", "watches the file system"),
	DANGEROUS("fchdir",                    81,   50, "unsigned int fd", "leaves the empty root by a directory that someone sent"),
	BENIGN("fchmod",                       91,   52, "unsigned int fd, umode_t mode"),
	BENIGN("fchmodat",                    268,   53, "int dfd, const char *filename, umode_t mode"),
	UNKNOWN("fchmodat2",                  452,  452, "int dfd, const char *filename, umode_t mode, unsigned int flags"),
	BENIGN("fchown",                       93,   55, "unsigned int fd, uid_t user, gid_t group"),
	BENIGN("fchownat",                    260,   54, "int dfd, const char *filename, uid_t user, gid_t group, int flag"),
	BENIGN("fcntl",                        72,   25, "unsigned int fd, unsigned int cmd, unsigned long arg"),
	BENIGN("fdatasync",                    75,   83, "unsigned int fd"),
	BENIGN("fgetxattr",                   193,   10, "int fd, const char *name, void *value, size_t size"),
	UNKNOWN("file_getattr",               468,  468, "int dfd, const char *filename, struct file_attr *attr, size_t usize, unsigned int at_flags"),
	UNKNOWN("file_setattr",               469,  469, "int dfd, const char *filename, struct file_attr *attr, size_t usize, unsigned int at_flags"),
	DANGEROUS("finit_module",             313,  273, "int fd, const char *uargs, int flags", "loads kernel code"),
	BENIGN("flistxattr",                  196,   13, "int fd, char *list, size_t size"),
	BENIGN("flock",                        73,   32, "unsigned int fd, unsigned int cmd"),
	BENIGN("fork",                         57, NONE, ""),
	BENIGN("fremovexattr",                199,   16, "int fd, const char *name"),
	DANGEROUS("fsconfig",                 431,  431, "int fs_fd, unsigned int cmd, const char *key, const void *value, int aux", "changes mounts"),
	BENIGN("fsetxattr",                   190,    7, "int fd, const char *name, const void *value, size_t size, int flags"),
	DANGEROUS("fsmount",                  432,  432, "int fs_fd, unsigned int flags, unsigned int ms_flags", "changes mounts"),
	DANGEROUS("fsopen",                   430,  430, "const char *fs_name, unsigned int flags", "changes mounts"),
	DANGEROUS("fspick",                   433,  433, "int dfd, const char *path, unsigned int flags", "changes mounts"),
	BENIGN("fstat",                         5,   80, "unsigned int fd, struct stat *statbuf"),
	BENIGN("fstatfs",                     138,   44, "unsigned int fd, struct statfs *buf"),
	BENIGN("fsync",                        74,   82, "unsigned int fd"),
	BENIGN("ftruncate",                    77,   46, "unsigned int fd, off_t length"),
	BENIGN("futex",                       202,   98, "u32 *uaddr, int op, u32 val, const struct __kernel_timespec *utime, u32 *uaddr2, u32 val3"),
	UNKNOWN("futex_requeue",              456,  456, "struct futex_waitv *waiters, unsigned int flags, int nr_wake, int nr_requeue"),
	UNKNOWN("futex_wait",                 455,  455, "void *uaddr, unsigned long val, unsigned long mask, unsigned int flags, struct __kernel_timespec *timespec, clockid_t clockid"),
	UNKNOWN("futex_waitv",                449,  449, "struct futex_waitv *waiters, unsigned int nr_futexes, unsigned int flags, struct __kernel_timespec *timeout, clockid_t clockid"),
	UNKNOWN("futex_wake",                 454,  454, "void *uaddr, unsigned long mask, int nr, unsigned int flags"),
	BENIGN("futimesat",                   261, NONE, "int dfd, const char *filename, struct __kernel_old_timeval *utimes"),
	UNKNOWN("get_kernel_syms",            177, NONE, ""),
	BENIGN("get_mempolicy",               239,  236, "int *policy, unsigned long *nmask, unsigned long maxnode, unsigned long addr, unsigned long flags"),
	DANGEROUS("get_robust_list",          274,  100, "int pid, struct robust_list_head **head_ptr, size_t *len_ptr", "reads where another task keeps its locks"),
	UNKNOWN("get_thread_area",            211, NONE, ""),
	BENIGN("getcpu",                      309,  168, "unsigned int *cpu, unsigned int *node, void *cache"),
	BENIGN("getcwd",                       79,   17, "char *buf, unsigned long size"),
	BENIGN("getdents",                     78, NONE, "unsigned int fd, struct linux_dirent *dirent, unsigned int count"),
	BENIGN("getdents64",                  217,   61, "unsigned int fd, struct linux_dirent64 *dirent, unsigned int count"),
	BENIGN("getegid",                     108,  177, ""),
	BENIGN("geteuid",                     107,  175, ""),
	BENIGN("getgid",                      104,  176, ""),
	BENIGN("getgroups",                   115,  158, "int gidsetsize, gid_t *grouplist"),
	BENIGN("getitimer",                    36,  102, "int which, struct __kernel_old_itimerval *value"),
	BENIGN("getpeername",                  52,  205, "int fd, struct sockaddr *usockaddr, int *usockaddr_len"),
	BENIGN("getpgid",                     121,  155, "pid_t pid"),
	BENIGN("getpgrp",                     111, NONE, ""),
	BENIGN("getpid",                       39,  172, ""),
	UNKNOWN("getpmsg",                    181, NONE, ""),
	BENIGN("getppid",                     110,  173, ""),
	BENIGN("getpriority",                 140,  141, "int which, int who"),
	BENIGN("getrandom",                   318,  278, "char *buf, size_t count, unsigned int flags"),
	BENIGN("getresgid",                   120,  150, "gid_t *rgid, gid_t *egid, gid_t *sgid"),
	BENIGN("getresuid",                   118,  148, "uid_t *ruid, uid_t *euid, uid_t *suid"),
	BENIGN("getrlimit",                    97,  163, "unsigned int resource, struct rlimit *rlim"),
	BENIGN("getrusage",                    98,  165, "int who, struct rusage *ru"),
	BENIGN("getsid",                      124,  156, "pid_t pid"),
	BENIGN("getsockname",                  51,  204, "int fd, struct sockaddr *usockaddr, int *usockaddr_len"),
	BENIGN("getsockopt",                   55,  209, "int fd, int level, int optname, char *optval, int *optlen"),
	BENIGN("gettid",                      186,  178, ""),
	BENIGN("gettimeofday",                 96,  169, "struct __kernel_old_timeval *tv, struct timezone *tz"),
	BENIGN("getuid",                      102,  174, ""),
	BENIGN("getxattr",                    191,    8, "const char *path, const char *name, void *value, size_t size"),
	UNKNOWN("getxattrat",                 464,  464, "int dfd, const char *path, unsigned int at_flags, const char *name, struct xattr_args *args, size_t size"),
	DANGEROUS("init_module",              175,  105, "void *umod, unsigned long len, const char *uargs", "loads kernel code"),
	BENIGN("inotify_add_watch",           254,   27, "int fd, const char *path, u32 mask"),
	UNKNOWN("inotify_init",               253, NONE, ""),
	UNKNOWN("inotify_init1",              294,   26, "int flags"),
	BENIGN("inotify_rm_watch",            255,   28, "int fd, __s32 wd"),
	DANGEROUS("io_cancel",                210,    3, "aio_context_t ctx_id, struct iocb *iocb, struct io_event *result", "asynchronous I/O, large attack surface"),
	DANGEROUS("io_destroy",               207,    1, "aio_context_t ctx", "asynchronous I/O, large attack surface"),
	DANGEROUS("io_getevents",             208,    4, "aio_context_t ctx_id, long min_nr, long nr, struct io_event *events, struct __kernel_timespec *timeout", "asynchronous I/O, large attack surface"),
	DANGEROUS("io_pgetevents",            333,  292, "aio_context_t ctx_id, long min_nr, long nr, struct io_event *events, struct __kernel_timespec *timeout, const struct __aio_sigset *sig", "asynchronous I/O, large attack surface"),
	DANGEROUS("io_setup",                 206,    0, "unsigned int nr_reqs, aio_context_t *ctx", "asynchronous I/O, large attack surface"),
	DANGEROUS("io_submit",                209,    2, "aio_context_t ctx_id, long nr, struct iocb **iocbpp", "asynchronous I/O, large attack surface"),
	DANGEROUS("io_uring_enter",           426,  426, "unsigned int fd, u32 to_submit, u32 min_complete, u32 flags, const void *argp, size_t argsz", "system calls that no filter sees"),
	DANGEROUS("io_uring_register",        427,  427, "unsigned int fd, unsigned int op, void *arg, unsigned int nr_args", "system calls that no filter sees"),
	DANGEROUS("io_uring_setup",           425,  425, "u32 entries, struct io_uring_params *p", "system calls that no filter sees"),
	BENIGN("ioctl",                        16,   29, "unsigned int fd, unsigned int cmd, unsigned long arg"),
	DANGEROUS("ioperm",                   173, NONE, "unsigned long from, unsigned long num, int on", "reaches hardware ports"),
	DANGEROUS("iopl",                     172, NONE, "unsigned int level", "reaches hardware ports"),
	BENIGN("ioprio_get",                  252,   31, "int which, int who"),
	BENIGN("ioprio_set",                  251,   30, "int which, int who, int ioprio"),
	DANGEROUS("kcmp",                     312,  272, "pid_t pid1, pid_t pid2, int type, unsigned long idx1, unsigned long idx2", "compares other processes' kernel objects"),
	DANGEROUS("kexec_file_load",          320,  294, "int kernel_fd, int initrd_fd, unsigned long cmdline_len, const char *cmdline_ptr, unsigned long flags", "replaces the kernel"),
	DANGEROUS("kexec_load",               246,  104, "unsigned long entry, unsigned long nr_segments, struct kexec_segment *segments, unsigned long flags", "replaces the kernel"),
	DANGEROUS("keyctl",                   250,  219, "int cmd, unsigned long arg2, unsigned long arg3, unsigned long arg4, unsigned long arg5", "the kernel's keyring is shared beyond the sandbox"),
	BENIGN("kill",                         62,  129, "pid_t pid, int sig"),
	BENIGN("landlock_add_rule",           445,  445, "int ruleset_fd, enum landlock_rule_type rule_type, const void *rule_attr, __u32 flags"),
	BENIGN("landlock_create_ruleset",     444,  444, "const struct landlock_ruleset_attr *attr, size_t size, __u32 flags"),
	BENIGN("landlock_restrict_self",      446,  446, "int ruleset_fd, __u32 flags"),
	BENIGN("lchown",                       94, NONE, "const char *filename, uid_t user, gid_t group"),
	BENIGN("lgetxattr",                   192,    9, "const char *path, const char *name, void *value, size_t size"),
	BENIGN("link",                         86, NONE, "const char *oldname, const char *newname"),
	BENIGN("linkat",                      265,   37, "int olddfd, const char *oldname, int newdfd, const char *newname, int flags"),
	BENIGN("listen",                       50,  201, "int fd, int backlog"),
	UNKNOWN("listmount",                  458,  458, "const struct mnt_id_req *req, u64 *mnt_ids, size_t nr_mnt_ids, unsigned int flags"),
	BENIGN("listxattr",                   194,   11, "const char *path, char *list, size_t size"),
	UNKNOWN("listxattrat",                465,  465, "int dfd, const char *path, unsigned int at_flags, char *list, size_t size"),
	BENIGN("llistxattr",                  195,   12, "const char *path, char *list, size_t size"),
	DANGEROUS("lookup_dcookie",           212,   18, "u64 cookie64, char *buf, size_t len", "tells paths of the host's files"),
	BENIGN("lremovexattr",                198,   15, "const char *path, const char *name"),
	BENIGN("lseek",                         8,   62, "unsigned int fd, off_t offset, unsigned int whence"),
	BENIGN("lsetxattr",                   189,    6, "const char *path, const char *name, const void *value, size_t size, int flags"),
	UNKNOWN("lsm_get_self_attr",          459,  459, "unsigned int attr, struct lsm_ctx *ctx, u32 *size, u32 flags"),
	UNKNOWN("lsm_list_modules",           461,  461, "u64 *ids, u32 *size, u32 flags"),
	DANGEROUS("lsm_set_self_attr",        460,  460, "unsigned int attr, struct lsm_ctx *ctx, u32 size, u32 flags", "changes the security label that holds it"),
	BENIGN("lstat",                         6, NONE, "const char *filename, struct stat *statbuf"),
	BENIGN("madvise",                      28,  233, "unsigned long start, size_t len, int behavior"),
	UNKNOWN("map_shadow_stack",           453,  453, "unsigned long addr, unsigned long size, unsigned int flags"),
	DANGEROUS("mbind",                    237,  235, "unsigned long start, unsigned long len, unsigned long mode, const unsigned long *nmask, unsigned long maxnode, unsigned int flags", "moves pages"),
	BENIGN("membarrier",                  324,  283, "int cmd, unsigned int flags, int cpu_id"),
	BENIGN("memfd_create",                319,  279, "const char *uname_ptr, unsigned int flags"),
	DANGEROUS("memfd_secret",             447,  447, "unsigned int flags", "memory that no one can inspect"),
	DANGEROUS("migrate_pages",            256,  238, "pid_t pid, unsigned long maxnode, const unsigned long *from, const unsigned long *to", "moves pages"),
	BENIGN("mincore",                      27,  232, "unsigned long start, size_t len, unsigned char *vec"),
	BENIGN("mkdir",                        83, NONE, "const char *pathname, umode_t mode"),
	BENIGN("mkdirat",                     258,   34, "int dfd, const char *pathname, umode_t mode"),
	BENIGN("mknod",                       133, NONE, "const char *filename, umode_t mode, unsigned int dev"),
	BENIGN("mknodat",                     259,   33, "int dfd, const char *filename, umode_t mode, unsigned int dev"),
	BENIGN("mlock",                       149,  228, "unsigned long start, size_t len"),
	BENIGN("mlock2",                      325,  284, "unsigned long start, size_t len, int flags"),
	BENIGN("mlockall",                    151,  230, "int flags"),
	BENIGN("mmap",                          9,  222, "unsigned long addr, unsigned long len, unsigned long prot, unsigned long flags, unsigned long fd, unsigned long off"),
	DANGEROUS("modify_ldt",               154, NONE, "int func, void *ptr, unsigned long bytecount", "makes segments of other modes"),
	DANGEROUS("mount",                    165,   40, "char *dev_name, char *dir_name, char *type, unsigned long flags, void *data", "changes mounts"),
	DANGEROUS("mount_setattr",            442,  442, "int dfd, const char *path, unsigned int flags, struct mount_attr *uattr, size_t usize", "changes mounts"),
	DANGEROUS("move_mount",               429,  429, "int from_dfd, const char *from_path, int to_dfd, const char *to_path, unsigned int ms_flags", "changes mounts"),
	DANGEROUS("move_pages",               279,  239, "pid_t pid, unsigned long nr_pages, const void **pages, const int *nodes, int *status, int flags", "moves pages"),
	BENIGN("mprotect",                     10,  226, "unsigned long start, size_t len, unsigned long prot"),
	BENIGN("mq_getsetattr",               245,  185, "mqd_t mqdes, const struct mq_attr *mqstat, struct mq_attr *omqstat"),
	BENIGN("mq_notify",                   244,  184, "mqd_t mqdes, const struct sigevent *notification"),
	BENIGN("mq_open",                     240,  180, "const char *name, int oflag, umode_t mode, struct mq_attr *attr"),
	BENIGN("mq_timedreceive",             243,  183, "mqd_t mqdes, char *msg_ptr, size_t msg_len, unsigned int *msg_prio, const struct __kernel_timespec *abs_timeout"),
	BENIGN("mq_timedsend",                242,  182, "mqd_t mqdes, const char *msg_ptr, size_t msg_len, unsigned int msg_prio, const struct __kernel_timespec *abs_timeout"),
	BENIGN("mq_unlink",                   241,  181, "const char *name"),
	BENIGN("mremap",                       25,  216, "unsigned long addr, unsigned long old_len, unsigned long new_len, unsigned long flags, unsigned long new_addr"),
	UNKNOWN("mseal",                      462,  462, "unsigned long start, size_t len, unsigned long flags"),
	BENIGN("msgctl",                       71,  187, "int msqid, int cmd, struct msqid_ds *buf"),
	BENIGN("msgget",                       68,  186, "key_t key, int msgflg"),
	BENIGN("msgrcv",                       70,  188, "int msqid, struct msgbuf *msgp, size_t msgsz, long msgtyp, int msgflg"),
	BENIGN("msgsnd",                       69,  189, "int msqid, struct msgbuf *msgp, size_t msgsz, int msgflg"),
	BENIGN("msync",                        26,  227, "unsigned long start, size_t len, int flags"),
	BENIGN("munlock",                     150,  229, "unsigned long start, size_t len"),
	BENIGN("munlockall",                  152,  231, ""),
	BENIGN("munmap",                       11,  215, "unsigned long addr, size_t len"),
	DANGEROUS("name_to_handle_at",        303,  264, "int dfd, const char *name, struct file_handle *handle, void *mnt_id, int flag", "names files past the root directory"),
	BENIGN("nanosleep",                    35,  101, "struct __kernel_timespec *rqtp, struct __kernel_timespec *rmtp"),
	BENIGN("newfstatat",                  262,   79, "int dfd, const char *filename, struct stat *statbuf, int flag"),
	DANGEROUS("nfsservctl",               180,   42, "", "administers the machine"),
	BENIGN("open",                          2, NONE, "const char *filename, int flags, umode_t mode"),
	DANGEROUS("open_by_handle_at",        304,  265, "int mountdirfd, struct file_handle *handle, int flags", "opens files past the root directory"),
	DANGEROUS("open_tree",                428,  428, "int dfd, const char *path, unsigned int flags", "changes mounts"),
	DANGEROUS("open_tree_attr",           467,  467, "int dfd, const char *path, unsigned int flags, struct mount_attr *uattr, size_t usize", "changes mounts"),
	BENIGN("openat",                      257,   56, "int dfd, const char *filename, int flags, umode_t mode"),
	BENIGN("openat2",                     437,  437, "int dfd, const char *filename, struct open_how *how, size_t size"),
	BENIGN("pause",                        34, NONE, ""),
	DANGEROUS("perf_event_open",          298,  241, "struct perf_event_attr *attr_uptr, pid_t pid, int cpu, int group_fd, unsigned long flags", "large kernel attack surface"),
	DANGEROUS("personality",              135,   92, "unsigned int personality", "turns off address randomisation and NX"),
	DANGEROUS("pidfd_getfd",              438,  438, "int pidfd, int fd, unsigned int flags", "takes other processes' descriptors"),
	DANGEROUS("pidfd_open",               434,  434, "pid_t pid, unsigned int flags", "gets hold of other processes"),
	DANGEROUS("pidfd_send_signal",        424,  424, "int pidfd, int sig, siginfo_t *info, unsigned int flags", "sends signals to other processes"),
	BENIGN("pipe",                         22, NONE, "int *fildes"),
	BENIGN("pipe2",                       293,   59, "int *fildes, int flags"),
	DANGEROUS("pivot_root",               155,   41, "const char *new_root, const char *put_old", "changes the root directory"),
	BENIGN("pkey_alloc",                  330,  289, "unsigned long flags, unsigned long init_val"),
	BENIGN("pkey_free",                   331,  290, "int pkey"),
	BENIGN("pkey_mprotect",               329,  288, "unsigned long start, size_t len, unsigned long prot, int pkey"),
	BENIGN("poll",                          7, NONE, "struct pollfd *ufds, unsigned int nfds, int timeout"),
	BENIGN("ppoll",                       271,   73, "struct pollfd *ufds, unsigned int nfds, struct __kernel_timespec *tsp, const sigset_t *sigmask, size_t sigsetsize"),
	BENIGN("prctl",                       157,  167, "int option, unsigned long arg2, unsigned long arg3, unsigned long arg4, unsigned long arg5"),
	BENIGN("pread64",                      17,   67, "unsigned int fd, char *buf, size_t count, loff_t pos"),
	BENIGN("preadv",                      295,   69, "unsigned long fd, const struct iovec *vec, unsigned long vlen, unsigned long pos_l, unsigned long pos_h"),
	BENIGN("preadv2",                     327,  286, "unsigned long fd, const struct iovec *vec, unsigned long vlen, unsigned long pos_l, unsigned long pos_h, rwf_t flags"),
	BENIGN("prlimit64",                   302,  261, "pid_t pid, unsigned int resource, const struct rlimit64 *new_rlim, struct rlimit64 *old_rlim"),
	DANGEROUS("process_madvise",          440,  440, "int pidfd, const struct iovec *vec, size_t vlen, int behavior, unsigned int flags", "acts on other processes' memory"),
	DANGEROUS("process_mrelease",         448,  448, "int pidfd, unsigned int flags", "frees other processes' memory"),
	DANGEROUS("process_vm_readv",         310,  270, "pid_t pid, const struct iovec *lvec, unsigned long liovcnt, const struct iovec *rvec, unsigned long riovcnt, unsigned long flags", "reads other processes"),
	DANGEROUS("process_vm_writev",        311,  271, "pid_t pid, const struct iovec *lvec, unsigned long liovcnt, const struct iovec *rvec, unsigned long riovcnt, unsigned long flags", "writes other processes"),
	BENIGN("pselect6",                    270,   72, "int n, fd_set *inp, fd_set *outp, fd_set *exp, struct __kernel_timespec *tsp, void *sig"),
	DANGEROUS("ptrace",                   101,  117, "long request, long pid, unsigned long addr, unsigned long data", "reads and writes other processes"),
	UNKNOWN("putpmsg",                    182, NONE, ""),
	BENIGN("pwrite64",                     18,   68, "unsigned int fd, const char *buf, size_t count, loff_t pos"),
	BENIGN("pwritev",                     296,   70, "unsigned long fd, const struct iovec *vec, unsigned long vlen, unsigned long pos_l, unsigned long pos_h"),
	BENIGN("pwritev2",                    328,  287, "unsigned long fd, const struct iovec *vec, unsigned long vlen, unsigned long pos_l, unsigned long pos_h, rwf_t flags"),
	UNKNOWN("query_module",               178, NONE, ""),
	DANGEROUS("quotactl",                 179,   60, "unsigned int cmd, const char *special, qid_t id, void *addr", "administers the machine"),
	DANGEROUS("quotactl_fd",              443,  443, "unsigned int fd, unsigned int cmd, qid_t id, void *addr", "administers the machine"),
	BENIGN("read",                          0,   63, "unsigned int fd, char *buf, size_t count"),
	BENIGN("readahead",                   187,  213, "int fd, loff_t offset, size_t count"),
	BENIGN("readlink",                     89, NONE, "const char *path, char *buf, int bufsiz"),
	BENIGN("readlinkat",                  267,   78, "int dfd, const char *path, char *buf, int bufsiz"),
	BENIGN("readv",                        19,   65, "unsigned long fd, const struct iovec *vec, unsigned long vlen"),
	DANGEROUS("reboot",                   169,  142, "int magic1, int magic2, unsigned int cmd, void *arg", "ends the machine"),
	BENIGN("recvfrom",                     45,  207, "int fd, void *ubuf, size_t size, unsigned int flags, struct sockaddr *addr, int *addr_len"),
	BENIGN("recvmmsg",                    299,  243, "int fd, struct mmsghdr *msg, unsigned int vlen, unsigned int flags, struct __kernel_timespec *timeout"),
	BENIGN("recvmsg",                      47,  212, "int fd, struct user_msghdr *msg, unsigned int flags"),
	DANGEROUS("remap_file_pages",         216,  234, "unsigned long start, unsigned long size, unsigned long prot, unsigned long pgoff, unsigned long flags", "moves file pages where no rule on mmap looks"),
	BENIGN("removexattr",                 197,   14, "const char *path, const char *name"),
	UNKNOWN("removexattrat",              466,  466, "int dfd, const char *path, unsigned int at_flags, const char *name"),
	BENIGN("rename",                       82, NONE, "const char *oldname, const char *newname"),
	BENIGN("renameat",                    264,   38, "int olddfd, const char *oldname, int newdfd, const char *newname"),
	BENIGN("renameat2",                   316,  276, "int olddfd, const char *oldname, int newdfd, const char *newname, unsigned int flags"),
	DANGEROUS("request_key",              249,  218, "const char *_type, const char *_description, const char *_callout_info, key_serial_t destringid", "the kernel's keyring is shared beyond the sandbox"),
	BENIGN("restart_syscall",             219,  128, ""),
	BENIGN("rmdir",                        84, NONE, "const char *pathname"),
	BENIGN("rseq",                        334,  293, "struct rseq *rseq, u32 rseq_len, int flags, u32 sig"),
	BENIGN("rt_sigaction",                 13,  134, "int sig, const struct sigaction *act, struct sigaction *oact, size_t sigsetsize"),
	BENIGN("rt_sigpending",               127,  136, "sigset_t *set, size_t sigsetsize"),
	BENIGN("rt_sigprocmask",               14,  135, "int how, sigset_t *set, sigset_t *oset, size_t sigsetsize"),
	DANGEROUS("rt_sigqueueinfo",          129,  138, "pid_t pid, int sig, siginfo_t *uinfo", "sends signals to other processes, forged"),
	BENIGN("rt_sigreturn",                 15,  139, ""),
	BENIGN("rt_sigsuspend",               130,  133, "sigset_t *unewset, size_t sigsetsize"),
	BENIGN("rt_sigtimedwait",             128,  137, "const sigset_t *uthese, siginfo_t *uinfo, const struct __kernel_timespec *uts, size_t sigsetsize"),
	DANGEROUS("rt_tgsigqueueinfo",        297,  240, "pid_t tgid, pid_t pid, int sig, siginfo_t *uinfo", "sends signals to other processes, forged"),
	BENIGN("sched_get_priority_max",      146,  125, "int policy"),
	BENIGN("sched_get_priority_min",      147,  126, "int policy"),
	BENIGN("sched_getaffinity",           204,  123, "pid_t pid, unsigned int len, unsigned long *user_mask_ptr"),
	BENIGN("sched_getattr",               315,  275, "pid_t pid, struct sched_attr *attr, unsigned int size, unsigned int flags"),
	BENIGN("sched_getparam",              143,  121, "pid_t pid, struct sched_param *param"),
	BENIGN("sched_getscheduler",          145,  120, "pid_t pid"),
	BENIGN("sched_rr_get_interval",       148,  127, "pid_t pid, struct __kernel_timespec *interval"),
	BENIGN("sched_setaffinity",           203,  122, "pid_t pid, unsigned int len, unsigned long *user_mask_ptr"),
	BENIGN("sched_setattr",               314,  274, "pid_t pid, struct sched_attr *attr, unsigned int flags"),
	BENIGN("sched_setparam",              142,  118, "pid_t pid, struct sched_param *param"),
	BENIGN("sched_setscheduler",          144,  119, "pid_t pid, int policy, struct sched_param *param"),
	BENIGN("sched_yield",                  24,  124, ""),
	BENIGN("seccomp",                     317,  277, "unsigned int op, unsigned int flags, void *uargs"),
	UNKNOWN("security",                   185, NONE, ""),
	BENIGN("select",                       23, NONE, "int n, fd_set *inp, fd_set *outp, fd_set *exp, struct __kernel_old_timeval *tvp"),
	BENIGN("semctl",                       66,  191, "int semid, int semnum, int cmd, unsigned long arg"),
	BENIGN("semget",                       64,  190, "key_t key, int nsems, int semflg"),
	BENIGN("semop",                        65,  193, "int semid, struct sembuf *sops, unsigned int nsops"),
	BENIGN("semtimedop",                  220,  192, "int semid, struct sembuf *sops, unsigned int nsops, const struct __kernel_timespec *timeout"),
	BENIGN("sendfile",                     40,   71, "int out_fd, int in_fd, loff_t *offset, size_t count"),
	BENIGN("sendmmsg",                    307,  269, "int fd, struct mmsghdr *msg, unsigned int vlen, unsigned int flags"),
	BENIGN("sendmsg",                      46,  211, "int fd, struct user_msghdr *msg, unsigned int flags"),
	BENIGN("sendto",                       44,  206, "int fd, void *buff, size_t len, unsigned int flags, struct sockaddr *addr, int addr_len"),
	DANGEROUS("set_mempolicy",            238,  237, "int mode, const unsigned long *nmask, unsigned long maxnode", "steers where the kernel takes memory"),
	DANGEROUS("set_mempolicy_home_node",  450,  450, "unsigned long start, unsigned long len, unsigned long home_node, unsigned long flags", "steers where the kernel takes memory"),
	BENIGN("set_robust_list",             273,   99, "struct robust_list_head *head, size_t len"),
	UNKNOWN("set_thread_area",            205, NONE, ""),
	BENIGN("set_tid_address",             218,   96, "int *tidptr"),
	DANGEROUS("setdomainname",            171,  162, "char *name, int len", "administers the machine"),
	DANGEROUS("setfsgid",                 123,  152, "gid_t gid", "becomes another user"),
	DANGEROUS("setfsuid",                 122,  151, "uid_t uid", "becomes another user"),
	DANGEROUS("setgid",                   106,  144, "gid_t gid", "becomes another user"),
	DANGEROUS("setgroups",                116,  159, "int gidsetsize, gid_t *grouplist", "becomes another user"),
	DANGEROUS("sethostname",              170,  161, "char *name, int len", "administers the machine"),
	BENIGN("setitimer",                    38,  103, "int which, struct __kernel_old_itimerval *value, struct __kernel_old_itimerval *ovalue"),
	DANGEROUS("setns",                    308,  268, "int fd, int nstype", "enters other namespaces"),
	BENIGN("setpgid",                     109,  154, "pid_t pid, pid_t pgid"),
	BENIGN("setpriority",                 141,  140, "int which, int who, int niceval"),
	DANGEROUS("setregid",                 114,  143, "gid_t rgid, gid_t egid", "becomes another user"),
	DANGEROUS("setresgid",                119,  149, "gid_t rgid, gid_t egid, gid_t sgid", "becomes another user"),
	DANGEROUS("setresuid",                117,  147, "uid_t ruid, uid_t euid, uid_t suid", "becomes another user"),
	DANGEROUS("setreuid",                 113,  145, "uid_t ruid, uid_t euid", "becomes another user"),
	BENIGN("setrlimit",                   160,  164, "unsigned int resource, struct rlimit *rlim"),
	BENIGN("setsid",                      112,  157, ""),
	BENIGN("setsockopt",                   54,  208, "int fd, int level, int optname, char *optval, int optlen"),
	DANGEROUS("settimeofday",             164,  170, "struct __kernel_old_timeval *tv, struct timezone *tz", "sets the clock"),
	DANGEROUS("setuid",                   105,  146, "uid_t uid", "becomes another user"),
	BENIGN("setxattr",                    188,    5, "const char *path, const char *name, const void *value, size_t size, int flags"),
	UNKNOWN("setxattrat",                 463,  463, "int dfd, const char *path, unsigned int at_flags, const char *name, const struct xattr_args *args, size_t size"),
	BENIGN("shmat",                        30,  196, "int shmid, char *shmaddr, int shmflg"),
	BENIGN("shmctl",                       31,  195, "int shmid, int cmd, struct shmid_ds *buf"),
	BENIGN("shmdt",                        67,  197, "char *shmaddr"),
	BENIGN("shmget",                       29,  194, "key_t key, size_t size, int flag"),
	BENIGN("shutdown",                     48,  210, "int fd, int how"),
	BENIGN("sigaltstack",                 131,  132, "const struct sigaltstack *uss, struct sigaltstack *uoss"),
	BENIGN("signalfd",                    282, NONE, "int ufd, sigset_t *user_mask, size_t sizemask"),
	BENIGN("signalfd4",                   289,   74, "int ufd, sigset_t *user_mask, size_t sizemask, int flags"),
	BENIGN("socket",                       41,  198, "int family, int type, int protocol"),
	BENIGN("socketpair",                   53,  199, "int family, int type, int protocol, int *usockvec"),
	BENIGN("splice",                      275,   76, "int fd_in, loff_t *off_in, int fd_out, loff_t *off_out, size_t len, unsigned int flags"),
	BENIGN("stat",                          4, NONE, "const char *filename, struct stat *statbuf"),
	BENIGN("statfs",                      137,   43, "const char *path, struct statfs *buf"),
	UNKNOWN("statmount",                  457,  457, "const struct mnt_id_req *req, struct statmount *buf, size_t bufsize, unsigned int flags"),
	UNKNOWN("statx",                      332,  291, "int dfd, const char *path, unsigned int flags, unsigned int mask, struct statx *buffer"),
	DANGEROUS("swapoff",                  168,  225, "const char *specialfile", "administers the machine"),
	DANGEROUS("swapon",                   167,  224, "const char *specialfile, int swap_flags", "administers the machine"),
	BENIGN("symlink",                      88, NONE, "const char *old, const char *new"),
	BENIGN("symlinkat",                   266,   36, "const char *oldname, int newdfd, const char *newname"),
	BENIGN("sync",                        162,   81, ""),
	BENIGN("sync_file_range",             277,   84, "int fd, loff_t offset, loff_t nbytes, unsigned int flags"),
	BENIGN("syncfs",                      306,  267, "int fd"),
	BENIGN("sysfs",                       139, NONE, "int option, unsigned long arg1, unsigned long arg2"),
	BENIGN("sysinfo",                      99,  179, "struct sysinfo *info"),
	DANGEROUS("syslog",                   103,  116, "int type, char *buf, int len", "reads the kernel's log"),
	BENIGN("tee",                         276,   77, "int fdin, int fdout, size_t len, unsigned int flags"),
	BENIGN("tgkill",                      234,  131, "pid_t tgid, pid_t pid, int sig"),
	BENIGN("time",                        201, NONE, "__kernel_old_time_t *tloc"),
	BENIGN("timer_create",                222,  107, "clockid_t which_clock, struct sigevent *timer_event_spec, timer_t *created_timer_id"),
	BENIGN("timer_delete",                226,  111, "timer_t timer_id"),
	BENIGN("timer_getoverrun",            225,  109, "timer_t timer_id"),
	BENIGN("timer_gettime",               224,  108, "timer_t timer_id, struct __kernel_itimerspec *setting"),
	BENIGN("timer_settime",               223,  110, "timer_t timer_id, int flags, const struct __kernel_itimerspec *new_setting, struct __kernel_itimerspec *old_setting"),
	BENIGN("timerfd_create",              283,   85, "int clockid, int flags"),
	BENIGN("timerfd_gettime",             287,   87, "int ufd, struct __kernel_itimerspec *otmr"),
	BENIGN("timerfd_settime",             286,   86, "int ufd, int flags, const struct __kernel_itimerspec *utmr, struct __kernel_itimerspec *otmr"),
	BENIGN("times",                       100,  153, "struct tms *tbuf"),
	BENIGN("tkill",                       200,  130, "pid_t pid, int sig"),
	BENIGN("truncate",                     76,   45, "const char *path, long length"),
	UNKNOWN("tuxcall",                    184, NONE, ""),
	BENIGN("umask",                        95,  166, "int mask"),
	DANGEROUS("umount2",                  166,   39, "char *name, int flags", "changes mounts"),
	BENIGN("uname",                        63,  160, "struct new_utsname *name"),
	BENIGN("unlink",                       87, NONE, "const char *pathname"),
	BENIGN("unlinkat",                    263,   35, "int dfd, const char *pathname, int flag"),
	DANGEROUS("unshare",                  272,   97, "unsigned long unshare_flags", "makes namespaces, with their attack surface"),
	UNKNOWN("uprobe",                     336, NONE, ""),
	UNKNOWN("uretprobe",                  335, NONE, ""),
	DANGEROUS("uselib",                   134, NONE, "const char *library", "maps files as code"),
	DANGEROUS("userfaultfd",              323,  282, "int flags", "stops the kernel in the middle of a copy"),
	BENIGN("ustat",                       136, NONE, "unsigned int dev, struct ustat *ubuf"),
	BENIGN("utime",                       132, NONE, "char *filename, struct utimbuf *times"),
	BENIGN("utimensat",                   280,   88, "int dfd, const char *filename, struct __kernel_timespec *utimes, int flags"),
	BENIGN("utimes",                      235, NONE, "char *filename, struct __kernel_old_timeval *utimes"),
	BENIGN("vfork",                        58, NONE, ""),
	DANGEROUS("vhangup",                  153,   58, "", "takes the terminal from its user"),
	DANGEROUS("vmsplice",                 278,   75, "int fd, const struct iovec *iov, unsigned long nr_segs, unsigned int flags", "shares pages behind the copy"),
	UNKNOWN("vserver",                    236, NONE, ""),
	BENIGN("wait4",                        61,  260, "pid_t pid, int *stat_addr, int options, struct rusage *ru"),
	BENIGN("waitid",                      247,   95, "int which, pid_t pid, struct siginfo *infop, int options, struct rusage *ru"),
	BENIGN("write",                         1,   64, "unsigned int fd, const char *buf, size_t count"),
	BENIGN("writev",                       20,   66, "unsigned long fd, const struct iovec *vec, unsigned long vlen"),
};
/* clang-format on */

static const struct brig_names names = { calls, sizeof calls / sizeof *calls, sizeof *calls };

/* What a type without a star is worth. */
static const struct type {
	const char *name;
	unsigned int bits;
	bool is_signed;
} types[] = {
	{ "int", 32, true },
	{ "unsigned int", 32, false },
	{ "long", 64, true },
	{ "unsigned long", 64, false },
	{ "size_t", 64, false },
	{ "loff_t", 64, true },
	{ "off_t", 64, true },
	{ "__s32", 32, true },
	{ "__u32", 32, false },
	{ "u32", 32, false },
	{ "u64", 64, false },
	{ "pid_t", 32, true },
	{ "uid_t", 32, false },
	{ "gid_t", 32, false },
	{ "qid_t", 32, false },
	{ "umode_t", 32, false },
	{ "key_t", 32, true },
	{ "key_serial_t", 32, true },
	{ "clockid_t", 32, true },
	{ "timer_t", 32, true },
	{ "mqd_t", 32, true },
	{ "rwf_t", 32, true },
	{ "enum landlock_rule_type", 32, false },
	{ "aio_context_t", 64, false },
	{ "cap_user_header_t", 64, false },     /* a pointer */
	{ "const cap_user_data_t", 64, false }, /* a pointer */
	{ "cap_user_data_t", 64, false },       /* a pointer */
};

const struct brig_call *brig_calls(size_t *ret_n)
{
	*ret_n = names.count;
	return calls;
}

const struct brig_call *brig_call_find(const char *name, size_t n)
{
	return brig_names_find(&names, name, n);
}

const struct brig_call *brig_call_nearest(const char *name, size_t n)
{
	return brig_names_nearest(&names, name, n);
}

const struct brig_call *brig_call_by_number(enum brig_arch arch, uint32_t number)
{
	if (number > INT32_MAX)
		return NULL; /* BRIG_CALL_NONE is no number */
	for (size_t i = 0; i < names.count; i++) {
		if (calls[i].number[arch] == (int)number)
			return &calls[i];
	}
	return NULL;
}

static const struct type *type_find(const char *name, size_t n)
{
	for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
		if (strlen(types[i].name) == n && memcmp(types[i].name, name, n) == 0)
			return &types[i];
	}
	return NULL;
}

/* "const char *filename", of @n bytes. */
static bool parse_argument(const char *text, size_t n, struct brig_call_argument *ret)
{
	static const struct type pointer = { "", 64, false };
	size_t n_type = n;

	while (n_type > 0 && (isalnum((unsigned char)text[n_type - 1]) || text[n_type - 1] == '_'))
		n_type--;
	size_t n_name = n - n_type;
	if (n_type == 0 || n_name == 0 || n_name >= sizeof ret->name)
		return false;

	const struct type *type = text[n_type - 1] == '*' ? &pointer : type_find(text, n_type - 1);
	if (!type)
		return false;
	struct brig_call_argument found = { .bits = type->bits, .is_signed = type->is_signed };
	memcpy(found.name, text + n_type, n_name);
	*ret = found;
	return true;
}

bool brig_call_argument(const struct brig_call *call, unsigned int index,
			struct brig_call_argument *ret)
{
	const char *text = call->arguments;

	for (unsigned int i = 0; i < index; i++) {
		text = strchr(text, ',');
		if (!text)
			return false;
		text += strlen(", ");
	}
	return parse_argument(text, strcspn(text, ","), ret);
}

uint32_t brig_arch_audit(enum brig_arch arch)
{
	return arch == BRIG_ARCH_X86_64 ? AUDIT_ARCH_X86_64 : AUDIT_ARCH_AARCH64;
}

const char *brig_arch_name(enum brig_arch arch)
{
	return arch == BRIG_ARCH_X86_64 ? "x86_64" : "aarch64";
}

enum brig_arch brig_arch_native(void)
{
#if defined(__x86_64__)
	return BRIG_ARCH_X86_64;
#elif defined(__aarch64__)
	return BRIG_ARCH_AARCH64;
#else
	/* cppcheck-suppress preprocessorErrorDirective; it knows no architecture */
#error "system calls are known of x86-64 and aarch64 alone"
#endif
}
