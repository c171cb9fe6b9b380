package io.jrunc.spec;

/** Kinds of namespaces. Source: OCI config-linux.md#namespaces. */
public enum NamespaceType implements SpecWord
{
    PID("pid", "pid", 0x20000000),
    NETWORK("network", "net", 0x40000000),
    MOUNT("mount", "mnt", 0x00020000),
    IPC("ipc", "ipc", 0x08000000),
    UTS("uts", "uts", 0x04000000),
    USER("user", "user", 0x10000000),
    CGROUP("cgroup", "cgroup", 0x02000000),
    TIME("time", "time", 0x00000080);

    private final String word;
    private final String procName;
    private final int cloneFlag;

    NamespaceType(String word, String procName, int cloneFlag)
    {
        this.word = word;
        this.procName = procName;
        this.cloneFlag = cloneFlag;
    }

    @Override
    public String word()
    {
        return word;
    }

    /** The name below /proc/PID/ns. */
    public String procName()
    {
        return procName;
    }

    /** The CLONE_NEW* flag. */
    public int cloneFlag()
    {
        return cloneFlag;
    }
}
