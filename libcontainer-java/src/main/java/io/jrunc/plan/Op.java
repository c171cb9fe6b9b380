package io.jrunc.plan;

/**
 * Every step the shim knows, as {@code native-shim/src/plan_ops.def} numbers it; a test compares the two.
 *
 * <p>A letter stands for one value: {@code i} integer, {@code s} string, {@code b} bytes, {@code l} list of strings,
 * {@code f} descriptor slot.
 */
public enum Op
{
    WRITE(1, Party.LAUNCHER, "ib", ""),
    EXIT(2, Party.LAUNCHER, "i", ""),
    CLOSE(3, Party.LAUNCHER, "f", ""),
    CONNECT_SEND(4, Party.LAUNCHER, "sbf", ""),
    SUBREAPER(5, Party.LAUNCHER, "", ""),
    EPILOGUE(6, Party.LAUNCHER, "l", ""),
    SPAWN(7, Party.LAUNCHER, "slilbiii", "iibb"),
    CHDIR(8, Party.LAUNCHER, "s", ""),
    READ(9, Party.LAUNCHER, "i", "b"),
    USERNS(10, Party.LAUNCHER, "", "i"),
    CONNECT_KEEP(11, Party.LAUNCHER, "sbf", ""),
    TAKE(12, Party.LAUNCHER, "i", ""),
    NETWORK(15, Party.LAUNCHER, "", ""),
    STDIO_PIPES(16, Party.LAUNCHER, "ii", ""),
    CLONE(17, Party.LAUNCHER, "iifii", "i"),
    RELEASE(18, Party.LAUNCHER, "", ""),
    FORWARD(19, Party.LAUNCHER, "i", ""),
    RELAY_TERMINAL(20, Party.LAUNCHER, "fi", ""),
    KILL(21, Party.LAUNCHER, "i", ""),
    DETACH(22, Party.LAUNCHER, "", ""),
    ADOPT(23, Party.LAUNCHER, "i", ""),
    SETNS(32, Party.INIT, "fi", ""),
    UNSHARE(33, Party.INIT, "i", ""),
    FORK(34, Party.INIT, "i", ""),
    BECOME_ROOT(35, Party.INIT, "", ""),
    TIMENS_OFFSETS(36, Party.INIT, "s", ""),
    SETSID(37, Party.INIT, "", ""),
    DUMPABLE(39, Party.INIT, "i", ""),
    JOIN_CGROUP(40, Party.INIT, "fi", ""),
    KEEP(41, Party.INIT, "f", "i"),
    KEEP_PAIR(42, Party.INIT, "", "i"),
    KEEP_DIRECTORY(43, Party.INIT, "s", "i"),
    GO_ON(44, Party.INIT, "", ""),
    PROPAGATION(48, Party.INIT, "si", ""),
    ROOTFS(49, Party.INIT, "si", ""),
    MOUNT_FS(50, Party.INIT, "sslisi", ""),
    MOUNT_TREE(51, Party.INIT, "fsi", ""),
    MOUNT_INNER(52, Party.INIT, "sisiii", ""),
    MOUNT_ATTR(53, Party.INIT, "siiii", ""),
    MKNOD(54, Party.INIT, "siiiiis", ""),
    SYMLINK(55, Party.INIT, "ssi", ""),
    MKDIR(56, Party.INIT, "si", ""),
    CONSOLE(57, Party.INIT, "iiii", ""),
    HOOK(58, Party.INIT, "slilbiii", "iibb"),
    PIVOT_ROOT(59, Party.INIT, "i", ""),
    REMOUNT_RO(60, Party.INIT, "si", ""),
    MASK_PATH(61, Party.INIT, "s", ""),
    READONLY_PATH(62, Party.INIT, "s", ""),
    REOPEN_NULL(63, Party.INIT, "", ""),
    OPEN_INNER(64, Party.INIT, "sii", ""),
    REMOUNT(65, Party.INIT, "sis", ""),
    MOUNT_LABEL(66, Party.INIT, "ss", ""),
    HOSTNAME(80, Party.INIT, "s", ""),
    DOMAINNAME(81, Party.INIT, "s", ""),
    SYSCTL(82, Party.INIT, "ss", ""),
    LOOPBACK_UP(83, Party.INIT, "", ""),
    KEYRING(84, Party.INIT, "sii", ""),
    ATTR_EXEC(85, Party.INIT, "ss", ""),
    SCHEDULER(86, Party.INIT, "iiiiiii", ""),
    IOPRIO(87, Party.INIT, "i", ""),
    AFFINITY(88, Party.INIT, "b", ""),
    PERSONALITY(89, Party.INIT, "i", ""),
    MEMPOLICY(90, Party.INIT, "ib", ""),
    UMASK(91, Party.INIT, "i", ""),
    CHDIR_IN(92, Party.INIT, "si", ""),
    NNP(93, Party.INIT, "", ""),
    SECCOMP(94, Party.INIT, "bi", "i"),
    BOUNDING(95, Party.INIT, "i", ""),
    CREDENTIALS(96, Party.INIT, "iisi", ""),
    CAPABILITIES(97, Party.INIT, "iii", ""),
    CHOWN_STDIO(98, Party.INIT, "i", ""),
    FIND_PROGRAM(99, Party.INIT, "ss", ""),
    CHECK_CWD(100, Party.INIT, "", ""),
    READ_FILE(101, Party.INIT, "si", "b"),
    RLIMIT(102, Party.INIT, "iii", ""),
    WORDS(103, Party.INIT, "ll", ""),
    AMBIENT(104, Party.INIT, "i", "l"),
    WAIT_START(112, Party.INIT, "ff", ""),
    ANNOUNCE(113, Party.INIT, "", ""),
    EXEC(114, Party.INIT, "sll", "");

    private final int number;
    private final String wireName;
    private final Party party;
    private final String args;
    private final String results;

    Op(int number, Party party, String args, String results)
    {
        this.number = number;
        this.wireName = name().toLowerCase(java.util.Locale.ROOT);
        this.party = party;
        this.args = args;
        this.results = results;
    }

    public int number()
    {
        return number;
    }

    /** As messages and fault injection name it, e.g. {@code "mount_fs"}. */
    public String wireName()
    {
        return wireName;
    }

    /** Who executes it. */
    public Party party()
    {
        return party;
    }

    /** One letter per argument, in order. */
    public String args()
    {
        return args;
    }

    /** One letter per result, in order; empty = none. */
    public String results()
    {
        return results;
    }
}
