package io.jrunc.os;

import jnr.ffi.Pointer;

/**
 * The functions of libseccomp 2.x as seccomp.h declares them. Unsigned 32-bit values travel as {@code int}, bit for bit.
 * For {@link LibSeccomp} only; public because jnr-ffi's generated classes live in a class loader of their own.
 */
public interface LibSeccompBinding
{
    Pointer seccomp_version();

    int seccomp_api_get();

    int seccomp_arch_native();

    Pointer seccomp_init(int defaultAction);

    void seccomp_release(Pointer context);

    int seccomp_arch_add(Pointer context, int arch);

    int seccomp_attr_set(Pointer context, int attribute, int value);

    int seccomp_syscall_resolve_name(String name);

    int seccomp_syscall_resolve_name_arch(int arch, String name);

    int seccomp_rule_add_array(Pointer context, int action, int syscall, int count, Pointer comparisons);

    int seccomp_export_bpf(Pointer context, int fd);
}
