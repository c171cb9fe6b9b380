package io.jrunc.os;

/**
 * Numbers of system calls. Those from 424 up are the same everywhere. Source: the kernel's asm/unistd.h of each machine.
 */
final class Nr
{
    private static final boolean ARM = System.getProperty("os.arch").equals("aarch64");

    static final int READ = of(0, 63);
    static final int WRITE = of(1, 64);
    static final int CLOSE = of(3, 57);
    static final int LSEEK = of(8, 62);
    static final int IOCTL = of(16, 29);
    static final int GETPID = of(39, 172);
    static final int SENDFILE = of(40, 71);
    static final int SOCKET = of(41, 198);
    static final int CONNECT = of(42, 203);
    static final int SENDMSG = of(46, 211);
    static final int RECVMSG = of(47, 212);
    static final int SHUTDOWN = of(48, 210);
    static final int BIND = of(49, 200);
    static final int LISTEN = of(50, 201);
    static final int SOCKETPAIR = of(53, 199);
    static final int GETSOCKOPT = of(55, 209);
    static final int FCNTL = of(72, 25);
    static final int FLOCK = of(73, 32);
    static final int FSYNC = of(74, 82);
    static final int FTRUNCATE = of(77, 46);
    static final int FCHMOD = of(91, 52);
    static final int FCHOWN = of(93, 55);
    static final int GETEUID = of(107, 175);
    static final int GETEGID = of(108, 177);
    static final int FSTATFS = of(138, 44);
    static final int UMOUNT2 = of(166, 39);
    static final int SCHED_GETAFFINITY = of(204, 123);
    static final int INOTIFY_ADD_WATCH = of(254, 27);
    static final int OPENAT = of(257, 56);
    static final int MKDIRAT = of(258, 34);
    static final int MKNODAT = of(259, 33);
    static final int FCHMODAT = of(268, 53);
    static final int FACCESSAT = of(269, 48);
    static final int FCHOWNAT = of(260, 54);
    static final int UNLINKAT = of(263, 35);
    static final int READLINKAT = of(267, 78);
    static final int PPOLL = of(271, 73);
    static final int UNSHARE = of(272, 97);
    static final int ACCEPT4 = of(288, 242);
    static final int EVENTFD2 = of(290, 19);
    static final int PIPE2 = of(293, 59);
    static final int INOTIFY_INIT1 = of(294, 26);
    static final int PRLIMIT64 = of(302, 261);
    static final int NAME_TO_HANDLE_AT = of(303, 264);
    static final int SETNS = of(308, 268);
    static final int RENAMEAT2 = of(316, 276);
    static final int MEMFD_CREATE = of(319, 279);
    static final int BPF = of(321, 280);
    static final int PREADV2 = of(327, 286);
    static final int STATX = of(332, 291);
    static final int PIDFD_SEND_SIGNAL = 424;
    static final int OPEN_TREE = 428;
    static final int MOVE_MOUNT = 429;
    static final int FSOPEN = 430;
    static final int FSCONFIG = 431;
    static final int FSMOUNT = 432;
    static final int PIDFD_OPEN = 434;
    static final int OPENAT2 = 437;
    static final int PIDFD_GETFD = 438;
    static final int MOUNT_SETATTR = 442;
    static final int CACHESTAT = 451;

    private Nr() {}

    private static int of(int x86, int arm)
    {
        return ARM ? arm : x86;
    }
}
