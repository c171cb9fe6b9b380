package io.jrunc.criu;

/** What is asked of criu: each request's bytes. */
public final class CriuRequest
{
    private static final int TYPE = 1;
    private static final int OPTIONS = 2;
    private static final int NOTIFY_SUCCESS = 3;
    private static final int KEEP_OPEN = 4;
    private static final int FEATURES = 5;

    private CriuRequest() {}

    private static RpcWriter of(CriuResponse.Type type)
    {
        return new RpcWriter().integer(TYPE, type.number());
    }

    /** Another request may follow. */
    public static byte[] version()
    {
        return of(CriuResponse.Type.VERSION).bool(KEEP_OPEN, true).bytes();
    }

    /** Which of two abilities it has, on this kernel: to see which memory was changed, to bring memory later. Another request may follow. */
    public static byte[] features(boolean memoryTracking, boolean lazyPages)
    {
        return of(CriuResponse.Type.FEATURE_CHECK).bool(KEEP_OPEN, true)
                .message(FEATURES, new RpcWriter().bool(1, memoryTracking).bool(2, lazyPages)).bytes();
    }

    public static byte[] dump(CriuOptions options)
    {
        return of(CriuResponse.Type.DUMP).message(OPTIONS, options.message()).bytes();
    }

    /** The memory alone. criu then waits for another request of this kind, and ends with an error when the connection closes. */
    public static byte[] preDump(CriuOptions options)
    {
        return of(CriuResponse.Type.PRE_DUMP).message(OPTIONS, options.message()).bytes();
    }

    public static byte[] restore(CriuOptions options)
    {
        return of(CriuResponse.Type.RESTORE).message(OPTIONS, options.message()).bytes();
    }

    /** The answer to a notification. @param success false = it shall give up, and undo what it did */
    public static byte[] noted(boolean success)
    {
        return of(CriuResponse.Type.NOTIFY).bool(NOTIFY_SUCCESS, success).bytes();
    }
}
