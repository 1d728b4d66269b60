/*
 * scripts/lib/newer-constants.h - what came to the kernel's headers with Linux 6.2 to 6.18, for
 * scripts/make-constants: headers older than the kernel that runs are common.
 */
#define AT_EXECVE_CHECK                           0x10000
#define AT_HANDLE_CONNECTABLE                     0x002
#define AT_HANDLE_FID                             0x200
#define AT_HANDLE_MNT_ID_UNIQUE                   0x001
#define FSCONFIG_CMD_CREATE_EXCL                  8
#define FUTEX2_MPOL                               0x08
#define FUTEX2_NUMA                               0x04
#define FUTEX2_PRIVATE                            128
#define FUTEX2_SIZE_MASK                          0x03
#define FUTEX2_SIZE_U16                           0x01
#define FUTEX2_SIZE_U32                           0x02
#define FUTEX2_SIZE_U64                           0x03
#define FUTEX2_SIZE_U8                            0x00
#define F_CREATED_QUERY                           1028
#define F_DUPFD_QUERY                             1027
#define F_SEAL_EXEC                               0x0020
#define LANDLOCK_ACCESS_FS_IOCTL_DEV              (1ULL << 15)
#define LANDLOCK_ACCESS_FS_TRUNCATE               (1ULL << 14)
#define LANDLOCK_ACCESS_NET_BIND_TCP              (1ULL << 0)
#define LANDLOCK_ACCESS_NET_CONNECT_TCP           (1ULL << 1)
#define LANDLOCK_CREATE_RULESET_ERRATA            (1U << 1)
#define LANDLOCK_RESTRICT_SELF_LOG_NEW_EXEC_ON    (1U << 1)
#define LANDLOCK_RESTRICT_SELF_LOG_SAME_EXEC_OFF  (1U << 0)
#define LANDLOCK_RESTRICT_SELF_LOG_SUBDOMAINS_OFF (1U << 2)
#define LANDLOCK_RULE_NET_PORT                    2
#define LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET       (1ULL << 0)
#define LANDLOCK_SCOPE_SIGNAL                     (1ULL << 1)
#define MADV_GUARD_INSTALL                        102
#define MADV_GUARD_REMOVE                         103
#define MAP_DROPPABLE                             0x08
#define MEMBARRIER_CMD_GET_REGISTRATIONS          (1 << 9)
#define MFD_EXEC                                  0x0010U
#define MFD_NOEXEC_SEAL                           0x0008U
#define MOVE_MOUNT_BENEATH                        0x00000200
#define PIDFD_SIGNAL_PROCESS_GROUP                (1UL << 2)
#define PIDFD_SIGNAL_THREAD                       (1UL << 0)
#define PIDFD_SIGNAL_THREAD_GROUP                 (1UL << 1)
#define PR_FUTEX_HASH                             78
#define PR_FUTEX_HASH_GET_SLOTS                   2
#define PR_FUTEX_HASH_SET_SLOTS                   1
#define PR_GET_AUXV                               0x41555856
#define PR_GET_MDWE                               66
#define PR_GET_MEMORY_MERGE                       68
#define PR_GET_SHADOW_STACK_STATUS                74
#define PR_LOCK_SHADOW_STACK_STATUS               76
#define PR_MDWE_NO_INHERIT                        (1UL << 1)
#define PR_MDWE_REFUSE_EXEC_GAIN                  (1UL << 0)
#define PR_SET_MDWE                               65
#define PR_SET_MEMORY_MERGE                       67
#define PR_SET_SHADOW_STACK_STATUS                75
#define PR_TIMER_CREATE_RESTORE_IDS               77
#define RWF_ATOMIC                                0x00000040
#define RWF_DONTCACHE                             0x00000080
#define RWF_NOAPPEND                              0x00000020
#define SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP        (1UL << 0)
#define SO_INQ                                    84
#define SO_PASSPIDFD                              76
#define SO_PASSRIGHTS                             83
#define SO_PEERPIDFD                              77
#define SO_RCVPRIORITY                            82
#define STATX_DIO_READ_ALIGN                      0x00020000U
#define STATX_MNT_ID_UNIQUE                       0x00004000U
#define STATX_SUBVOL                              0x00008000U
#define STATX_WRITE_ATOMIC                        0x00010000U

#if defined(__x86_64__)
#define ARCH_ENABLE_TAGGED_ADDR 0x4002
#define ARCH_FORCE_TAGGED_SVA   0x4004
#define ARCH_GET_MAX_TAG_BITS   0x4003
#define ARCH_GET_UNTAG_MASK     0x4001
#define ARCH_SHSTK_DISABLE      0x5002
#define ARCH_SHSTK_ENABLE       0x5001
#define ARCH_SHSTK_LOCK         0x5003
#define ARCH_SHSTK_STATUS       0x5005
#define ARCH_SHSTK_UNLOCK       0x5004
#define MAP_ABOVE4G             0x80
#endif
