package io.jrunc.os;

/**
 * The one C function that the engine calls. Everything else is a number: each further method of a jnr-ffi interface costs
 * start-up time, and half of what we need has no wrapper in the C libraries of our oldest hosts.
 * For {@link Kernel} only; public because jnr-ffi's proxies live in a class loader of their own.
 */
public interface LibC
{
    long syscall(long number, long a, long b, long c, long d, long e, long f);
}
