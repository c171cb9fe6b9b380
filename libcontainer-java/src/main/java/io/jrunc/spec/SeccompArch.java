package io.jrunc.spec;

import java.util.Locale;

/** Architectures a filter can cover. Source: OCI config-linux.md#seccomp. */
public enum SeccompArch implements SpecWord
{
    X86(0x40000003),
    X86_64(0xc000003e),
    X32(0x4000003e),
    ARM(0x40000028),
    AARCH64(0xc00000b7),
    MIPS(0x00000008),
    MIPS64(0x80000008),
    MIPS64N32(0xa0000008),
    MIPSEL(0x40000008),
    MIPSEL64(0xc0000008),
    MIPSEL64N32(0xe0000008),
    PPC(0x00000014),
    PPC64(0x80000015),
    PPC64LE(0xc0000015),
    S390(0x00000016),
    S390X(0x80000016),
    PARISC(0x0000000f),
    PARISC64(0x8000000f),
    RISCV64(0xc00000f3),
    LOONGARCH64(0xc0000102),
    M68K(0x00000004),
    SH(0x4000002a),
    SHEB(0x0000002a);

    private final int token;

    SeccompArch(int token)
    {
        this.token = token;
    }

    @Override
    public String word()
    {
        return "SCMP_ARCH_" + name();
    }

    /** The AUDIT_ARCH_* value (unsigned 32 bit); libseccomp's SCMP_ARCH_* are the same, also for X32, which the kernel reports as X86_64. */
    public int token()
    {
        return token;
    }

    /** The name that libseccomp's seccomp_arch_resolve_name takes, e.g. {@code x86_64}. */
    public String libraryName()
    {
        return name().toLowerCase(Locale.ROOT);
    }
}
