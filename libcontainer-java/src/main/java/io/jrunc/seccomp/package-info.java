/**
 * Turns the {@code linux.seccomp} section into a classic BPF program for the kernel.
 *
 * <p>{@code Profile} is the section in the kernel's numbers, {@code SeccompCompiler} has libseccomp make the program and puts
 * the ENOSYS prologue before it, {@code SeccompCache} remembers programs and is the usual way in.
 * Loads no filter: the init does, from bytes. {@code plan} and {@code lifecycle} call it. libseccomp itself is opened
 * only when a config has the section and the cache has no program for it.
 */
package io.jrunc.seccomp;
