package io.jrunc.error;

/**
 * A command that took more stack or memory than an engine has: its own failure, as any other, in an engine that serves others too.
 */
public final class Exhausted
{
    private static final Diagnosis SMALLER = Diagnosis.NONE.withFix("make the configuration smaller, or give the engine more in lib/jvm.options (-Xmx, -Xss)");

    private Exhausted() {}

    /** @return an exception as it is; what is none in words, with its cause */
    public static RuntimeException told(Throwable failure)
    {
        return switch (failure) {
            case RuntimeException known -> known;
            case StackOverflowError deep -> new HostException("the engine's stack is too small for this command", SMALLER, deep);
            case OutOfMemoryError large -> new HostException("the engine has not enough memory for this command", SMALLER, large);
            default -> new BugException("internal error: " + failure, failure);
        };
    }
}
