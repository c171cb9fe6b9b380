/**
 * The kernel: every foreign call of jrunc, and nothing else.
 *
 * <p>Turns system calls into Java methods with docstrings that name their errors; a refusal is an
 * {@link io.jrunc.error.ErrnoException}. No jnr type leaves this package, and only it may load native code.
 * Descriptors are {@link io.jrunc.os.Fd}s with an owner; paths below a container's root are a descriptor and a relative name.
 */
package io.jrunc.os;
